"""The books against themselves: chains, heads, events, figures and feed. It changes nothing."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from seraphine_pos.domain.checkpoint import Follower
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, check
from seraphine_pos.domain.proof import Shares
from seraphine_pos.domain.rollup import Tally
from sync_server import apply, catalogue, feed, frozen, intake, product_names, proofs, rollups, schema
from sync_server.feed import Stored
from sync_server.intake import Arrived
from sync_server.schema import documents, entries, events, journals, product_codes, quarantine, sales, stores


@dataclass(slots=True)
class Verdict:
    """What was looked at, and each thing that is not as it should be."""

    journals: int = 0
    entries: int = 0
    blanked: int = 0
    cells: int = 0
    documents: int = 0
    quarantined: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """How far each journal's chain has been followed, and the figures folded on the way."""

    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    followers: dict[str, Follower] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    shares: Shares = field(default_factory=Shares)
    sales: int = 0


def verify(connection: Connection, store_id: str, ended: Callable[[], bool] = lambda: False) -> Verdict:
    """Check everything that one store has; the verdict without problems is the good one.

    Where it is asked to end before the last entry, the verdict says nothing.
    """
    verdict = Verdict()
    reading = _Reading()
    quarantined = set(
        connection.execute(select(quarantine.c.event_id).where(quarantine.c.store_id == store_id)).scalars()
    )
    verdict.quarantined = len(quarantined)
    arrival = 0
    for batch in intake.by_arrival(connection, store_id):
        arrival = _follow(verdict, reading, batch, arrival)
        _hold_checkpoints(connection, store_id, verdict, reading, batch)
        _fold(connection, store_id, reading, batch, quarantined)
        if ended():
            return verdict
    _heads(connection, store_id, verdict, reading, arrival)
    _events(connection, store_id, verdict)
    _figures(connection, store_id, verdict, reading)
    _feed(connection, store_id, verdict)
    return verdict


def _follow(verdict: Verdict, reading: _Reading, batch: Iterable[Arrived], arrival: int) -> int:
    """Follow the chains through some entries; return the last arrival number."""
    for arrived in batch:
        entry = arrived.entry
        seq, prev_hash = reading.heads.get(entry.journal_id, (0, FIRST_HASH))
        try:
            check(entry, seq + 1, prev_hash)
        except Damaged as problem:
            verdict.problems.append(f"journal {entry.journal_id}: {problem}")
        if arrived.arrival != arrival + 1:
            verdict.problems.append(f"arrival {arrived.arrival} follows arrival {arrival}")
        arrival = arrived.arrival
        reading.heads[entry.journal_id] = (entry.seq, entry.hash)
        verdict.entries += 1
        verdict.blanked += entry.blanked
    return arrival


def _hold_checkpoints(
    connection: Connection, store_id: str, verdict: Verdict, reading: _Reading, batch: list[Arrived]
) -> None:
    """Hold each checkpoint against what lies between it and the one before."""
    totals = frozen.totals(connection, store_id, (arrived.entry for arrived in batch))
    for entry in (arrived.entry for arrived in batch):
        follower = reading.followers.setdefault(entry.journal_id, Follower())
        wrong = follower.add(entry, totals.get(entry.event_id))
        if wrong is not None:
            verdict.problems.append(f"journal {entry.journal_id} entry {entry.seq}: {wrong}")


def _fold(
    connection: Connection, store_id: str, reading: _Reading, batch: list[Arrived], quarantined: set[str]
) -> None:
    """Fold the entries that tell their event first, as the server did when they came."""
    found = select(events.c.event_id, events.c.journal_id, events.c.seq).where(
        events.c.store_id == store_id, events.c.event_id.in_([arrived.entry.event_id for arrived in batch])
    )
    first = {tuple(row) for row in connection.execute(found)}
    effects = apply.Effects(reading.tally, reading.shares)
    for arrived in batch:
        entry = arrived.entry
        told = (entry.event_id, entry.journal_id, entry.seq) in first and not entry.blanked
        if told and entry.event_id not in quarantined:
            apply.gather(effects, store_id, entry, apply.Source("", arrived.received_at_ms))
    reading.sales += len(effects.sales)


def _heads(connection: Connection, store_id: str, verdict: Verdict, reading: _Reading, arrival: int) -> None:
    rows = connection.execute(
        select(journals.c.journal_id, journals.c.seq, journals.c.hash, journals.c.applied_seq).where(
            journals.c.store_id == store_id
        )
    ).all()
    verdict.journals = len(rows)
    for row in rows:
        if (row.seq, row.hash) != reading.heads.pop(row.journal_id, (0, FIRST_HASH)):
            verdict.problems.append(f"journal {row.journal_id}: its head {row.seq} is not its last entry")
        if row.applied_seq != row.seq:
            verdict.problems.append(f"journal {row.journal_id}: applied to {row.applied_seq}, kept to {row.seq}")
    verdict.problems.extend(f"journal {journal_id} has entries and no head" for journal_id in reading.heads)
    verdict.problems.extend(
        f"journal {journal_id} entry {one.emptied}: its words were erased, and no checkpoint follows it"
        for journal_id, one in reading.followers.items()
        if one.emptied is not None
    )
    counted = connection.execute(select(stores.c.arrival).where(stores.c.store_id == store_id)).scalar_one()
    if counted != arrival:
        verdict.problems.append(f"{counted} arrivals were counted, the last entry has {arrival}")


def _events(connection: Connection, store_id: str, verdict: Verdict) -> None:
    told = select(func.count(func.distinct(entries.c.event_id))).where(
        entries.c.store_id == store_id, entries.c.body != b""
    )
    known = select(func.count()).select_from(events).where(events.c.store_id == store_id)
    wanted, found = connection.execute(told).scalar_one(), connection.execute(known).scalar_one()
    if found < wanted or (found > wanted and not verdict.blanked):
        verdict.problems.append(f"{wanted} events were told, {found} are known: run seraphine-server rebuild")


def _figures(connection: Connection, store_id: str, verdict: Verdict, reading: _Reading) -> None:
    """Compare the figures with those folded anew, and those of emptied days with the tickets that are listed."""
    shares = proofs.shares(connection, store_id)
    kept = frozen.days(connection, store_id)
    rows = select(func.count()).select_from(sales).where(sales.c.store_id == store_id)
    count = connection.execute(rows).scalar_one() - frozen.emptied_tickets(connection, store_id)
    if count != reading.sales:
        verdict.problems.append(f"{reading.sales} tickets were told, {count} are listed: run seraphine-server rebuild")
    # A day at a time: the cells of a year would fill a shop's PC.
    for of_day in sorted({*rollups.days(connection, store_id), *reading.tally.days()}):
        cells = rollups.cells(connection, store_id, start=of_day, end=of_day)
        verdict.cells += len(cells)
        stored = {cell[:4]: cell for cell in cells if cell[:2] not in kept}
        folded = {cell[:4]: cell for cell in reading.tally.deltas(of_day) if cell[:2] not in kept}
        verdict.problems.extend(
            f"the figures of {day} till {till_id} {facet} {key} differ from the journals: run seraphine-server rebuild"
            for day, till_id, facet, key in sorted(stored.keys() | folded.keys())
            if stored.get((day, till_id, facet, key)) != folded.get((day, till_id, facet, key))
        )
    proved = {share[:2] for share in set(shares) ^ set(reading.shares.rows())} - kept
    verdict.problems.extend(
        f"the proof of {day} till {till_id} differs from the journals: run seraphine-server rebuild"
        for day, till_id in sorted(proved)
    )
    emptied = sorted({day for day, _ in kept})
    of_emptied = (cell for day in emptied for cell in rollups.cells(connection, store_id, start=day, end=day))
    verdict.problems.extend(frozen.problems(connection, store_id, kept, of_emptied, shares))


def _feed(connection: Connection, store_id: str, verdict: Verdict) -> None:
    rev = connection.execute(select(stores.c.rev).where(stores.c.store_id == store_id)).scalar_one()
    rows = connection.execute(
        select(documents.c.kind, documents.c.key, documents.c.rev, documents.c.body).where(
            documents.c.store_id == store_id
        )
    ).all()
    verdict.documents = len(rows)
    for row in rows:
        if not 0 < row.rev <= rev:
            verdict.problems.append(f"document {row.kind} {row.key} has revision {row.rev}, the feed is at {rev}")
        if not isinstance(json.loads(row.body), dict):
            verdict.problems.append(f"document {row.kind} {row.key} has no body")
    products = feed.all_of(connection, store_id, DocumentKind.PRODUCT)
    _codes(connection, store_id, verdict, products)
    _names(connection, store_id, verdict, products)


def _codes(connection: Connection, store_id: str, verdict: Verdict, products: Iterable[Stored]) -> None:
    wanted = {
        (code, product.key)
        for product in products
        if product.body.get("active", True)
        for code in catalogue.codes_of(product.body)
    }
    rows = connection.execute(
        select(product_codes.c.code, product_codes.c.key).where(product_codes.c.store_id == store_id)
    )
    verdict.problems.extend(
        f"the code {code} of product {key} is not where it should be"
        for code, key in sorted(wanted ^ {(row.code, row.key) for row in rows})
    )


def _names(connection: Connection, store_id: str, verdict: Verdict, products: Iterable[Stored]) -> None:
    wanted = {(product.key, product_names.searched(product.body)) for product in products}
    table = schema.product_names
    rows = connection.execute(select(table.c.key, table.c.folded).where(table.c.store_id == store_id))
    verdict.problems.extend(
        f"the name of product {key} is not the one that a search finds: run seraphine-server rebuild"
        for key in sorted({key for key, _ in wanted ^ {(row.key, row.folded) for row in rows}})
    )
