"""Sending the journal: in order, in batches, until the server's head is mine. Knows no network and no thread.

The server's head decides where to go on, never this till's memory of what it sent: a server put back from a backup is
simply sent again what it lacks, and a journal that the server knows otherwise is closed after the last common entry.
While a batch is under way the same thread reads the next one, which goes only if the head then stands where it begins.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import HASHES_MAX, PUSH_BYTES_MAX, PUSH_ENTRIES_MAX, Head, Server
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    Failure,
    PushDamaged,
    PushStuck,
    PushTooLarge,
    ServerTimedOut,
    StorageDamaged,
)
from seraphine_pos.store.journal import Journal, JournalState
from seraphine_pos.sync.batch import Batch

FORK: Final = "fork"


@dataclass(frozen=True, slots=True)
class PushLimits:
    """How much goes in one request, how finely a fork is searched, how often closed journals are compared.

    ``batch_bytes`` counts bodies alone: hashes, names and escapes of the wire need the other half of the request.
    """

    batch_entries: int = PUSH_ENTRIES_MAX
    batch_bytes: int = PUSH_BYTES_MAX // 2
    search_hashes: int = min(64, HASHES_MAX)
    closed_every_ms: int = 3_600_000


class Push:
    """One direction of the exchange; ``step`` makes one request."""

    def __init__(self, journal: Journal, server: Server, clock: Clock, limits: PushLimits) -> None:
        self._journal = journal
        self._server = server
        self._clock = clock
        self._limits = limits
        self._batch_entries = limits.batch_entries
        self._queue: deque[str] = deque()
        self._ahead = Batch()
        self._durable: dict[str, int] = {}
        self._compared_at_ms: int | None = None

    def begin(self) -> None:
        """Forget where the last run stopped; the next step starts with all that has to be sent."""
        self._queue.clear()
        self._ahead = Batch()

    def step(self) -> bool:
        """Make one request; return whether there is more to do in this run. Raises a Failure."""
        if not self._queue:
            self._queue.extend(self._chosen())
        journal_id = self._queue[0]
        state = self._journal.state(journal_id)
        entries = Batch()
        try:
            entries = self._next(state)
            _verify(entries, state)
            head = self._sent(state, entries)
        except (PushTooLarge, PushDamaged, StorageDamaged):
            # What is before the entry that cannot go is sent all the same.
            tried = len(entries) or min(self._batch_entries, state.waiting)
            if tried <= 1:
                raise
            self._batch_entries = tried // 2
            return True
        if self._settled(state, entries, head):
            self._queue.popleft()
        return bool(self._queue)

    def _next(self, state: JournalState) -> Batch:
        """Return the batch that was read ahead if the journal goes on with it, else read one."""
        ahead, self._ahead = self._ahead, Batch()
        if ahead and (ahead[0].journal_id, ahead[0].seq - 1, ahead[0].prev_hash) == (
            state.journal_id, state.acked_seq, state.acked_hash
        ):  # fmt: skip
            return ahead
        return Batch(self._journal.unsent(self._batch_entries, self._limits.batch_bytes, state.journal_id))

    def _read_ahead(self, journal_id: str, after: int, most: int) -> None:
        """Read and write out what follows the entries under way."""
        with suppress(Failure):  # which comes again when it is the turn of these entries
            self._ahead = Batch(self._journal.unsent(most, self._limits.batch_bytes, journal_id, after)).ready()

    def _grown(self, entries: Sequence[Entry]) -> int:
        """Return how many entries may go after these have gone well."""
        if len(entries) < self._batch_entries:
            return self._batch_entries
        return min(2 * self._batch_entries, self._limits.batch_entries)

    def _chosen(self) -> list[str]:
        """Return closed journals where they wait or a comparison is due, then the open one: its push is the hello."""
        *closed, current = self._journal.journals()
        due = self._comparison_due()
        if due:
            self._compared_at_ms = self._clock.boot_ms()
        return [*(journal_id for journal_id in closed if due or self._journal.state(journal_id).waiting), current]

    def _comparison_due(self) -> bool:
        if self._compared_at_ms is None:
            return True
        return self._clock.boot_ms() - self._compared_at_ms >= self._limits.closed_every_ms

    def _sent(self, state: JournalState, entries: Batch) -> Head:
        """Push the batch; one that takes too long is smaller the next time."""
        if entries and entries[-1].seq < state.seq:
            most = self._grown(entries)
            entries.meanwhile = partial(self._read_ahead, state.journal_id, entries[-1].seq, most)
        try:
            head = self._server.push(state.journal_id, state.acked_seq, state.acked_hash, entries)
        except ServerTimedOut:
            self._batch_entries = max(1, len(entries) // 2)
            raise
        if head.journal_id != state.journal_id:
            raise AnswerNotOurs(reason="un autre journal")
        self._batch_entries = self._grown(entries)
        return head

    def _settled(self, state: JournalState, entries: Sequence[Entry], head: Head) -> bool:
        """Take the head as the place to go on from; return whether this journal needs nothing more."""
        journal_id = state.journal_id
        if head.seq > 0 and not self._journal.has(head.seq, head.hash, journal_id):
            self._part_ways(state, head)
            return True
        if entries and head.seq == state.acked_seq:
            raise PushStuck(seq=entries[0].seq)
        if head.seq < state.acked_seq:
            self._compared_at_ms = None  # the server was put back: the closed journals may lack entries as well
        reached = min(head.seq, state.seq)
        if (reached, head.durable) != (state.acked_seq, self._durable.get(journal_id)):
            self._journal.acknowledge(reached, head.durable, journal_id)
            self._durable[journal_id] = head.durable
        return head.seq >= self._journal.state(journal_id).seq

    def _part_ways(self, state: JournalState, head: Head) -> None:
        """Close the journal after the last entry that both sides have, and send its successor in this run."""
        common = self._common(state, head)
        self._journal.rotate_after(common, FORK, state.journal_id)
        successor = self._journal.journals()[-1]
        if successor not in self._queue:
            self._queue.append(successor)

    def _common(self, state: JournalState, head: Head) -> int:
        """Return the last place where both chains agree; each hash seals all before it, so it can be searched for."""
        low, high = 0, min(state.seq, head.seq)
        while low < high:
            seqs = spread(low, high, self._limits.search_hashes)
            mine = self._journal.hashes(seqs, state.journal_id)
            theirs = self._server.hashes(state.journal_id, seqs)
            for seq in seqs:
                if mine.get(seq) != theirs.get(seq):
                    high = seq - 1
                    break
                low = seq
        return low


def spread(low: int, high: int, most: int) -> list[int]:
    """Return at most ``most`` places above ``low``, evenly spread, the last of them ``high``."""
    count = min(most, high - low)
    return [low + (high - low) * place // count for place in range(1, count + 1)]


def _verify(entries: Sequence[Entry], state: JournalState) -> None:
    """Refuse to send what does not follow; each entry's own seal was checked as it was read."""
    seq, prev_hash = state.acked_seq, state.acked_hash
    for entry in entries:
        if (entry.seq, entry.prev_hash) != (seq + 1, prev_hash):
            raise PushDamaged(reason=f"entrée {seq + 1}")
        seq, prev_hash = entry.seq, entry.hash
