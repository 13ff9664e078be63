"""The proof of a day from both sides, the till's and the server's: whether they agree, and which tickets differ.

How either side comes to its proof, and in which words a person reads of it, is not known here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, Final

from seraphine_pos.domain.proof import Proof, none_of

TICKETS_MAX: Final = 1000
TOLD_MAX: Final = 400


class Fault(StrEnum):
    """Why a ticket is not on both sides as it should be."""

    WAITING = "waiting"  # rung, and not sent yet
    ASIDE = "aside"  # sent, and in quarantine on the server
    NOT_THERE = "not there"  # the till has it, the server does not
    NOT_HERE = "not here"  # the server has it, the till does not
    CHANGED = "changed"  # both have it, and not the same


@dataclass(frozen=True, slots=True)
class Marked:
    """A ticket as the two sides compare it; ``mark`` is hexadecimal."""

    event_id: str
    receipt: str
    mark: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A ticket that is not on both sides as it should be."""

    receipt: str
    event_id: str
    fault: Fault


def differences(
    rung: Iterable[Marked], counted: Iterable[Marked], *, waiting: Collection[str], aside: Collection[str]
) -> tuple[Difference, ...]:
    """Return what differs in a day, by receipt; ``waiting`` are events not sent yet, ``aside`` those in quarantine."""
    here = {one.event_id: one for one in rung}
    there = {one.event_id: one for one in counted}
    found = [Difference(one.receipt, key, Fault.NOT_HERE) for key, one in there.items() if key not in here]
    for key, one in here.items():
        if key in there:
            if there[key].mark != one.mark:
                found.append(Difference(one.receipt, key, Fault.CHANGED))
        elif key in aside:
            found.append(Difference(one.receipt, key, Fault.ASIDE))
        else:
            found.append(Difference(one.receipt, key, Fault.WAITING if key in waiting else Fault.NOT_THERE))
    return tuple(sorted(found, key=lambda one: (one.receipt, one.event_id)))


class Verdict(StrEnum):
    """What comparing a day came to."""

    EQUAL = "equal"
    WAITING = "waiting"  # all that differs has not been sent yet
    SINCE = "since"  # equal when the till last told its proof; the server has counted more since
    DIFFERENT = "different"
    ALONE = "alone"  # only one side is known


@dataclass(frozen=True, slots=True)
class DayProof:
    """One day of one till from both sides; a side is None where it is not known.

    ``told_at_ms`` is when another till told its side, None where the sides were compared just now; ``same`` whether
    both were equal then. ``differences`` are known at the till itself alone, None where nobody has looked.
    """

    day: str
    till_id: str
    label: str
    rung: Proof | None
    counted: Proof | None
    told_at_ms: int | None = None
    same: bool = False
    differences: tuple[Difference, ...] | None = None

    @property
    def verdict(self) -> Verdict:
        """Say what comparing them comes to."""
        if self.rung is None or self.counted is None:
            return Verdict.ALONE
        if self.rung == self.counted:
            return Verdict.EQUAL
        if self.same and self.counted.tickets > self.rung.tickets:
            return Verdict.SINCE
        if self.differences and all(one.fault is Fault.WAITING for one in self.differences):
            return Verdict.WAITING
        return Verdict.DIFFERENT


@dataclass(frozen=True, slots=True)
class Told:
    """A proof as its till told it, when, and whether the server had counted the same at that moment."""

    proof: Proof
    told_at_ms: int
    same: bool


@dataclass(frozen=True, slots=True)
class StoreProofs:
    """The server's side of some days: what it counted, what tills told it, the tills' labels.

    ``aside`` is how many entries it holds in quarantine: of these nobody can say to which day they belong.
    """

    counted: tuple[Proof, ...]
    told: tuple[Told, ...]
    labels: Mapping[str, str]
    aside: int = 0


def side_by_side(store: StoreProofs, *, skip: str = "") -> list[DayProof]:
    """Return each day of each till but one, as far as tills have told theirs, the latest first."""
    counted = {(one.day, one.till_id): one for one in store.counted}
    told = {(one.proof.day, one.proof.till_id): one for one in store.told}
    found = []
    for day, till_id in counted.keys() | told.keys():
        if till_id == skip:
            continue
        theirs, mine = told.get((day, till_id)), counted.get((day, till_id)) or none_of(day, till_id)
        label = store.labels.get(till_id, till_id)
        if theirs is None:
            found.append(DayProof(day, till_id, label, None, mine))
        else:
            found.append(DayProof(day, till_id, label, theirs.proof, mine, theirs.told_at_ms, theirs.same))
    return in_order(found)


def in_order(days: Iterable[DayProof]) -> list[DayProof]:
    """Return days in the order they are read in: the latest first, its tills by label."""
    by_till = sorted(days, key=lambda one: (one.label, one.till_id))
    return sorted(by_till, key=lambda one: one.day, reverse=True)


# On the wire


def to_wire(store: StoreProofs) -> dict[str, object]:
    """Write the server's side for the wire."""
    return {
        "counted": [list(one) for one in store.counted],
        "told": [[*one.proof, one.told_at_ms, one.same] for one in store.told],
        "labels": dict(store.labels),
        "aside": store.aside,
    }


def from_wire(wire: Mapping[str, object]) -> StoreProofs:
    """Read the server's side; raise ValueError, KeyError or TypeError when it is none."""
    labels, aside = wire["labels"], wire["aside"]
    if not isinstance(labels, dict) or type(aside) is not int:
        message = "not the proofs of a store"
        raise ValueError(message)
    told = [_fields(row, (*_PROOF, int, bool)) for row in _rows(wire["told"])]
    return StoreProofs(
        tuple(proof_from_wire(row) for row in _rows(wire["counted"])),
        tuple(Told(Proof(*row[:5]), row[5], row[6]) for row in told),
        {str(till_id): str(label) for till_id, label in labels.items()},
        aside,
    )


@dataclass(frozen=True, slots=True)
class DayTickets:
    """Some tickets of a day as the server counted them, by event id, and the events of the till in quarantine."""

    tickets: tuple[Marked, ...]
    aside: frozenset[str]


def tickets_to_wire(found: DayTickets) -> dict[str, object]:
    """Write a day's tickets for the wire."""
    return {"tickets": [list(astuple(one)) for one in found.tickets], "aside": sorted(found.aside)}


def tickets_from_wire(wire: Mapping[str, object]) -> DayTickets:
    """Read a day's tickets; raise ValueError, KeyError or TypeError when there are none."""
    aside = wire["aside"]
    if not isinstance(aside, list):
        message = "not a list of events"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    tickets = (Marked(*_fields(row, (str, str, str))) for row in _rows(wire["tickets"]))
    return DayTickets(tuple(tickets), frozenset(map(str, aside)))


_PROOF: Final = (str, str, int, int, str)


def proof_from_wire(row: object) -> Proof:
    """Read one proof; raise ValueError when it is none."""
    return Proof(*_fields(row, _PROOF))


def _rows(wire: object) -> list[object]:
    if not isinstance(wire, list):
        message = "not a list"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return wire


def _fields(row: object, types: Sequence[type]) -> list[Any]:
    if not isinstance(row, list) or [type(value) for value in row] != list(types):
        message = f"not a row: {row!r:.60}"
        raise ValueError(message)
    return row
