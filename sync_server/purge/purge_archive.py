"""What is kept of entries before they are emptied: a folder of journal segments and a table, sealed by a manifest.

The manifest names every file with its digest and is signed with a key that stays in the server's database.
"""

import csv
import gzip
import hmac
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import Final
from zlib import error as DamagedStream  # noqa: N812  it is an exception

from pydantic import BaseModel, ConfigDict, ValidationError

from seraphine_pos.domain import account
from seraphine_pos.domain import journal as form
from seraphine_pos.domain.cell import harmless
from seraphine_pos.domain.journal import Damaged, Entry
from seraphine_pos.domain.protocol import entry_from_wire, entry_to_wire
from sync_server.backups.sqlite_copy import sync_folder
from sync_server.errors import Refused, Unready
from sync_server.purge.words import Loose

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
TABLE: Final = "emptied.csv"
PURPOSE: Final = b"seraphine purge archive 1"
BLOCK: Final = 1 << 20
COLUMNS: Final = (
    "till", "journal_id", "seq", "at", "kind", "event_id", "goes", "receipt", "business_day", "total", "words", "body",
)  # fmt: skip


class ArchiveFailed(Unready):
    """The archive could not be written; nothing was emptied."""


class ArchiveDamaged(Refused):
    """The folder is no archive of a purge, or not as it was written."""


class _Held(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(_Held):
    """A file of the archive."""

    name: str
    bytes: int
    sha256: str


class HeldJournal(_Held):
    """What of a journal is in one file, and how many of these entries were emptied whole or of their words."""

    journal_id: str
    till: str
    file: str
    entries: int
    emptied: int
    words: int


class Manifest(_Held):
    """What an archive says of itself; ``loose`` words stood in no journal, and are in the table alone."""

    format: int
    purge_id: str
    made_at_ms: int
    store_id: str
    preset: str
    before_ms: Mapping[str, int | None]
    journals: tuple[HeldJournal, ...]
    parts: tuple[Part, ...]
    loose: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """An entry as it goes into the archive: ``goes`` is its class, "words", or empty where it stays as it is."""

    entry: Entry
    goes: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A finished archive: where it is, and the digest of its manifest."""

    path: Path
    digest: str


def key_of(pepper: bytes) -> bytes:
    """Return the key that signs the archives of a store, drawn from its pepper, so that it comes back with a backup."""
    return hmac.new(pepper, PURPOSE, sha256).digest()


class Draft:
    """An archive that is being written, in a folder that gets its name at the end."""

    def __init__(self, folder: Path) -> None:
        """Begin in an empty folder."""
        self._folder = folder
        self._journals: list[HeldJournal] = []
        self._table = (folder / TABLE).open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._table)
        self._rows.writerow(COLUMNS)

    def add(self, journal_id: str, till: str, told: Iterable[Gone]) -> None:
        """Add what is kept of one journal, in its order."""
        name = f"journal-{len(self._journals) + 1:04d}.jsonl.gz"
        held = emptied = words = 0
        with (self._folder / name).open("wb") as file:
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed, TextIOWrapper(packed, "utf-8") as out:
                for one in told:
                    out.write(json.dumps(entry_to_wire(one.entry), ensure_ascii=False) + "\n")
                    held += 1
                    words += one.goes == "words"
                    emptied += one.goes not in ("", "words")
                    if one.goes:
                        self._rows.writerow(_row(till, one))
            _sync(file.fileno())
        self._journals.append(
            HeldJournal(journal_id=journal_id, till=till, file=name, entries=held, emptied=emptied, words=words)
        )

    def add_loose(self, gone: Iterable[Loose]) -> None:
        """Add to the table what stood in no journal."""
        for one in gone:
            self._rows.writerow(
                ("", "", "", _at(one.at_ms), one.where.value, one.key, "words", "", "", "", harmless(one.words), "")
            )

    def finish(self, manifest: Manifest, key: bytes) -> str:
        """Add the signed manifest and have all of it on the disk; return the manifest's digest."""
        self._table.flush()
        _sync(self._table.fileno())
        self._table.close()
        names = [TABLE, *(one.file for one in self._journals)]
        parts = tuple(_part(self._folder / name) for name in names)
        whole = manifest.model_copy(update={"journals": tuple(self._journals), "parts": parts})
        text = whole.model_dump_json(indent=1).encode()
        for name, content in ((MANIFEST, text), (SIGNATURE, f"{sign(key, text)}\n".encode())):
            with (self._folder / name).open("xb") as file:
                file.write(content)
                file.flush()
                _sync(file.fileno())
        sync_folder(self._folder)
        return sha256(text).hexdigest()

    def close(self) -> None:
        """Let go of the table, whatever is in it."""
        self._table.close()


def sign(key: bytes, manifest: bytes) -> str:
    """Return the signature of a manifest: HMAC-SHA256 in hexadecimal."""
    return hmac.new(key, manifest, sha256).hexdigest()


def refuse_missing(folder: Path) -> None:
    """Raise ArchiveFailed unless a folder is there; it is never made.

    A folder that is missing is a disk that is not plugged in: what is made in its place lies on the disk of the data,
    and would be the only copy of what is emptied.
    """
    if not folder.is_dir():
        raise ArchiveFailed(f"there is no folder {folder}: is its disk plugged in? Nothing was emptied")


@contextmanager
def drafted(folder: Path) -> Iterator[tuple[Draft, Path]]:
    """Give an empty draft inside a folder; it is removed, unless ``put_in_place`` took it; raise ArchiveFailed."""
    refuse_missing(folder)
    account.tighten(folder.glob("purge-*"))
    try:
        with tempfile.TemporaryDirectory(prefix=".purge-", dir=folder, ignore_cleanup_errors=True) as made:
            path = Path(made, "archive")
            path.mkdir()
            draft = Draft(path)
            try:
                yield draft, path
            finally:
                draft.close()
    except OSError as problem:
        reason = f"{folder} ({problem.strerror or problem})"
        raise ArchiveFailed(f"the archive in {reason} could not be written; nothing was emptied") from problem


def put_in_place(path: Path, place: Path) -> None:
    """Give a finished draft its name; it is on the disk when this returns."""
    path.rename(place)
    sync_folder(place.parent)


def check(folder: Path, key: bytes) -> tuple[Manifest, tuple[str, ...]]:
    """Return what an archive says of itself, and what is wrong with it; raise ArchiveDamaged for no manifest."""
    try:
        text, signature = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_text("ascii").strip()
        manifest = Manifest.model_validate_json(text)
    except (OSError, ValueError, ValidationError) as problem:
        raise ArchiveDamaged(f"{folder} is no archive of a purge: its manifest cannot be read") from problem
    if not hmac.compare_digest(signature.encode(), sign(key, text).encode()):
        return manifest, ("the manifest was not signed with this server's key",)
    return manifest, (*_parts_wrong(folder, manifest), *_journals_wrong(folder, manifest))


def _parts_wrong(folder: Path, manifest: Manifest) -> Iterator[str]:
    for part in manifest.parts:
        try:
            found = _part(folder / part.name)
        except OSError:
            yield f"{part.name} is missing"
            continue
        if found != part:
            yield f"{part.name} is not what was written"


def _journals_wrong(folder: Path, manifest: Manifest) -> Iterator[str]:
    for held in manifest.journals:
        try:
            count = _follow(folder / held.file, held.journal_id)
        except (OSError, EOFError, DamagedStream, ValueError, KeyError, TypeError) as problem:
            yield f"{held.file}: {problem}"
            continue
        if count != held.entries:
            yield f"{held.file}: {held.entries} entries were written, {count} are there"


def _follow(path: Path, journal_id: str) -> int:
    """Return how many entries a file holds; raise Damaged unless each is whole and follows its neighbour."""
    before: Entry | None = None
    count = 0
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            entry = entry_from_wire(journal_id, json.loads(line))
            is_next = before is not None and before.seq + 1 == entry.seq
            form.check(entry, entry.seq, before.hash if before is not None and is_next else entry.prev_hash)
            if before is not None and entry.seq <= before.seq:
                raise Damaged(f"entry {entry.seq} comes after entry {before.seq}")
            before, count = entry, count + 1
    return count


def _row(till: str, one: Gone) -> tuple[str | int, ...]:
    entry = one.entry
    try:
        body = form.parse(entry.body)
    except ValueError:
        body = {}
    facts = [body.get(name, "") for name in ("receipt", "business_day", "total")]
    cells = (till, entry.journal_id, entry.seq, _at(entry.at_ms), entry.kind, entry.event_id, one.goes, *facts,
             entry.text or "", entry.body if one.goes != "words" else "")  # fmt: skip
    return tuple(cell if isinstance(cell, int) else harmless(str(cell)) for cell in cells)


def _at(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat() if 0 <= at_ms < 1 << 45 else str(at_ms)


def _part(path: Path) -> Part:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return Part(name=path.name, bytes=size, sha256=digest.hexdigest())


def _sync(handle: int) -> None:
    os.fsync(handle)
