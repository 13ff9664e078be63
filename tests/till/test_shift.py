"""Shifts open by themselves and give each ticket its day."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from seraphine_pos.domain.checkpoint import Checkpoint, read
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import AlreadyRecorded
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.shift import Shift
from seraphine_pos.store import verify
from tests.domain.examples import product
from tests.fakes.clock import FakeClock
from tests.till.room import CASHIER, STORE, Room

HOUR_MS = 3_600_000


def at(clock: FakeClock, moment: str) -> None:
    """Let time go by until the store's wall shows this."""
    wanted = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(STORE.time_zone))
    clock.pass_ms(int(wanted.timestamp() * 1000) - clock.now_ms())


def sold(room: Room) -> Ticket:
    room.checkout.scan(product(1).code)
    ticket = room.checkout.pay(Method.CASH)
    assert ticket is not None
    return ticket


def current(room: Room) -> Shift | None:
    """Return the shift that is open now."""
    return room.shifts.current


def test_the_first_sale_opens_the_shift_in_its_own_action(room: Room) -> None:
    assert current(room) is None
    at(room.clock, "2027-03-14T09:30")
    ticket = sold(room)
    shift = current(room)
    assert shift is not None
    assert (shift.shift_id, shift.business_day, shift.float, shift.operator_id) == (
        ticket.where.shift_id, "2027-03-14", 0, "amina",
    )  # fmt: skip
    assert (ticket.where.business_day, ticket.where.hour) == ("2027-03-14", 9)
    assert room.kinds()[-2:] == [Kind.SHIFT_OPENED, Kind.SALE_COMPLETED]


def test_a_day_has_one_shift_over_restarts(room: Room) -> None:
    at(room.clock, "2027-03-14T09:00")
    first = sold(room)
    room.open()
    room.staff.take_over(CASHIER)
    at(room.clock, "2027-03-14T23:59")
    assert sold(room).where.shift_id == first.where.shift_id
    assert room.kinds().count(Kind.SHIFT_OPENED) == 1


def test_the_next_day_closes_the_shift_and_opens_another(room: Room) -> None:
    at(room.clock, "2027-03-14T23:59")
    first = sold(room)
    at(room.clock, "2027-03-15T00:01")
    second = sold(room)
    assert second.where.shift_id != first.where.shift_id
    assert (second.where.business_day, second.where.hour) == ("2027-03-15", 0)
    assert room.kinds()[-4:] == [Kind.SHIFT_CLOSED, Kind.CHECKPOINT, Kind.SHIFT_OPENED, Kind.SALE_COMPLETED]
    current = room.shifts.current
    assert room.store.ledger.open_shift("till-1") == current
    assert current is not None
    assert current.shift_id == second.where.shift_id


def test_the_checkpoint_of_a_day_says_what_the_day_came_to(room: Room) -> None:
    totals = []
    for day in (14, 15, 16):
        at(room.clock, f"2027-03-{day}T09:00")
        totals.append(sold(room).total + sold(room).total)
    found = [one for one in room.store.journal.unsent(1000, 1 << 20) if one.kind == Kind.CHECKPOINT]
    assert [read(one) for one in found] == [
        Checkpoint(found[0].seq - 1, 2, 0, totals[0], 0, totals[0]),
        Checkpoint(found[1].seq - found[0].seq - 1, 2, 0, totals[1], 0, totals[0] + totals[1]),
    ]
    assert list(verify.chain(room.store)) == []


def test_a_sale_that_fails_opens_no_shift(room: Room) -> None:
    at(room.clock, "2027-03-14T09:00")
    room.checkout.scan(product(1).code)
    taken = room.checkout.cart
    assert room.checkout.pay(Method.CASH) is not None
    shift = room.shifts.current
    at(room.clock, "2027-03-15T09:00")
    room.checkout.begin(taken.cart_id)
    with pytest.raises(AlreadyRecorded):
        sold(room)
    assert room.shifts.current == shift
    assert room.kinds().count(Kind.SHIFT_CLOSED) == 0
