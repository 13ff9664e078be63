"""What the calls of a till hold, checked by pydantic on the raw bytes; bytes travel as hexadecimal.

How many there may be of a thing is said by the server behind, with 413.
"""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema
from typing_extensions import TypedDict

from seraphine_pos.domain.journal import BODY_BYTES_MAX, Entry
from seraphine_pos.domain.proof import Proof
from seraphine_pos.domain.protocol import ImportRow

INTEGER_MAX: Final = (1 << 63) - 1
VERSION_MAX: Final = (1 << 31) - 1
TEXT_MAX: Final = 64 * 1024
HEX: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

Hash = Annotated[bytes, Field(min_length=32, max_length=32), WithJsonSchema(HEX)]
Seq = Annotated[int, Field(ge=0, lt=INTEGER_MAX, strict=True)]
# No NUL, which PostgreSQL's text cannot hold, and nothing that would not print in a list.
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$", strict=True)]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$", strict=True)]


class WireEntry(TypedDict):
    """An entry without its journal's id, which the envelope holds."""

    seq: Annotated[int, Field(ge=1, lt=INTEGER_MAX, strict=True)]
    at_ms: Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX, strict=True)]
    kind: Name
    version: Annotated[int, Field(ge=0, le=VERSION_MAX, strict=True)]
    event_id: Name
    salt: Annotated[bytes, Field(max_length=64), WithJsonSchema({"type": "string"})]
    body: Annotated[str, Field(max_length=BODY_BYTES_MAX)]
    text: Annotated[str, Field(max_length=TEXT_MAX)] | None
    digest: Hash
    prev_hash: Hash
    hash: Hash


class Acknowledged(TypedDict):
    """The last entry that the till believes the server to have."""

    seq: Seq
    hash: Hash


class Push(TypedDict):
    """Entries of one journal, or none to say hello."""

    # Few of these texts come twice: a cache of strings would only be filled.
    __pydantic_config__ = ConfigDict(val_json_bytes="hex", cache_strings="none")  # type: ignore[misc]

    journal_id: Name
    acknowledged: Acknowledged
    entries: list[WireEntry]


class Hashes(TypedDict):
    """Places of a journal."""

    journal_id: Name
    seqs: list[Seq]


class Pull(TypedDict):
    """How far a mirror has come in a feed."""

    feed_id: Text
    rev: Seq
    journal_id: Text


class Entries(TypedDict):
    """A place in a journal."""

    journal_id: Name
    after: Seq


class Enrol(TypedDict):
    """A one-time code and the machine that uses it."""

    code: Text
    machine: Text


class WireRow(TypedDict):
    """A product of a catalogue."""

    key: Annotated[str, Field(min_length=1, max_length=200, strict=True)]
    body: dict[str, Any]


class Import(TypedDict):
    """A block of a catalogue."""

    operator_id: Text
    dry_run: bool
    rows: list[WireRow]


def _day(written: str) -> str:
    """Refuse what no calendar has."""
    return date.fromisoformat(written).isoformat()


class WireProof(TypedDict):
    """What a till's day comes to on its own side."""

    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", strict=True), AfterValidator(_day)]
    tickets: Seq
    net: Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX, strict=True)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", strict=True)]


class Tell(TypedDict):
    """Some days of the till that tells them."""

    proofs: list[WireProof]


PUSH: Final = TypeAdapter(Push)
HASHES: Final = TypeAdapter(Hashes)
PULL: Final = TypeAdapter(Pull)
ENTRIES: Final = TypeAdapter(Entries)
ENROL: Final = TypeAdapter(Enrol)
IMPORT: Final = TypeAdapter(Import)
TELL: Final = TypeAdapter(Tell)


def entries_of(push: Push) -> list[Entry]:
    """Return the entries of a push as values of the domain."""
    journal_id = push["journal_id"]
    return [
        Entry(
            journal_id, wire["seq"], wire["at_ms"], wire["kind"], wire["version"], wire["event_id"], wire["salt"],
            wire["body"], wire["text"], wire["digest"], wire["prev_hash"], wire["hash"],
        )
        for wire in push["entries"]
    ]  # fmt: skip


def proofs_of(till_id: str, told: Tell) -> list[Proof]:
    """Return what a till told as values of the domain."""
    return [Proof(wire["day"], till_id, wire["tickets"], wire["net"], wire["digest"]) for wire in told["proofs"]]


def rows_of(block: Import) -> list[ImportRow]:
    """Return the rows of a block as values of the domain."""
    return [ImportRow(row["key"], row["body"]) for row in block["rows"]]
