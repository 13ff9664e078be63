"""What a closed shift's drawer should have held against what was counted in it, and what could explain the difference.

It costs by the entries of the shifts that were counted lately, each of which is read once.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.sale import Method
from sync_server import bodies
from sync_server.schema import entries, stores

# A difference is told from five units of the currency on, and from two thousandths of the cash that went through.
TOLERANCE_UNITS: Final = 5
TOLERANCE_PART: Final = 500
# A candidate's amount comes near the difference within a twentieth of it.
NEAR_PART: Final = 20
CANDIDATES_MAX: Final = 10
SHIFT_ENTRIES_MAX: Final = 20_000
LOOKED_BACK_MS: Final = 8 * 24 * 3600 * 1000
OF_SHIFT: Final = (
    Kind.SALE_COMPLETED, Kind.SALE_REFUNDED, Kind.CASH_MOVED, Kind.DRAWER_OPENED, Kind.CART_VOIDED, Kind.LINE_REMOVED,
)  # fmt: skip

# What the named candidates are worth as an explanation, in thousandths.
EXACT: Final = 900
SPOKEN: Final = 800
NEAR: Final = 700
UNEXPLAINED: Final = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of the shift that could explain the difference; ``amount`` is 0 where it has none."""

    kind: str
    event_id: str
    at_ms: int
    amount: int
    receipt: str = ""
    flagged: bool = False

    @property
    def is_ticket(self) -> bool:
        """Tell whether it is a sale or a refund."""
        return self.kind in {Kind.SALE_COMPLETED, Kind.SALE_REFUNDED}


@dataclass(frozen=True, slots=True)
class Count:
    """A counted shift: what should have been in the drawer by its parts, what was, and the candidates."""

    shift_id: str
    till_id: str
    business_day: str
    operator_id: str
    float: int
    sold: int
    refunded: int
    moved: int
    counted: int
    candidates: tuple[Candidate, ...] = ()

    @property
    def expected(self) -> int:
        """Return float + cash sales − cash refunds + money put in − money taken out."""
        return self.float + self.sold - self.refunded + self.moved

    @property
    def difference(self) -> int:
        """Return what is too much in the drawer; negative when it lacks."""
        return self.counted - self.expected

    def is_worth_telling(self, decimals: int) -> bool:
        """Tell whether the difference is more than small change."""
        passed = self.sold + self.refunded
        return abs(self.difference) >= max(TOLERANCE_UNITS * int(10**decimals), passed // TOLERANCE_PART)

    @property
    def confidence(self) -> int:
        """Return how well the candidates explain the difference, in thousandths, by the rule in the document."""
        if any(one.amount == abs(self.difference) for one in self.candidates):
            return EXACT
        if any(one.flagged or one.kind == Kind.DRAWER_OPENED for one in self.candidates):
            return SPOKEN
        return NEAR if self.candidates else UNEXPLAINED


@dataclass(frozen=True, slots=True)
class _Entry:
    journal_id: str
    seq: int
    kind: str
    event_id: str
    at_ms: int
    body: dict[str, Any]


def counted(connection: Connection, store_id: str, now_ms: int, told: Collection[str]) -> Iterator[Count]:
    """Yield the shifts of which a count came in lately, but for those in ``told``.

    Of a shift of which an entry cannot be read, or which began in another journal, nothing can be claimed.
    """
    closings, flagged = _lately(connection, store_id, now_ms)
    for closing in closings:
        if closing.body["counted"] is None or closing.body["shift_id"] in told:
            continue
        opening = _opening(connection, store_id, closing)
        if opening is None:
            continue
        found = _shift(connection, store_id, opening, closing)
        if found is not None:
            yield _count(opening, closing, found, flagged)


def _lately(connection: Connection, store_id: str, now_ms: int) -> tuple[list[_Entry], frozenset[str]]:
    """Return the closings of shifts that came lately, and the sales that were flagged lately."""
    rows = connection.execute(
        _columns()
        .where(
            entries.c.store_id == store_id,
            entries.c.arrival >= _first_since(connection, store_id, now_ms - LOOKED_BACK_MS),
            entries.c.kind.in_([Kind.SHIFT_CLOSED, Kind.SALE_FLAGGED]),
        )
        .order_by(entries.c.arrival)
    )
    found = [one for row in rows if (one := _read(row)) is not None]
    closings = [one for one in found if one.kind == Kind.SHIFT_CLOSED]
    return closings, frozenset(one.body["sale_id"] for one in found if one.kind == Kind.SALE_FLAGGED)


def _first_since(connection: Connection, store_id: str, since_ms: int) -> int:
    """Return an arrival from which on everything came since then: they rise together, so that halving finds it."""
    low = 0
    high: int = connection.execute(select(stores.c.arrival).where(stores.c.store_id == store_id)).scalar_one() + 1
    while low < high:
        middle = (low + high) // 2
        came = connection.execute(
            select(entries.c.received_at_ms)
            .where(entries.c.store_id == store_id, entries.c.arrival >= middle)
            .order_by(entries.c.arrival)
            .limit(1)
        ).scalar_one_or_none()
        low, high = (middle + 1, high) if came is not None and came < since_ms else (low, middle)
    return low


def _opening(connection: Connection, store_id: str, closing: _Entry) -> _Entry | None:
    """Return the entry that opened a shift, if its journal holds it."""
    row = connection.execute(
        _columns()
        .where(
            entries.c.store_id == store_id,
            entries.c.journal_id == closing.journal_id,
            entries.c.seq < closing.seq,
            entries.c.seq >= closing.seq - SHIFT_ENTRIES_MAX,
            entries.c.kind == Kind.SHIFT_OPENED,
        )
        .order_by(entries.c.seq.desc())
        .limit(1)
    ).one_or_none()
    opening = None if row is None else _read(row)
    return opening if opening is not None and opening.body["shift_id"] == closing.body["shift_id"] else None


def _shift(connection: Connection, store_id: str, opening: _Entry, closing: _Entry) -> list[_Entry] | None:
    """Return the entries between, None when one of them cannot be read."""
    rows = connection.execute(
        _columns()
        .where(
            entries.c.store_id == store_id,
            entries.c.journal_id == closing.journal_id,
            entries.c.seq > opening.seq,
            entries.c.seq < closing.seq,
            entries.c.kind.in_(OF_SHIFT),
        )
        .order_by(entries.c.seq)
    )
    found = [_read(row) for row in rows]
    return None if None in found else [one for one in found if one is not None]


def _count(opening: _Entry, closing: _Entry, found: Sequence[_Entry], flagged: frozenset[str]) -> Count:
    said = closing.body
    count = Count(
        said["shift_id"], said["till_id"], said["business_day"], said["operator_id"],
        float=opening.body["float"],
        sold=sum(_cash(one) for one in found if one.kind == Kind.SALE_COMPLETED),
        refunded=sum(_cash(one) for one in found if one.kind == Kind.SALE_REFUNDED),
        moved=sum(one.body["amount"] for one in found if one.kind == Kind.CASH_MOVED),
        counted=said["counted"],
    )  # fmt: skip
    return replace(count, candidates=_candidates(count.difference, found, flagged))


def _candidates(difference: int, found: Sequence[_Entry], flagged: frozenset[str]) -> tuple[Candidate, ...]:
    """Return what could explain a difference: the same amount first, then what a person marked, then what is near."""
    possible = [one for entry in found if (one := _candidate(entry, difference, flagged)) is not None]

    def rank(one: Candidate) -> tuple[bool, bool, int, str]:
        apart = abs(one.amount - abs(difference))
        return (apart > 0, not one.flagged and one.kind != Kind.DRAWER_OPENED, apart, one.event_id)

    return tuple(sorted(possible, key=rank)[:CANDIDATES_MAX])


def _candidate(entry: _Entry, difference: int, flagged: frozenset[str]) -> Candidate | None:
    """Return an entry as a candidate, None when nothing speaks for it."""
    body, sought = entry.body, abs(difference)
    match entry.kind:
        case Kind.DRAWER_OPENED:
            return Candidate(entry.kind, entry.event_id, entry.at_ms, 0)
        case Kind.CART_VOIDED:
            amount = body["total"]
        case Kind.LINE_REMOVED:
            amount = body["amount"]
        case Kind.SALE_COMPLETED | Kind.SALE_REFUNDED:
            # Money that lacks was booked as cash and was none; money too much was cash that was booked otherwise.
            lacks = (difference < 0) == (entry.kind == Kind.SALE_COMPLETED)
            cash = _cash(entry)
            amount = cash if lacks else body["total"] - cash
        case _:
            return None
    marked = entry.event_id in flagged
    if not marked and (not amount or abs(amount - sought) > sought // NEAR_PART):
        return None
    return Candidate(entry.kind, entry.event_id, entry.at_ms, amount, body.get("receipt", ""), marked)


def _cash(entry: _Entry) -> int:
    amounts: list[int] = [one["amount"] for one in entry.body["tenders"] if one["method"] == Method.CASH]
    return sum(amounts)


def _columns() -> Any:
    names = ("journal_id", "seq", "kind", "version", "event_id", "at_ms", "body")
    return select(*[entries.c[name] for name in names])


def _read(row: Any) -> _Entry | None:
    """Return an entry with its fields, None when it is blanked or nobody can read it."""
    try:
        body = bodies.read(row.kind, row.version, row.body.decode())
    except ValueError:
        return None
    return _Entry(row.journal_id, row.seq, row.kind, row.event_id, row.at_ms, body)
