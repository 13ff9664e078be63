"""Old entries of this till emptied of their words: what the server's verified backups have held for ninety days.

Whole segments between two checkpoints, each held against the second first; what a person wrote freely may go alone. The
hashes stay, and so do the ledger's rows: receipt numbers go on, and nothing is given back twice.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from seraphine_pos.domain.checkpoint import check_segment, total_in
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.refusal import StorageFailed, StorageFull
from seraphine_pos.domain.retention import CLASS_OF, Data, Line, Plan, Rules, Segment, plan
from seraphine_pos.store import checkpoint, entries, watermark
from seraphine_pos.store.database import Connection
from seraphine_pos.store.till import TillStore

ENTRIES_AT_ONCE: Final = 2000
_UNSCRUBBED: Final = "emptied, and not written anew"
_JOURNALS: Final = "SELECT journal_id, acked_seq, durable FROM journal ORDER BY place"
_LINES: Final = """
    SELECT seq, at_ms, kind, body = '', text IS NOT NULL FROM entry WHERE journal_id = ? ORDER BY seq"""
# A wish that the mirror does not hold yet is still shown from here.
_WISHES: Final = "SELECT seq FROM proposal WHERE journal_id = ?"
_TOTAL: Final = "SELECT total FROM ticket WHERE event_id = ?"
_OLD: Final = "journal_id = ? AND seq IN (SELECT value FROM json_each(?))"
_EMPTY: Final = f"UPDATE entry SET salt = x'', body = '', text = NULL WHERE {_OLD} AND body <> ''"
_EMPTY_WORDS: Final = f"UPDATE entry SET text = NULL WHERE {_OLD} AND text IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in one journal, and how many of each class that are; ``last`` is as far as anything may go."""

    journal_id: str
    last: int
    plan: Plan
    classes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is due at this till, and the segments that do not agree with their checkpoint and therefore stay."""

    rules: Rules
    journals: tuple[Due, ...]
    problems: tuple[str, ...]

    @property
    def count(self) -> int:
        """Return how many entries are emptied or lose their words."""
        return sum(one.plan.count for one in self.journals)


@dataclass(frozen=True, slots=True)
class Purged:
    """What was due, how many entries were emptied, and whether no byte of them is left in the file."""

    survey: Survey
    emptied: int
    scrubbed: bool


def survey(store: TillStore, wanted: Rules, now_ms: int) -> Survey:
    """Return what is due by these rules; it changes nothing."""
    found: list[Due] = []
    problems: list[str] = []
    with store.database.read() as connection:
        for journal_id, acked_seq, durable in connection.execute(_JOURNALS).fetchall():
            # Never above what was sent, what the newest backup holds, or what one has held for long.
            last = min(acked_seq, durable, watermark.ripe(connection, journal_id, now_ms))
            lines = map(Line._make, connection.execute(_LINES, (journal_id,)))
            waiting = {seq for (seq,) in connection.execute(_WISHES, (journal_id,))}
            planned = plan(lines, wanted, last, waiting)
            wrong = {one: _problem(connection, journal_id, one) for one in planned.segments}
            problems += [problem for problem in wrong.values() if problem is not None]
            kept = replace(planned, segments=tuple(one for one, problem in wrong.items() if problem is None))
            found.append(Due(journal_id, last, kept, dict(_classes(connection, journal_id, kept))))
    return Survey(wanted, tuple(found), tuple(problems))


def purge(store: TillStore, wanted: Rules, now_ms: int) -> Purged:
    """Empty what is due, some segments an action; what was stopped in between is gone on with by the next purge."""
    store.ledger.fold_figures()
    found = survey(store, wanted, now_ms)
    # Before anything new is written there, which would make it young again.
    _close_tail(store, found)
    emptied = 0
    for due in found.journals:
        for seqs, words, span in _blocks(due.plan):
            emptied += _empty(store, due.journal_id, wanted, seqs, words, span)
    return Purged(found, emptied, _scrub(store))


def _entries(connection: Connection, journal_id: str, segment: Segment) -> list[Entry]:
    return entries.after(connection, journal_id, segment.first - 1, last=segment.last)


def _problem(connection: Connection, journal_id: str, segment: Segment) -> str | None:
    """Return why a segment must stay."""
    before = entries.after(connection, journal_id, segment.first - 2, last=segment.first - 1)

    def total_of(sealed: Entry) -> int | None:
        if not sealed.blanked:
            return total_in(sealed)
        row = connection.execute(_TOTAL, (sealed.event_id,)).fetchone()
        return row and int(row[0])

    told = _entries(connection, journal_id, segment)
    wrong = check_segment(before[0] if before else None, told, total_of)
    return wrong and f"journal {journal_id} entries {segment.first} to {segment.last} stay: {wrong}"


def _classes(connection: Connection, journal_id: str, kept: Plan) -> Counter[str]:
    counts = Counter({Data.WORDS.value: len(kept.words)} if kept.words else {})
    for segment in kept.segments:
        due = set(segment.due)
        told = _entries(connection, journal_id, segment)
        counts.update(CLASS_OF[sealed.kind].value for sealed in told if sealed.seq in due)
    return counts


def _blocks(kept: Plan) -> Iterator[tuple[list[int], Sequence[int], tuple[int, int]]]:
    """Yield whole segments until they come to so many entries, then the words that go alone; each with its span."""
    block: list[Segment] = []
    for segment in kept.segments:
        if block and sum(len(one.due) for one in (*block, segment)) > ENTRIES_AT_ONCE:
            yield _together(block)
            block = []
        block.append(segment)
    if block:
        yield _together(block)
    if kept.words:
        yield [], kept.words, (kept.words[0], kept.words[-1])


def _together(block: Sequence[Segment]) -> tuple[list[int], Sequence[int], tuple[int, int]]:
    return [seq for one in block for seq in one.due], (), (block[0].first, block[-1].last)


def _empty(
    store: TillStore, journal_id: str, wanted: Rules, seqs: Sequence[int], words: Sequence[int], span: tuple[int, int]
) -> int:
    """Empty some entries and say so in the journal, in one action; return how many they were."""
    with store.journal.action() as action:
        connection = action.connection
        count = connection.execute(_EMPTY, (journal_id, json.dumps(seqs))).rowcount
        count += connection.execute(_EMPTY_WORDS, (journal_id, json.dumps(words))).rowcount
        connection.execute("INSERT OR REPLACE INTO local (name, value) VALUES (?, '1')", (_UNSCRUBBED,))
        body = {
            "journal_id": journal_id, "from": span[0], "to": span[1], "entries": count,
            "last_hash": entries.hash_at(connection, journal_id, span[1]).hex(),
            "reason": f"{wanted.preset}, {Data.WORDS.value}" if words else wanted.preset,
        }  # fmt: skip
        action.record(Kind.BODIES_BLANKED, body)
    return count


def _close_tail(store: TillStore, found: Survey) -> None:
    """End the last segment with a checkpoint where all of it is old; it goes when a backup has held that for long."""
    if found.journals[-1].plan.tail:
        with store.journal.action() as action:
            checkpoint.record(action)


def _scrub(store: TillStore) -> bool:
    """Have the file hold nothing of what was emptied, now or by a purge that was stopped; return whether it does."""
    with store.database.read() as connection:
        row = connection.execute("SELECT 1 FROM local WHERE name = ?", (_UNSCRUBBED,)).fetchone()
    if row is None:
        return True
    try:
        is_clean = store.database.scrub()
    except (StorageFull, StorageFailed):
        return False
    if is_clean:
        with store.database.write() as connection:
            connection.execute("DELETE FROM local WHERE name = ?", (_UNSCRUBBED,))
    return is_clean
