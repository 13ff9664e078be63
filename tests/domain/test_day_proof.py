"""Two sides of a day held together: equal, waiting, since, different, and each ticket that differs by its fault."""

from dataclasses import replace

import pytest

from seraphine_pos.domain import day_proof
from seraphine_pos.domain.day_proof import (
    DayProof,
    DayTickets,
    Difference,
    Fault,
    Marked,
    StoreProofs,
    Told,
    Verdict,
    differences,
    side_by_side,
)
from seraphine_pos.domain.proof import Proof

DAY = "2026-03-14"
ONE = Proof(DAY, "t1", 1, 500, "a" * 64)
TWO = Proof(DAY, "t1", 2, 900, "b" * 64)
SIDES = DayProof(DAY, "t1", "A1", ONE, ONE)


def test_a_day_is_as_its_sides_are() -> None:
    assert SIDES.verdict is Verdict.EQUAL
    assert replace(SIDES, counted=TWO).verdict is Verdict.DIFFERENT
    assert replace(SIDES, counted=TWO, same=True, told_at_ms=5).verdict is Verdict.SINCE
    assert replace(SIDES, rung=TWO, same=True, told_at_ms=5).verdict is Verdict.DIFFERENT
    assert replace(SIDES, rung=None).verdict is Verdict.ALONE
    assert replace(SIDES, counted=None).verdict is Verdict.ALONE
    waiting = Difference("A1-7QK-000002", "e2", Fault.WAITING)
    assert replace(SIDES, rung=TWO, differences=(waiting,)).verdict is Verdict.WAITING
    lost = Difference("A1-7QK-000003", "e3", Fault.NOT_THERE)
    assert replace(SIDES, rung=TWO, differences=(waiting, lost)).verdict is Verdict.DIFFERENT


def test_each_ticket_that_differs_is_named_with_its_fault() -> None:
    both = Marked("e1", "A1-7QK-000001", "m1")
    waits, aside, lost, other, mine = (Marked(f"e{no}", f"A1-7QK-00000{no}", f"m{no}") for no in range(2, 7))
    rung = [mine, both, waits, aside, lost]
    counted = [both, other, replace(mine, mark="m")]
    found = differences(rung, counted, waiting={"e2"}, aside={"e3"})
    assert [(one.receipt[-1], one.event_id, one.fault) for one in found] == [
        ("2", "e2", Fault.WAITING),
        ("3", "e3", Fault.ASIDE),
        ("4", "e4", Fault.NOT_THERE),
        ("5", "e5", Fault.NOT_HERE),
        ("6", "e6", Fault.CHANGED),
    ]
    assert differences(rung, rung, waiting=(), aside=()) == ()


def test_the_store_s_side_stands_beside_what_tills_told() -> None:
    lost = Proof("2026-03-15", "t2", 4, 100, "c" * 64)
    store = StoreProofs((ONE, TWO._replace(till_id="t2")), (Told(lost, 7, True),), {"t1": "A1", "t2": "A2"})
    found = [(one.day, one.label, one.rung, one.counted and one.counted.tickets) for one in side_by_side(store)]
    assert found == [("2026-03-15", "A2", lost, 0), (DAY, "A1", None, 1), (DAY, "A2", None, 2)]
    assert side_by_side(store)[0].verdict is Verdict.DIFFERENT
    assert [one.label for one in side_by_side(store, skip="t2")] == ["A1"]


def test_what_is_said_over_the_wire_is_understood() -> None:
    store = StoreProofs((ONE, TWO), (Told(TWO, 7, False),), {"t1": "A1"}, 3)
    assert day_proof.from_wire(day_proof.to_wire(store)) == store
    tickets = DayTickets((Marked("e1", "A1-7QK-000001", "m1"),), frozenset({"e2"}))
    assert day_proof.tickets_from_wire(day_proof.tickets_to_wire(tickets)) == tickets
    assert day_proof.proof_from_wire(list(ONE)) == ONE


@pytest.mark.parametrize(
    "change",
    [
        {"counted": None},
        {"counted": [["2026-03-14", "t1", "1", 500, "a"]]},
        {"counted": [["2026-03-14", "t1", True, 500, "a"]]},
        {"told": [[*ONE, 5]]},
        {"labels": []},
        {"aside": "3"},
    ],
)
def test_what_is_no_proof_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not "):
        day_proof.from_wire({**day_proof.to_wire(StoreProofs((), (), {})), **change})


@pytest.mark.parametrize("wire", [{"tickets": [["e1", "r", 5]], "aside": []}, {"tickets": [], "aside": None}])
def test_what_are_no_tickets_is_refused(wire: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not "):
        day_proof.tickets_from_wire(wire)
