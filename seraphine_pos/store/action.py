"""One user action inside its transaction: its entries, their ledger rows and its receipt number, together."""

from dataclasses import dataclass
from typing import Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.clock import RandomBytes, new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Body, Draft, Entry
from seraphine_pos.domain.refusal import AlreadyRecorded
from seraphine_pos.store import entries
from seraphine_pos.store.database import Connection, IntegrityError
from seraphine_pos.store.ledger import Ledger

CLOCK_MOVE_MS: Final = 2 * 60 * 1000


@dataclass(slots=True)
class Head:
    """Where the open journal stands; replaced only after a commit."""

    journal_id: str
    tag: str
    till_label: str
    seq: int
    hash: bytes
    number: int
    at_ms: int


class Action:
    """One thing a person did, inside its transaction; made by ``Journal.action``."""

    def __init__(self, connection: Connection, ledger: Ledger, head: Head, at_ms: int, chance: RandomBytes) -> None:
        """Start after this head at this time."""
        self.connection = connection
        self.at_ms = at_ms
        self._ledger = ledger
        self._chance = chance
        self.head = head

    def new_id(self) -> str:
        """Return a fresh event id."""
        return new_id(self.at_ms, self._chance)

    def salt(self) -> bytes:
        """Return a fresh salt."""
        return self._chance(form.SALT_BYTES)

    def next_receipt(self) -> tuple[int, str, str]:
        """Take the next receipt number of this journal: number, till label, tag."""
        self.head.number += 1
        return self.head.number, self.head.till_label, self.head.tag

    def note_clock(self, moved_ms: int) -> None:
        """Record it where the wall clock moved against the boot-time clock, or back since the last entry."""
        before, has_moved = self.head.at_ms, abs(moved_ms) > CLOCK_MOVE_MS
        if has_moved or self.at_ms < before:
            told = moved_ms if has_moved else self.at_ms - before
            self.record(Kind.CLOCK_CHANGED, {"before_ms": before, "after_ms": self.at_ms, "moved_ms": told})

    def record(
        self,
        kind: str,
        body: Body,
        *,
        event_id: str | None = None,
        salt: bytes | None = None,
        text: str | None = None,
        version: int = 1,
    ) -> Entry:
        """Append an entry and its ledger rows; raise AlreadyRecorded for a ticket that is there."""
        draft = Draft(
            event_id or self.new_id(), kind, version, self.at_ms, self.salt() if salt is None else salt,
            form.canonical(body), text,
        )  # fmt: skip
        sealed = self.append(draft)
        try:
            self._ledger.apply(self.connection, sealed, body)
        except IntegrityError as error:
            raise AlreadyRecorded from error
        return sealed

    def append(self, draft: Draft) -> Entry:
        """Seal a draft after the head, without ledger rows of its own."""
        head = self.head
        sealed = form.seal(head.journal_id, head.seq + 1, head.hash, draft)
        entries.insert(self.connection, sealed)
        head.seq, head.hash, head.at_ms = sealed.seq, sealed.hash, sealed.at_ms
        return sealed
