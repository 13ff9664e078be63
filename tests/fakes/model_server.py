"""The store's server in a few lines of memory: the rules of the protocol and nothing else.

It can be put back to an earlier day, and a bad network can stand before it.
"""

import copy
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Entry, check
from seraphine_pos.domain.protocol import Head, ImportRow, Page, RowResult, Server
from seraphine_pos.domain.refusal import Failure, PushDamaged, PushTooLarge, ServerTimedOut, ServerUnavailable
from seraphine_pos.domain.report import STORE, ReportData, ReportQuery
from seraphine_pos.sync.batch import Batch

Value = TypeVar("Value")
PAGE = 3
ENTRIES = 7


@dataclass(slots=True)
class ModelServer:
    """Chains by journal, events counted once, documents by revision."""

    server_id: str = "model"
    chains: dict[str, list[Entry]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    feed_id: str = "feed-0"
    rev: int = 0
    durable: int = 0
    entries_max: int = 10_000
    asked: Counter[str] = field(default_factory=Counter)

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        self.asked["push"] += 1
        if len(entries) > self.entries_max:
            raise PushTooLarge
        chain = self.chains.get(journal_id, [])
        if acknowledged_seq and self._hash(chain, acknowledged_seq) != acknowledged_hash:
            self.feed_id = f"{self.feed_id}'"
        chain = list(chain)
        for entry in entries:
            if entry.seq == len(chain) + 1 and entry.prev_hash == self._hash(chain, len(chain)):
                try:
                    check(entry, entry.seq, entry.prev_hash)
                except Damaged as error:
                    raise PushDamaged(reason=str(error)) from error
                chain.append(entry)
                self._count(entry)
        if chain:
            self.chains[journal_id] = chain
        return self._head(journal_id)

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        self.asked["hashes"] += 1
        chain = self.chains.get(journal_id, [])
        return {seq: chain[seq - 1].hash for seq in seqs if 0 < seq <= len(chain)}

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        self.asked["pull"] += 1
        if feed_id == self.feed_id and rev > self.rev:
            self.feed_id = f"{self.feed_id}'"
        after = rev if feed_id == self.feed_id else 0
        newer = sorted((one for one in self.documents.values() if one.rev > after), key=lambda one: one.rev)
        page, more = tuple(newer[:PAGE]), len(newer) > PAGE
        reached = page[-1].rev if more else self.rev
        applied_seq = len(self.chains.get(journal_id, []))
        return Page(self.server_id, self.feed_id, reached, page, applied_seq, more, after)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        return self.chains.get(journal_id, [])[after : after + ENTRIES]

    def journals(self) -> list[Head]:
        return [self._head(journal_id) for journal_id in self.chains]

    def report(self, query: ReportQuery) -> ReportData:
        return ReportData(query, STORE, (), (), ())

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        for row in rows:
            if not dry_run:
                self.publish(row.key, str(row.body["name"]))
        return [RowResult(row.key, "updated") for row in rows]

    def publish(self, key: str, name: str) -> None:
        """Set a product, in a revision of its own."""
        self.rev += 1
        body = {"name": name, "codes": [{"code": key, "quantity": 1000}], "active": True}
        self.documents["product", key] = Document("product", key, self.rev, body)

    def copy(self) -> "ModelServer":
        """Make a backup."""
        return copy.deepcopy(self)

    def put_back(self, backup: "ModelServer", *, feed_id: str | None = None) -> None:
        """Become what the backup holds: with a new feed by the restore command, with the old one by a copied file."""
        kept = backup.copy()
        self.chains, self.counted, self.documents = kept.chains, kept.counted, kept.documents
        self.rev, self.feed_id = kept.rev, feed_id or kept.feed_id

    @property
    def events(self) -> set[str]:
        """The events that were counted."""
        return set(self.counted)

    def _count(self, entry: Entry) -> None:
        if entry.event_id not in self.counted:
            self.counted[entry.event_id] += 1

    def _head(self, journal_id: str) -> Head:
        chain = self.chains.get(journal_id, [])
        return Head(self.server_id, journal_id, len(chain), self._hash(chain, len(chain)), self.durable)

    def _hash(self, chain: Sequence[Entry], seq: int) -> bytes:
        return chain[seq - 1].hash if 0 < seq <= len(chain) else FIRST_HASH


@dataclass(slots=True)
class BadNetwork:
    """Stands before a server: loses requests, loses answers, delivers twice, as often as ``trouble`` says (0 to 1)."""

    server: Server
    chance: random.Random
    trouble: float = 0.0
    failure: Failure | None = None
    broken: frozenset[str] = frozenset()

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        if isinstance(entries, Batch):
            entries.gone()
        return self._through("push", lambda: self.server.push(journal_id, acknowledged_seq, acknowledged_hash, entries))

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        return self._through("hashes", lambda: self.server.hashes(journal_id, seqs))

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        return self._through("pull", lambda: self.server.pull(feed_id, rev, journal_id))

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        return self._through("entries", lambda: self.server.entries(journal_id, after))

    def journals(self) -> list[Head]:
        return self._through("journals", self.server.journals)

    def report(self, query: ReportQuery) -> ReportData:
        return self._through("report", lambda: self.server.report(query))

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        return self._through("import", lambda: self.server.import_products(operator_id, rows, dry_run=dry_run))

    def _through(self, call: str, ask: Callable[[], Value]) -> Value:
        if self.failure is not None and call in self.broken:
            raise self.failure
        if self.chance.random() < self.trouble:
            raise ServerUnavailable(reason="perdu")
        answer = ask()
        if self.chance.random() < self.trouble:
            answer = ask()
        if self.chance.random() < self.trouble:
            raise ServerTimedOut(reason="réponse perdue")
        return answer
