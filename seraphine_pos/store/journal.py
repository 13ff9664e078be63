"""This till's journals on disk: what happened is appended here, and only here.

One user action is one ``Action``: its entries, their ledger rows and its receipt number are on the
disk together or not at all. Knows nothing of who asks and nothing of the network.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.clock import Clock, RandomBytes, new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Damaged, Draft, Entry
from seraphine_pos.domain.refusal import NoStore, StorageDamaged, StorageFailed, StorageRefused
from seraphine_pos.store import entries, watermark
from seraphine_pos.store.action import Action, Head
from seraphine_pos.store.anchor import Anchor, Mark
from seraphine_pos.store.database import Connection, Database
from seraphine_pos.store.ledger import Ledger

TAG_DRAWS_MAX: Final = 1000
_INSERT: Final = """
    INSERT INTO journal (journal_id, till_id, till_label, tag, acked_seq, applied_seq, durable)
    VALUES (?, ?, ?, ?, 0, 0, 0)"""
# The number is found along the index of (tag, number): this also runs on a till with a million tickets.
_HEAD: Final = """
    SELECT j.journal_id, j.tag, j.till_label, e.seq, e.hash,
        coalesce((SELECT max(number) FROM ticket WHERE tag = j.tag), 0), e.at_ms
    FROM (SELECT * FROM journal ORDER BY place DESC LIMIT 1) j JOIN entry e ON e.journal_id = j.journal_id
    ORDER BY e.seq DESC LIMIT 1"""
_STATE: Final = """
    SELECT j.tag, j.acked_seq, e.seq, e.hash,
        (SELECT hash FROM entry WHERE journal_id = j.journal_id AND seq = j.acked_seq),
        (SELECT at_ms FROM entry WHERE journal_id = j.journal_id AND seq = j.acked_seq + 1)
    FROM journal j LEFT JOIN entry e ON e.journal_id = j.journal_id AND e.seq <= coalesce(j.closed_after, e.seq)
    WHERE j.journal_id = ? ORDER BY e.seq DESC LIMIT 1"""
NOT_CARRIED: Final = frozenset({Kind.JOURNAL_OPENED, Kind.CHECKPOINT})


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose journal it is: facts of every ``journal.opened``."""

    store_id: str
    till_id: str
    till_label: str
    machine: str
    currency: str
    decimals: int

    @classmethod
    def told_by(cls, opened: str, machine: str) -> "Identity":
        """Return whose journal it is as the body of its ``journal.opened`` tells, on this machine now."""
        body: dict[str, Any] = form.parse(opened)
        return cls(
            body["store_id"], body["till_id"], body["till_label"], machine, body["currency"], body["decimals"]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class JournalState:
    """How far a journal has come and how much of it the server has not acknowledged."""

    journal_id: str
    tag: str
    seq: int
    hash: bytes
    acked_seq: int
    acked_hash: bytes
    waiting: int
    oldest_waiting_at_ms: int | None


class Journal:
    """The journals of one till: the open one is appended to, all of them are sent."""

    def __init__(
        self, database: Database, ledger: Ledger, anchor: Anchor, clock: Clock, random_bytes: RandomBytes, machine: str
    ) -> None:
        """Stand at the head of the newest journal of the database, if there is one."""
        self._database = database
        self._ledger = ledger
        self._anchor = anchor
        self._clock = clock
        self._chance = random_bytes
        self._machine = machine
        self._offset_ms = clock.now_ms() - clock.boot_ms()
        self._head = self._load()
        self._in_doubt = False
        self.committed: Callable[[], None] = _nobody

    # What a person does

    @contextmanager
    def action(self) -> Iterator[Action]:
        """Open one action; on leaving, it is on the disk.

        A commit that raised may still have reached the disk: it is looked up there. Raises StorageRefused where
        it certainly is not there, and StorageFailed where nobody can tell before the disk answers again.
        """
        with self._alone():
            now, boot = self._clock.now_ms(), self._clock.boot_ms()
            head = _copy(self._standing())
            try:
                with self._database.write() as connection:
                    action = Action(connection, self._ledger, head, now, self._chance)
                    action.note_clock(now - boot - self._offset_ms)
                    yield action
            except StorageFailed as failure:
                if head.seq == self._standing().seq:
                    raise
                if not self._is_standing(head, self._settled(failure)):
                    raise StorageRefused(**failure.details) from failure
            self._offset_ms = now - boot
            if head.seq != self._standing().seq:
                self._stand(head)
        self.committed()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads from writing meanwhile; what is in doubt is settled first."""
        with self._database.exclusive():
            self._end_doubt()
            yield

    @contextmanager
    def _turning(self) -> Iterator[Connection]:
        """Open a transaction that opens or closes journals.

        Where its commit raised and is on the disk all the same, it is done: this till must not go on in a journal
        that the disk has closed.
        """
        try:
            with self._database.write() as connection:
                yield connection
        except StorageFailed as failure:
            if self._is_standing(self._head, self._settled(failure)):
                raise

    def _settled(self, failure: StorageFailed) -> Head | None:
        """Return where the disk stands after a commit that raised; raise the failure where it does not tell.

        Until it does this journal is in doubt: the log may hold what was said to have failed.
        """
        self._in_doubt = True
        if not self._database.settle():
            raise failure
        found = self._load()
        self._in_doubt = False
        return found

    def _end_doubt(self) -> None:
        """Go on where the disk stands, and record nothing before it says where: the next no would be untrue."""
        if not self._in_doubt:
            return
        found = self._settled(StorageFailed(reason="il ne répond toujours pas"))
        if found is not None and not self._is_standing(self._head, found):
            self._stand(found)

    @staticmethod
    def _is_standing(head: Head | None, found: Head | None) -> bool:
        """Tell whether the disk stands at this head."""
        places = [one and (one.journal_id, one.seq, one.hash) for one in (head, found)]
        return places[0] == places[1]

    def _stand(self, head: Head) -> None:
        self._head = head
        self._anchor.write(Mark(head.journal_id, head.seq, head.hash, self._machine))

    # Opening and following

    @property
    def opened(self) -> bool:
        """Tell whether there is a journal to append to."""
        return self._head is not None

    @property
    def till_label(self) -> str:
        """Return the label on this till's receipts."""
        return self._standing().till_label

    def open(self, identity: Identity, reason: str = "install", parent: tuple[str, int, bytes] | None = None) -> str:
        """Open a new journal; its id is returned. Later actions are appended to it."""
        with self._alone():
            with self._turning() as connection:
                head = self._open(connection, identity, reason, parent)
            self._stand(head)
        self.committed()
        return head.journal_id

    def _open(
        self, connection: Connection, identity: Identity, reason: str, parent: tuple[str, int, bytes] | None
    ) -> Head:
        now = self._clock.now_ms()
        journal_id = new_id(now, self._chance)
        tag = self._fresh_tag(connection)
        connection.execute(_INSERT, (journal_id, identity.till_id, identity.till_label, tag))
        head = Head(journal_id, tag, identity.till_label, 0, form.FIRST_HASH, 0, now)
        body = {
            "store_id": identity.store_id, "till_id": identity.till_id, "till_label": identity.till_label,
            "tag": tag, "reason": reason, "machine": identity.machine, "currency": identity.currency,
            "decimals": identity.decimals,
            "parent": parent and {"journal_id": parent[0], "seq": parent[1], "hash": parent[2].hex()},
        }  # fmt: skip
        Action(connection, self._ledger, head, now, self._chance).record(Kind.JOURNAL_OPENED, body)
        return head

    def _fresh_tag(self, connection: Connection) -> str:
        """Draw letters for the receipts of a journal that no journal here has: its numbers begin at 1 again."""
        taken = {tag for (tag,) in connection.execute("SELECT tag FROM journal")}
        tag = ""
        for _ in range(TAG_DRAWS_MAX):
            tag = "".join(form.TAG_LETTERS[byte % len(form.TAG_LETTERS)] for byte in self._chance(form.TAG_LENGTH))
            if tag not in taken:
                break
        return tag

    def follow(self) -> str | None:
        """Open a successor if this database is a restored or cloned copy; return the reason.

        The anchor beside the database tells: a journal behind its anchor was restored, another
        machine's was cloned. An anchor that is missing or torn tells nothing.
        """
        head, mark = self._head, self._anchor.read()
        if head is None or mark is None:
            return None
        if mark.machine != self._machine:
            reason = "clone"
        elif not self._holds(mark):
            reason = "restore"
        else:
            return None
        self.open(self._identity(), reason, (head.journal_id, head.seq, head.hash))
        return reason

    def _holds(self, mark: Mark) -> bool:
        return self.has(mark.seq, mark.hash, mark.journal_id)

    def _identity(self) -> Identity:
        head = self._standing()
        with self._database.read() as connection:
            (first,) = entries.after(connection, head.journal_id, 0, limit=1)
        return Identity.told_by(first.body, self._machine)

    def _load(self) -> Head | None:
        with self._database.read() as connection:
            row = connection.execute(_HEAD).fetchone()
        return None if row is None else Head(*row)

    def _standing(self) -> Head:
        if self._head is None:
            raise NoStore(path=self._database.path.parent)
        return self._head

    # What the sync thread asks

    def journals(self) -> tuple[str, ...]:
        """Return the ids of all journals, the oldest first, the open one last."""
        with self._database.read() as connection:
            return tuple(found for (found,) in connection.execute("SELECT journal_id FROM journal ORDER BY place"))

    def state(self, journal_id: str | None = None) -> JournalState:
        """Return how far a journal (None: the open one) has come and what of it waits."""
        journal_id = journal_id or self._standing().journal_id
        with self._database.read() as connection:
            tag, acked_seq, seq, digest, acked, oldest = connection.execute(_STATE, (journal_id,)).fetchone()
        waiting = max((seq or 0) - acked_seq, 0)
        return JournalState(
            journal_id, tag, seq or 0, digest or form.FIRST_HASH, acked_seq, acked or form.FIRST_HASH, waiting,
            oldest if waiting else None,
        )  # fmt: skip

    def unsent(
        self, limit: int, bytes_max: int, journal_id: str | None = None, after: int | None = None
    ) -> list[Entry]:
        """Return the next entries to send, at least one if one waits, checked as they are read.

        They follow a place, or what the server has acknowledged.
        """
        journal_id = journal_id or self._standing().journal_id
        with self._database.read() as connection:
            query = "SELECT acked_seq, closed_after FROM journal WHERE journal_id = ?"
            acked_seq, last = connection.execute(query, (journal_id,)).fetchone()
            start = acked_seq if after is None else after
            waiting = entries.after(connection, journal_id, start, last=last, limit=limit)
        size = 0
        kept: list[Entry] = []
        for sealed in waiting:
            size += len(sealed.body.encode()) + len((sealed.text or "").encode())
            if kept and size > bytes_max:
                break
            _check(sealed)
            kept.append(sealed)
        return kept

    def has(self, seq: int, digest: bytes, journal_id: str | None = None) -> bool:
        """Tell whether the journal has an entry with this place and hash."""
        return self.hashes([seq], journal_id).get(seq) == digest

    def hashes(self, seqs: Sequence[int], journal_id: str | None = None) -> dict[int, bytes]:
        """Return the hashes at these places."""
        journal_id = journal_id or self._standing().journal_id
        query = "SELECT seq, hash FROM entry WHERE journal_id = ? AND seq IN (SELECT value FROM json_each(?))"
        with self._database.read() as connection:
            return dict(connection.execute(query, (journal_id, json.dumps(list(seqs)))))

    def acknowledge(self, seq: int, durable: int, journal_id: str | None = None) -> None:
        """Note how far the server holds a journal; less than before when the server was restored."""
        journal_id = journal_id or self._standing().journal_id
        with self._database.write(durable=False) as connection:
            connection.execute(
                "UPDATE journal SET acked_seq = ?, durable = ? WHERE journal_id = ?", (seq, durable, journal_id)
            )
            watermark.note(connection, journal_id, durable, self._clock.now_ms())

    def rotate_after(self, seq: int, reason: str, journal_id: str | None = None) -> str:
        """Close a journal after the last entry that the server shares, and carry the rest over.

        The open journal gets a successor. The later entries keep their event id, time, salt, body
        and receipt number; their ledger rows move along. Return the open journal's id.
        """
        closed = journal_id or self._standing().journal_id
        with self._alone():
            head = self._standing()
            with self._turning() as connection:
                query = "SELECT closed_after FROM journal WHERE journal_id = ?"
                (before,) = connection.execute(query, (closed,)).fetchone()
                connection.execute(
                    "UPDATE journal SET closed_after = ?, acked_seq = ? WHERE journal_id = ?", (seq, seq, closed)
                )
                if closed == head.journal_id:
                    shared = entries.hash_at(connection, closed, seq)
                    head = self._open(connection, self._identity(), reason, (closed, seq, shared))
                else:
                    head = _copy(head)
                self._carry(connection, entries.after(connection, closed, seq, last=before), head)
            self._stand(head)
        self.committed()
        return head.journal_id

    def succeed(
        self, identity: Identity, reason: str, parent: tuple[str, int, bytes] | None, unshared: Sequence[Entry]
    ) -> int:
        """Open a journal after another one and carry entries over into it; return how many those are."""
        with self._alone():
            with self._turning() as connection:
                head = self._open(connection, identity, reason, parent)
                opened = head.seq
                self._carry(connection, unshared, head)
            self._stand(head)
        self.committed()
        return head.seq - opened

    def _carry(self, connection: Connection, unshared: Sequence[Entry], head: Head) -> None:
        action = Action(connection, self._ledger, head, head.at_ms, self._chance)
        for old in unshared:
            if old.kind in NOT_CARRIED or old.blanked:
                continue
            draft = Draft(old.event_id, old.kind, old.version, old.at_ms, old.salt, old.body, old.text)
            self._ledger.move(connection, old.event_id, action.append(draft))

    # What a start asks

    def check_tail(self, count: int) -> None:
        """Check that the newest entries of the open journal follow one another; raise StorageDamaged."""
        head = self._head
        if head is None:
            return
        after = max(head.seq - count, 0)
        with self._database.read() as connection:
            previous = entries.hash_at(connection, head.journal_id, after)
            newest = entries.after(connection, head.journal_id, after)
        try:
            for seq, sealed in enumerate(newest, after + 1):
                form.check(sealed, seq, previous)
                previous = sealed.hash
        except Damaged as error:
            raise StorageDamaged(reason=str(error)) from error


def _nobody() -> None:
    """Take no notice of a commit; whoever sends entries puts itself here."""


def _copy(head: Head) -> Head:
    return Head(head.journal_id, head.tag, head.till_label, head.seq, head.hash, head.number, head.at_ms)


def _check(sealed: Entry) -> None:
    try:
        form.check(sealed, sealed.seq, sealed.prev_hash)
    except Damaged as error:
        raise StorageDamaged(reason=str(error)) from error
