"""A checkpoint: what a journal came to since the one before, so that what lies between can be held against it.

Only what lies between two of them may be emptied of its words, and only after it agreed with the second.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, cast

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind, check_body
from seraphine_pos.domain.journal import Damaged, Entry

TICKETS: Final = frozenset({Kind.SALE_COMPLETED, Kind.SALE_REFUNDED})


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Entries and tickets since the checkpoint before, money in minor units; ``grand_total`` is the journal's net."""

    entries: int
    sales: int
    refunds: int
    gross: int
    refunded: int
    grand_total: int

    def to_body(self) -> dict[str, object]:
        """Return the body of ``checkpoint``."""
        return asdict(self)


def read(entry: Entry) -> Checkpoint | None:
    """Return what a checkpoint says; None where it cannot be read."""
    try:
        body = form.parse(entry.body)
        check_body(entry.kind, entry.version, body)
    except ValueError:
        return None
    return Checkpoint(**{name: cast("int", body[name]) for name in Checkpoint.__slots__})


def total_in(entry: Entry) -> int | None:
    """Return the total that a ticket's own body says; None where that cannot be read, or was emptied."""
    try:
        body = form.parse(entry.body)
        check_body(entry.kind, entry.version, body)
    except ValueError:
        return None
    return cast("int", body["total"])


@dataclass(slots=True)
class Follower:
    """One journal read in order: what lies between its checkpoints, held against each of them.

    ``sure`` is lost with a ticket whose total nobody knows; then only what is still known is compared.
    ``emptied`` is the first entry without its words that no checkpoint follows yet.
    """

    grand_total: int | None = 0
    entries: int = 0
    sums: dict[str, list[int]] = field(default_factory=lambda: {kind: [0, 0] for kind in TICKETS})
    sure: bool = True
    emptied: int | None = None

    def add(self, entry: Entry, total: int | None = None) -> str | None:
        """Take the next entry in, a ticket with its total; return what is wrong with a checkpoint."""
        if entry.kind == Kind.CHECKPOINT:
            return self._compare(entry)
        self.entries += 1
        if entry.blanked and self.emptied is None:
            self.emptied = entry.seq
        if entry.kind in TICKETS:
            self.sure = self.sure and total is not None
            count = self.sums[entry.kind]
            count[0] += 1
            count[1] += total or 0
        return None

    def _compare(self, entry: Entry) -> str | None:
        said, lies = read(entry), self._lies_between()
        before, sure = self.grand_total, self.sure
        self.grand_total = None if said is None else said.grand_total
        self.entries, self.sure, self.emptied = 0, True, None
        self.sums = {kind: [0, 0] for kind in TICKETS}
        if said is None:
            return "the checkpoint was emptied of what it says" if entry.blanked else None
        wrong = [name for name, found in lies.items() if (sure or name == "entries") and found != getattr(said, name)]
        if before is not None and said.grand_total != before + said.gross - said.refunded:
            wrong.append("grand_total")
        return f"the checkpoint does not agree with what lies before it ({', '.join(wrong)})" if wrong else None

    def _lies_between(self) -> Mapping[str, int]:
        (sales, gross), (refunds, refunded) = self.sums[Kind.SALE_COMPLETED], self.sums[Kind.SALE_REFUNDED]
        return {"entries": self.entries, "sales": sales, "refunds": refunds, "gross": gross, "refunded": refunded}


def check_segment(
    before: Entry | None, segment: Iterable[Entry], total_of: Callable[[Entry], int | None]
) -> str | None:
    """Return what is wrong with the entries up to and with a checkpoint; ``before`` is the one before, if any.

    Every entry must be whole and follow the one before it, and all together come to what the checkpoint says.
    """
    follower = Follower()
    if before is not None:
        said = read(before)
        follower.grand_total = None if said is None else said.grand_total
    seq, previous = (0, form.FIRST_HASH) if before is None else (before.seq, before.hash)
    wrong: str | None = "no checkpoint ends it"
    for entry in segment:
        try:
            form.check(entry, seq + 1, previous)
        except Damaged as problem:
            return str(problem)
        seq, previous = entry.seq, entry.hash
        wrong = follower.add(entry, total_of(entry) if entry.kind in TICKETS else None)
        if entry.kind != Kind.CHECKPOINT:
            wrong = "no checkpoint ends it"
    return wrong
