"""What a server's database may hold after a kill: whole batches and nothing else; it follows entries as they come."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from seraphine_pos.domain.event import Kind
from seraphine_pos.store.journal import JournalState

TAIL = """
    SELECT arrival, journal_id, seq, kind, event_id, body, hash FROM entries WHERE arrival > {after} ORDER BY arrival"""
COUNTS = """
    SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM events), (SELECT count(*) FROM sales),
           (SELECT coalesce(sum(total), 0) FROM sales), (SELECT count(*) FROM documents WHERE kind = 'product'),
           (SELECT coalesce(sum(sales), 0) FROM rollups WHERE facet = 'total'),
           (SELECT coalesce(sum(gross), 0) FROM rollups WHERE facet = 'total'),
           (SELECT count(*) FROM quarantine) + (SELECT count(*) FROM conflicts),
           (SELECT arrival FROM stores), (SELECT sum(entries) FROM pushes)"""
NAMES = (
    "entries", "events", "tickets", "tickets' total", "products", "sales in the figures", "gross in the figures",
    "quarantined or in conflict", "arrivals", "entries of all batches",
)  # fmt: skip


@dataclass(slots=True)
class Books:
    """What the entries that came so far must have left behind."""

    arrival: int = 0
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    rev: int = 0
    sales: int = 0
    gross: int = 0
    products: int = 0

    def faults(
        self, connection: Connection, states: Sequence[JournalState], ends: set[tuple[str, int]]
    ) -> Iterator[str]:
        """Yield what is wrong; ``ends`` are the places at which batches of these tills ended."""
        yield from self._follow(connection)
        yield from self._heads(connection, ends)
        yield from self._counts(connection)
        yield from self._feed(connection)
        for state in states:
            yield from self._promised(connection, state)

    def _follow(self, connection: Connection) -> Iterator[str]:
        keys = []
        first = self.arrival
        for row in connection.exec_driver_sql(TAIL.format(after=self.arrival)):
            if row.arrival != self.arrival + 1:
                yield f"arrival {row.arrival} follows {self.arrival}"
            before = self.heads.get(row.journal_id, (0, b""))[0]
            if row.seq != before + 1:
                yield f"journal {row.journal_id}: entry {row.seq} follows {before}"
            self.arrival, self.heads[row.journal_id] = row.arrival, (row.seq, bytes(row.hash))
            body = json.loads(bytes(row.body))
            if row.kind == Kind.SALE_COMPLETED:
                self.sales, self.gross = self.sales + 1, self.gross + body["total"]
            elif row.kind == Kind.DOCUMENT_PROPOSED:
                self.products += 1
                keys.append(body["key"])
        yield from self._batches(connection, first)
        yield from _missing(connection, keys)

    def _batches(self, connection: Connection, after: int) -> Iterator[str]:
        """Check that the pushes that were noted are the entries that are there, end to end."""
        wanted = after + 1
        for row in connection.exec_driver_sql(
            f"SELECT arrival, entries FROM pushes WHERE arrival > {after} ORDER BY arrival"
        ):
            if row.arrival != wanted:
                yield f"a batch begins at arrival {row.arrival}, the one before ended at {wanted - 1}"
            wanted = row.arrival + row.entries
        if wanted != self.arrival + 1:
            yield f"batches end at arrival {wanted - 1}, entries at {self.arrival}"

    def _heads(self, connection: Connection, ends: set[tuple[str, int]]) -> Iterator[str]:
        rows = connection.exec_driver_sql("SELECT journal_id, seq, hash, applied_seq FROM journals").all()
        for row in rows:
            if row.seq and (row.journal_id, row.seq) not in ends:
                yield f"journal {row.journal_id} ends at {row.seq}, within a batch"
            if (row.seq, bytes(row.hash)) != self.heads.get(row.journal_id, (0, bytes(32))):
                yield f"journal {row.journal_id}: its head {row.seq} is not its last entry"
            if row.applied_seq != row.seq:
                yield f"journal {row.journal_id}: applied to {row.applied_seq}, kept to {row.seq}"
        if lost := self.heads.keys() - {row.journal_id for row in rows}:
            yield f"journals without a head: {sorted(lost)}"

    def _counts(self, connection: Connection) -> Iterator[str]:
        found = connection.exec_driver_sql(COUNTS).one()
        wanted = (
            self.arrival, self.arrival, self.sales, self.gross, self.products, self.sales, self.gross, 0, self.arrival,
            self.arrival,
        )  # fmt: skip
        for name, is_, should in zip(NAMES, found, wanted, strict=True):
            if (is_ or 0) != should:
                yield f"{name}: {is_}, but the entries tell {should}"

    def _feed(self, connection: Connection) -> Iterator[str]:
        rev, last = connection.exec_driver_sql("SELECT rev, (SELECT max(rev) FROM documents) FROM stores").one()
        if rev != last:
            yield f"the feed is at {rev}, its last document at {last}"
        if rev < self.rev:
            yield f"the feed went back from {self.rev} to {rev}"
        self.rev = rev

    def _promised(self, connection: Connection, state: JournalState) -> Iterator[str]:
        if not state.acked_seq:
            return
        found = connection.exec_driver_sql(
            f"SELECT hash FROM entries WHERE journal_id = '{state.journal_id}' AND seq = {state.acked_seq}"
        ).scalar_one_or_none()
        if found is None or bytes(found) != state.acked_hash:
            yield f"journal {state.journal_id}: entry {state.acked_seq} was acknowledged and is not there"


def _missing(connection: Connection, keys: list[str]) -> Iterator[str]:
    if not keys:
        return
    names = ", ".join(f"'{key}'" for key in keys)
    found = connection.exec_driver_sql(f"SELECT key FROM documents WHERE kind = 'product' AND key IN ({names})")
    for key in sorted(set(keys) - set(found.scalars())):
        yield f"the product {key} was proposed and applied, and is not in the feed"
