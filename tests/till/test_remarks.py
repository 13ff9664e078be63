"""The owner reads what nobody has dealt with; a cashier does not."""

import pytest

from seraphine_pos.domain.feedback import Scope, Sentiment
from seraphine_pos.domain.refusal import NotAllowed, ServerUnavailable
from seraphine_pos.domain.remark import Remark
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.till.remarks import Remarks
from seraphine_pos.till.session import Session

NEW = Remark("e2", Scope.POS, Sentiment.NEGATIVE, "Trop lent", "salma", 2, "new")
DONE = Remark("e1", Scope.POS, Sentiment.NEUTRAL, "Bof", "salma", 1, "done")


def signed_in(role: Role) -> Session:
    session = Session()
    session.operator = Operator("o1", "Nadia", role)
    return session


def test_only_what_nobody_has_dealt_with_waits() -> None:
    assert Remarks(signed_in(Role.OWNER), lambda: [NEW, DONE]).unread() == [NEW]


def test_a_cashier_reads_none() -> None:
    with pytest.raises(NotAllowed):
        Remarks(signed_in(Role.CASHIER), lambda: [NEW]).unread()


def test_without_the_server_there_is_no_list() -> None:
    def away() -> list[Remark]:
        raise ServerUnavailable(reason="pas de connexion")

    with pytest.raises(ServerUnavailable):
        Remarks(signed_in(Role.OWNER), away).unread()
