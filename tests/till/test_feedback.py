"""A word about the till is kept offline, its letters apart from its body."""

import pytest

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import MESSAGE_MAX, Message, Scope, Sentiment
from seraphine_pos.domain.refusal import InvalidText, NotSignedIn
from tests.till.room import Room


def test_a_message_waits_in_the_journal(room: Room) -> None:
    event_id = room.feedback.submit(
        Message(Scope.POS, Sentiment.POSITIVE, "  Très\x00 vite\u200f.\n\nMerci ! \n", "sale-1")
    )
    entry = room.store.journal.unsent(100, 1 << 20)[-1]
    body = form.parse(entry.body)
    assert (entry.kind, entry.event_id, entry.text) == (Kind.FEEDBACK_SUBMITTED, event_id, "Très vite.\n\nMerci !")
    assert body == {
        "scope": "pos",
        "sentiment": "positive",
        "related_sale_id": "sale-1",
        "operator_id": "amina",
        "text_digest": form.text_digest(entry.salt, entry.text),
    }
    form.check(entry, entry.seq, entry.prev_hash)


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "x" * (MESSAGE_MAX + 1)])
def test_a_message_says_something_and_ends(room: Room, text: str) -> None:
    with pytest.raises(InvalidText):
        room.feedback.submit(Message(Scope.POS, Sentiment.NEUTRAL, text))


def test_half_a_letter_is_no_reason_to_lose_the_rest(room: Room) -> None:
    room.feedback.submit(Message(Scope.POS, Sentiment.NEUTRAL, "bien \ud83d fini"))
    assert room.store.journal.unsent(100, 1 << 20)[-1].text == "bien fini"


def test_nobody_speaks_without_signing_in(room: Room) -> None:
    room.session.operator = None
    with pytest.raises(NotSignedIn):
        room.feedback.submit(Message(Scope.POS, Sentiment.NEUTRAL, "bien"))
