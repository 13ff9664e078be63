"""A till that was lost asks for its journals, and gets its own, whole and in order."""

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH
from sync_server.errors import Forbidden
from tests.sync_server.shop import Shop, Till


def opened(till: Till, reason: str = "install") -> None:
    body = {
        "store_id": till.enrolment.store_id, "till_id": till.enrolment.till_id, "tag": "7QK", "reason": reason,
        "till_label": till.enrolment.till_label, "machine": "m", "currency": "MAD", "decimals": 2, "parent": None,
    }  # fmt: skip
    till.write(Kind.JOURNAL_OPENED, body)


def again(shop: Shop, till: Till) -> Till:
    """Enrol the same till on another PC; it begins a journal of its own."""
    enrolment = shop.server.enrol(shop.server.new_code(till_label=till.enrolment.till_label), "pc-2")
    journal_id = f"{till.journal_id[:-4]}0000"  # sorts before the first one: order is not by name
    return Till(shop.server.device(enrolment.device_key), enrolment, journal_id, till.clock, till.random_bytes)


def test_a_till_has_no_journal_before_its_first_push(till: Till) -> None:
    assert till.server.journals() == []
    assert till.push([]).seq == 0
    assert till.server.journals() == []


def test_a_till_enrolled_again_finds_its_journals_in_the_order_they_were_opened(shop: Shop, till: Till) -> None:
    opened(till)
    till.sell(100)
    till.push()
    other = shop.till()
    opened(other)
    other.push()
    second = again(shop, till)
    with pytest.raises(Forbidden):
        shop.server.device(till.enrolment.device_key)
    opened(second, "recover")
    second.push()
    third = again(shop, second)
    found = third.server.journals()
    assert [(one.journal_id, one.seq, one.hash) for one in found] == [
        (till.journal_id, 2, till.entries[-1].hash), (second.journal_id, 1, second.entries[-1].hash),
    ]  # fmt: skip
    assert {one.server_id for one in found} == {shop.server.server_id}
    assert third.server.entries(till.journal_id, 0) == till.entries
    assert other.server.journals()[0].journal_id == other.journal_id
    assert found[0].hash != FIRST_HASH
