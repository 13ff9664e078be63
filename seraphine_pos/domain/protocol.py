"""What a till and its server say to each other: the calls, the answers, the limits, the wire form.

The client and the server's own store both implement ``Server``; neither is known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.report import ReportData, ReportQuery

PUSH_ENTRIES_MAX: Final = 500
PUSH_BYTES_MAX: Final = 1 << 20
PAGE_DOCUMENTS_MAX: Final = 500
HASHES_MAX: Final = 500
IMPORT_ROWS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Head:
    """Where the server stands in a journal; ``seq`` 0 is an unknown journal."""

    server_id: str
    journal_id: str
    seq: int
    hash: bytes
    durable: int


@dataclass(frozen=True, slots=True)
class Page:
    """Documents after a revision, in order; ``rev`` is the revision the page reaches.

    ``after`` is the revision of this feed that the page begins after: the caller's, or 0 where the caller's was of
    another feed. ``applied_seq`` is how far the caller's journal was applied when the page was read.
    """

    server_id: str
    feed_id: str
    rev: int
    documents: tuple[Document, ...]
    applied_seq: int
    more: bool
    after: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a till gets for a one-time code."""

    server_id: str
    store_id: str
    store_name: str
    till_id: str
    till_label: str
    device_id: str
    device_key: str
    pepper: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One product of a catalogue to be imported: its key and its document's body."""

    key: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one imported row: created, updated, unchanged or refused with a reason."""

    key: str
    outcome: str
    reason: str | None = None


class Server(Protocol):
    """The store's server, over the network or in the same process."""

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        """Append what continues the chain; answer with the head, whatever happened."""
        ...

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        """Return the hashes the server holds at these places of a journal."""
        ...

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        """Return the next documents after ``rev`` of the feed."""
        ...

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        """Return the next entries of a journal after a place, for recovery."""
        ...

    def journals(self) -> list[Head]:
        """Return where the server stands in each journal of the caller's till, in the order they were opened."""
        ...

    def report(self, query: ReportQuery) -> ReportData:
        """Return the figures of a period over all tills."""
        ...

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        """Set at most IMPORT_ROWS_MAX products in one revision."""
        ...


def entry_to_wire(entry: Entry) -> dict[str, object]:
    """Write an entry for the wire: bytes as lower-case hexadecimal, the body as its stored text."""
    return {
        "seq": entry.seq, "at_ms": entry.at_ms, "kind": entry.kind, "version": entry.version,
        "event_id": entry.event_id, "salt": entry.salt.hex(), "body": entry.body, "text": entry.text,
        "digest": entry.digest.hex(), "prev_hash": entry.prev_hash.hex(), "hash": entry.hash.hex(),
    }  # fmt: skip


def entry_from_wire(journal_id: str, wire: Mapping[str, object]) -> Entry:
    """Read an entry from the wire; raise ValueError or KeyError when it is no entry."""
    text = wire["text"]
    return Entry(
        journal_id, _int(wire["seq"]), _int(wire["at_ms"]), _str(wire["kind"]), _int(wire["version"]),
        _str(wire["event_id"]), bytes.fromhex(_str(wire["salt"])), _str(wire["body"]),
        None if text is None else _str(text), bytes.fromhex(_str(wire["digest"])),
        bytes.fromhex(_str(wire["prev_hash"])), bytes.fromhex(_str(wire["hash"])),
    )  # fmt: skip


def document_to_wire(document: Document) -> dict[str, object]:
    """Write a document for the wire."""
    return {
        "kind": document.kind, "key": document.key, "rev": document.rev,
        "body": dict(document.body), "deleted": document.deleted,
    }  # fmt: skip


def document_from_wire(wire: Mapping[str, object]) -> Document:
    """Read a document from the wire; raise ValueError or KeyError when it is none."""
    body = wire["body"]
    deleted = wire["deleted"]
    if not isinstance(body, dict) or not isinstance(deleted, bool):
        message = "not a document"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return Document(_str(wire["kind"]), _str(wire["key"]), _int(wire["rev"]), body, deleted)


def _int(value: object) -> int:
    if type(value) is not int:
        message = f"not an integer: {value!r:.40}"
        raise ValueError(message)
    return value


def _str(value: object) -> str:
    if not isinstance(value, str):
        message = f"not a text: {value!r:.40}"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return value
