"""What no report includes: the store's list, this till's own without the server, and the owner's alone."""

import pytest

from seraphine_pos.domain.quarantine import Nature, Quarantine, SetAside
from seraphine_pos.domain.refusal import NotAllowed, ServerUnavailable
from seraphine_pos.domain.report import STORE, THIS_TILL
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.till import quarantine
from seraphine_pos.till.session import Session

ONE = SetAside(
    "e1", "j1", 7, "sale.completed", 1, 5, "A1", Nature.DAMAGED, "the body was changed", "A1-7QK-000001", 1250, "salma",
    "{", 1,
)  # fmt: skip


def signed_in(role: Role) -> Session:
    session = Session()
    session.operator = Operator("o1", "Nadia", role)
    return session


def away() -> Quarantine:
    raise ServerUnavailable(reason="pas de connexion")


def test_the_store_s_list_comes_first() -> None:
    found = Quarantine(STORE, 1, (ONE,))
    assert quarantine.Quarantine(signed_in(Role.OWNER), lambda: found, list).listed() == found


def test_without_the_server_it_is_what_this_till_leaves_out_itself() -> None:
    listed = quarantine.Quarantine(signed_in(Role.OWNER), away, lambda: [ONE]).listed()
    assert listed == Quarantine(THIS_TILL, 1, (ONE,))


def test_a_cashier_reads_none() -> None:
    with pytest.raises(NotAllowed):
        quarantine.Quarantine(signed_in(Role.CASHIER), away, list).listed()
