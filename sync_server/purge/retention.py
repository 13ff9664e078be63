"""Old entries emptied of their words: what is due, verified, archived, and then blanked; their hashes stay.

Only what the newest verified backup holds, and whole segments between two checkpoints; what a person wrote freely may
go alone. An entry's age is counted from its arrival, by this server's clock.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update

from seraphine_pos.domain.checkpoint import check_segment
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry, canonical, parse
from seraphine_pos.domain.retention import CLASS_OF, MONTHS, PRESETS, Data, Line, Plan, Rules, Segment, plan, rules
from sync_server import audit, feed, frozen, intake
from sync_server.database import Database
from sync_server.errors import Refused
from sync_server.purge import loose, purge_archive
from sync_server.purge.purge_archive import Gone, Manifest, Whole
from sync_server.purge.scrub import scrub
from sync_server.purge.words import Loose
from sync_server.schema import entries, feedback, journals, purges, quarantine, stores, tills
from sync_server.transaction import Transaction

ENTRIES_AT_ONCE: Final = 500
LINES_AT_ONCE: Final = 2000

OpenTransaction = Callable[[], AbstractContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to go, and the folder where it is kept first.

    The database's files are written anew once something has been emptied for ``scrub_after_ms``: that takes seconds for
    each gigabyte, in which nothing else can be written to a SQLite database.
    """

    archive: Path
    months: int = MONTHS
    preset: str = "keep"
    scrub_after_ms: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in one journal: whole segments that were verified, words, and how many of each class that are."""

    journal_id: str
    till: str
    durable: int
    plan: Plan
    classes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is due in a store, and the segments that do not agree with their checkpoint and therefore stay.

    ``loose`` is what stands in no journal.
    """

    rules: Rules
    journals: tuple[Due, ...]
    problems: tuple[str, ...]
    loose: tuple[Loose, ...] = ()

    @property
    def count(self) -> int:
        """Return how many entries are emptied or lose their words, and with them what stands in no journal."""
        return sum(one.plan.count for one in self.journals) + len(self.loose)


@dataclass(frozen=True, slots=True)
class Purged:
    """What was due, where it was archived, and how many entries were emptied.

    ``scrubbed`` is False where the files ought to be without old bytes by now, and are not.
    """

    survey: Survey
    archive: Path | None
    emptied: int
    scrubbed: bool


def rules_of(now_ms: int, months: int, preset: str) -> Rules:
    """Return the rules of a preset; raise Refused where there is none of this name."""
    if preset not in PRESETS:
        raise Refused(f"there is no preset “{preset}” of retention: {', '.join(PRESETS)}")
    return rules(now_ms, months, preset)


def survey(connection: Connection, store_id: str, wanted: Rules) -> Survey:
    """Return what is due by these rules; it changes nothing."""
    found: list[Due] = []
    problems: list[str] = []
    known = (journals.c.store_id == tills.c.store_id) & (journals.c.till_id == tills.c.till_id)
    rows = connection.execute(
        select(journals.c.journal_id, journals.c.durable, tills.c.label)
        .outerjoin(tills, known)
        .where(journals.c.store_id == store_id)
        .order_by(journals.c.received_at_ms, journals.c.journal_id)
    )
    for row in rows.all():
        planned = plan(
            _lines(connection, store_id, row.journal_id), wanted, row.durable,
            _set_aside(connection, store_id, row.journal_id),
        )  # fmt: skip
        reader = _Reader(connection, store_id, row.journal_id)
        wrong = {segment: reader.problem(segment) for segment in planned.segments}
        problems += [problem for problem in wrong.values() if problem is not None]
        sound = tuple(segment for segment, problem in wrong.items() if problem is None)
        kept = replace(planned, segments=sound)
        found.append(Due(row.journal_id, row.label or "?", row.durable, kept, dict(reader.classes(kept))))
    return Survey(wanted, tuple(found), tuple(problems), loose.due(connection, store_id, wanted))


def _lines(connection: Connection, store_id: str, journal_id: str) -> Iterator[Line]:
    """Yield what planning needs of a journal's entries."""
    statement = (
        select(
            entries.c.seq, entries.c.received_at_ms, entries.c.kind, entries.c.body == b"",
            entries.c.text.is_not(None),
        )
        .where(entries.c.store_id == store_id, entries.c.journal_id == journal_id)
        .order_by(entries.c.seq)
        .execution_options(yield_per=LINES_AT_ONCE)
    )  # fmt: skip
    for row in connection.execute(statement):
        yield Line(row[0], row[1], row[2], bool(row[3]), bool(row[4]))


def _set_aside(connection: Connection, store_id: str, journal_id: str) -> frozenset[int]:
    """Return the places of the entries in quarantine: nothing has been counted of them yet."""
    found = select(quarantine.c.seq).where(quarantine.c.store_id == store_id, quarantine.c.journal_id == journal_id)
    return frozenset(connection.execute(found).scalars())


@dataclass(frozen=True, slots=True)
class _Reader:
    """The entries of one journal."""

    connection: Connection
    store_id: str
    journal_id: str

    def between(self, first: int, last: int) -> list[Entry]:
        """Return the entries from one place to another, both included."""
        return self._read(entries.c.seq.between(first, last))

    def at(self, seqs: Sequence[int]) -> list[Entry]:
        """Return the entries at some places, in order."""
        found: list[Entry] = []
        for start in range(0, len(seqs), ENTRIES_AT_ONCE):
            found += self._read(entries.c.seq.in_(seqs[start : start + ENTRIES_AT_ONCE]))
        return found

    def _read(self, wanted: object) -> list[Entry]:
        columns = [entries.c[name] for name in intake.COLUMNS]
        statement = (
            select(*columns)
            .where(entries.c.store_id == self.store_id, entries.c.journal_id == self.journal_id, wanted)  # type: ignore[arg-type]
            .order_by(entries.c.seq)
        )
        return [intake.entry_of(row) for row in self.connection.execute(statement)]

    def problem(self, segment: Segment) -> str | None:
        """Return what is wrong with a segment."""
        told = self.between(max(segment.first - 1, 1), segment.last)
        before = told.pop(0) if segment.first > 1 else None
        totals = frozen.totals(self.connection, self.store_id, told)
        wrong = check_segment(before, told, lambda entry: totals.get(entry.event_id))
        return wrong and f"journal {self.journal_id} entries {segment.first} to {segment.last} stay: {wrong}"

    def classes(self, kept: Plan) -> Counter[str]:
        """Return how many entries of each class go."""
        counts = Counter({Data.WORDS.value: len(kept.words)} if kept.words else {})
        for segment in kept.segments:
            due = set(segment.due)
            counts.update(one.goes for one in self.gone(segment) if one.entry.seq in due)
        return counts

    def gone(self, segment: Segment) -> Iterator[Gone]:
        """Yield a whole segment, each entry with the class by which it goes."""
        due = set(segment.due)
        for entry in self.between(segment.first, segment.last):
            yield Gone(entry, CLASS_OF[entry.kind].value if entry.seq in due else "")

    def archived(self, kept: Plan) -> Iterator[Gone]:
        """Yield in order all that is archived of the journal: whole segments, and the entries whose words go."""
        words = set(kept.words)
        starts = [one.first for one in kept.segments]

        def is_covered(seq: int) -> bool:
            place = bisect_right(starts, seq) - 1
            return place >= 0 and seq <= kept.segments[place].last

        alone = [Segment(seq, seq, ()) for seq in kept.words if not is_covered(seq)]
        for segment in sorted([*kept.segments, *alone], key=lambda one: one.first):
            for one in self.gone(segment):
                yield Gone(one.entry, Data.WORDS.value) if one.entry.seq in words else one


def purge(
    database: Database, store_id: str, open_transaction: OpenTransaction, now_ms: int, wish: Wish, *,
    ended: Callable[[], bool] = lambda: False, cleaner: Callable[[Database], bool] = scrub,
) -> Purged:  # fmt: skip
    """Archive what is due and empty it, some segments a transaction; raise ArchiveFailed, and nothing was emptied.

    What was stopped in between is gone on with by the next purge; ``ended`` is asked before each transaction.
    """
    # Also where nothing is due today: a disk that is missing is told on the day that it is.
    purge_archive.refuse_missing(wish.archive)
    wanted = rules_of(now_ms, wish.months, wish.preset)
    with database.read() as connection:
        found = survey(connection, store_id, wanted)
        whole = _archive(connection, store_id, found, now_ms, wish) if found.count else None
    emptied = 0
    if whole is not None:
        emptied = _empty(open_transaction, found, whole, ended)
    scrubbed = _finish(open_transaction, now_ms - wish.scrub_after_ms, lambda: cleaner(database))
    return Purged(found, None if whole is None else whole.path, emptied, scrubbed)


def signing_key(connection: Connection, store_id: str) -> bytes:
    """Return the key that signs what is archived of a store."""
    pepper = select(stores.c.pepper).where(stores.c.store_id == store_id)
    return purge_archive.key_of(connection.execute(pepper).scalar_one())


def _archive(connection: Connection, store_id: str, found: Survey, now_ms: int, wish: Wish) -> Whole:
    """Write the archive and have it on the disk."""
    name = f"purge-{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d-%H%M%S}"
    taken = sum(1 for _ in wish.archive.glob(f"{name}*"))
    place = wish.archive / (f"{name}-{taken + 1}" if taken else name)
    with purge_archive.drafted(wish.archive) as (draft, path):
        for due in found.journals:
            if due.plan.count:
                told = _Reader(connection, store_id, due.journal_id).archived(due.plan)
                draft.add(due.journal_id, due.till, told)
        draft.add_loose(found.loose)
        manifest = Manifest(
            format=purge_archive.FORMAT, purge_id=place.name, made_at_ms=now_ms, store_id=store_id,
            preset=found.rules.preset,
            before_ms={data.value: limit for data, limit in found.rules.before.items()},
            journals=(), parts=(), loose=len(found.loose),
        )  # fmt: skip
        digest = draft.finish(manifest, signing_key(connection, store_id))
        purge_archive.put_in_place(path, place)
    return Whole(place, digest)


def _empty(open_transaction: OpenTransaction, found: Survey, whole: Whole, ended: Callable[[], bool]) -> int:
    """Empty what was archived, some whole segments a transaction; return how many entries were."""
    emptied = 0
    purge_id = ""
    for due in found.journals:
        for seqs, words in _blocks(due.plan):
            if ended():
                return emptied
            with open_transaction() as tx:
                _lock(tx)
                purge_id = purge_id or _begin(tx, found.rules, whole)
                emptied += _counted(tx, purge_id, _blank(tx, due, seqs, words))
    for start in range(0, len(found.loose), ENTRIES_AT_ONCE):
        if ended():
            return emptied
        with open_transaction() as tx:
            _lock(tx)
            purge_id = purge_id or _begin(tx, found.rules, whole)
            emptied += _counted(tx, purge_id, loose.empty(tx, found.loose[start : start + ENTRIES_AT_ONCE]))
    return emptied


def _blocks(kept: Plan) -> Iterator[tuple[list[int], list[int]]]:
    """Yield whole segments until they come to so many entries, and then the words that go alone."""
    block: list[int] = []
    for segment in kept.segments:
        if block and len(block) + len(segment.due) > ENTRIES_AT_ONCE:
            yield block, []
            block = []
        block += segment.due
    if block:
        yield block, []
    for start in range(0, len(kept.words), ENTRIES_AT_ONCE):
        yield [], list(kept.words[start : start + ENTRIES_AT_ONCE])


def _lock(tx: Transaction) -> None:
    """Take the store's row: nothing is counted or folded again meanwhile."""
    if tx.database.dialect == "sqlite":
        tx.connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is emptied is overwritten where it stood
    feed.hold(tx)


def _begin(tx: Transaction, wanted: Rules, whole: Whole) -> str:
    """Note the purge, in the transaction that empties the first entries; return its id."""
    purge_id = tx.new_id()
    limit = wanted.before[Data.WORDS]
    row = {
        "store_id": tx.store_id, "purge_id": purge_id, "at_ms": tx.now_ms, "before_ms": limit or 0,
        "preset": wanted.preset, "entries": 0,
        "manifest": canonical({"archive": whole.path.name, "sha256": whole.digest, "scrubbed": False}),
    }  # fmt: skip
    tx.connection.execute(insert(purges).values(**row))
    audit.note(tx, "purge", {"archive": whole.path.name, "preset": wanted.preset})
    return purge_id


def _blank(tx: Transaction, due: Due, seqs: Sequence[int], words: Sequence[int]) -> int:
    """Empty entries of a journal, and what was folded from their words; return how many they are."""
    mine = (entries.c.store_id == tx.store_id, entries.c.journal_id == due.journal_id)
    durable = select(journals.c.durable).where(
        journals.c.store_id == tx.store_id, journals.c.journal_id == due.journal_id
    )
    last = tx.connection.execute(durable).scalar_one()
    count = 0
    for some, values in ((seqs, {"body": b"", "salt": b"", "text": None}), (words, {"text": None})):
        for start in range(0, len(some), ENTRIES_AT_ONCE):
            part = [seq for seq in some[start : start + ENTRIES_AT_ONCE] if seq <= last]
            _unfold(tx, due.journal_id, part)
            full = entries.c.body != b"" if "body" in values else entries.c.text.is_not(None)
            count += tx.connection.execute(
                update(entries).where(*mine, entries.c.seq.in_(part), full).values(**values)
            ).rowcount
    return count


def _counted(tx: Transaction, purge_id: str, count: int) -> int:
    """Add to how much a purge has emptied."""
    tx.connection.execute(
        update(purges)
        .where(purges.c.store_id == tx.store_id, purges.c.purge_id == purge_id)
        .values(entries=purges.c.entries + count)
    )
    return count


def _unfold(tx: Transaction, journal_id: str, seqs: Sequence[int]) -> None:
    """Take the words out of what these entries were folded to, while they can still be read."""
    rows = tx.connection.execute(
        select(entries.c.kind, entries.c.event_id, entries.c.at_ms, entries.c.body).where(
            entries.c.store_id == tx.store_id, entries.c.journal_id == journal_id, entries.c.seq.in_(seqs),
            entries.c.kind.in_([Kind.FEEDBACK_SUBMITTED, Kind.SALE_FLAGGED]),
        )
    ).all()  # fmt: skip
    said = [row.event_id for row in rows if row.kind == Kind.FEEDBACK_SUBMITTED]
    if said:
        of_said = (feedback.c.store_id == tx.store_id, feedback.c.event_id.in_(said))
        tx.connection.execute(update(feedback).where(*of_said).values(message=""))
    flagged = [row for row in rows if row.kind == Kind.SALE_FLAGGED and row.body]
    raised = {str(parse(row.body.decode())["sale_id"]): row.at_ms for row in flagged}
    loose.unflag(tx, raised, lambda one: one.body.get("flagged_at") == raised[one.key])


def _finish(open_transaction: OpenTransaction, due_ms: int, cleaner: Callable[[], bool]) -> bool:
    """Have the files hold nothing of what was emptied, now or by a purge that was stopped before.

    Returns False where it was time, and they still do.
    """
    with open_transaction() as tx:
        waiting = _unscrubbed(tx)
        since_ms = min((at_ms for at_ms, _ in waiting.values()), default=None)
    if since_ms is None or since_ms > due_ms:
        return True
    if not cleaner():
        return False
    with open_transaction() as tx:
        for purge_id, (_, said) in waiting.items():
            tx.connection.execute(
                update(purges)
                .where(purges.c.store_id == tx.store_id, purges.c.purge_id == purge_id)
                .values(manifest=canonical({**said, "scrubbed": True}))
            )
    return True


def _unscrubbed(tx: Transaction) -> dict[str, tuple[int, dict[str, object]]]:
    """Return the purges after which the files were not written anew, each with its time and what was noted of it."""
    rows = tx.connection.execute(
        select(purges.c.purge_id, purges.c.at_ms, purges.c.manifest).where(purges.c.store_id == tx.store_id)
    )
    said = {row.purge_id: (row.at_ms, parse(row.manifest)) for row in rows}
    return {purge_id: one for purge_id, one in said.items() if not one[1].get("scrubbed")}
