"""What the chip says of a server that is there and of one that is not."""

import pytest

from seraphine_pos.domain.pairing import ClockDisagrees, PlainLine
from seraphine_pos.domain.refusal import AnswerNotOurs, Failure, ServerUnavailable
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui.sync_words import sync_words


@pytest.mark.parametrize(
    ("problem", "said", "dot"),
    [
        (ServerUnavailable(reason="pas de connexion"), "Hors ligne", "warn"),
        (AnswerNotOurs(reason="son certificat est d’un inconnu"), "Hors ligne", "warn"),
        (ClockDisagrees(reason="plus valable"), "Envoi en panne", "bad"),
        (PlainLine(url="http://192.168.1.10"), "Envoi en panne", "bad"),
    ],
)
def test_clocks_that_disagree_are_not_a_server_that_is_down(problem: Failure, said: str, dot: str) -> None:
    words = sync_words(SyncState(problem=problem), 0, None)
    assert words.pieces[0][0] == said
    assert words.dot == dot
