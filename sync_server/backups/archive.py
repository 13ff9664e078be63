"""A backup's file: a zip of the database's parts, sealed where there is a key, with a manifest of what each must be.

It knows digests, sizes and versions; nothing of databases.
"""

import io
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as DamagedStream  # noqa: N812  it is an exception

from pydantic import BaseModel, ConfigDict, ValidationError

from seraphine_pos.domain.clock import RandomBytes
from sync_server.backups.sealed import MAGIC, SealBroken, Sealing, Unsealing, is_sealed
from sync_server.errors import Refused, Unready

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 64 << 20
BLOCK: Final = 1 << 20
LEVEL: Final = 3  # three times as fast as the default, for a tenth more bytes


class BackupDamaged(Refused):
    """The file is no backup, or not as it was written."""


class BackupRefused(Refused):
    """The file is a whole backup that does not belong here."""


class BackupFailed(Unready):
    """The backup could not be written."""


class CutShort(Unready):
    """The program was asked to stop in the middle of it."""


Ended = Callable[[], bool]


def never() -> bool:
    """Tell that nobody asks to stop."""
    return False


class _Held(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Part(_Held):
    """A file in the archive; ``columns`` where it holds the rows of a table."""

    name: str
    bytes: int
    sha256: str
    columns: tuple[str, ...] = ()


class HeldStore(_Held):
    """A store as the backup holds it."""

    store_id: str
    name: str
    feed_id: str
    rev: int
    arrival: int


class HeldJournal(_Held):
    """How far the backup holds a journal, and the label of the till that wrote it, if it is known."""

    store_id: str
    journal_id: str
    till: str
    seq: int
    hash: str
    received_at_ms: int


class Contents(_Held):
    """What a database holds: enough to tell whether two hold the same; ``totals`` are sums of the day's figures."""

    server_id: str
    stores: tuple[HeldStore, ...]
    journals: tuple[HeldJournal, ...]
    rows: Mapping[str, int]
    totals: Mapping[str, int] = {}


class Manifest(_Held):
    """What a backup says of itself."""

    format: int
    made_at_ms: int
    dialect: str
    revision: str
    contents: Contents
    parts: tuple[Part, ...]


class Draft:
    """An archive that is being written."""

    def __init__(
        self, path: Path, key: bytes | None = None, random_bytes: RandomBytes = os.urandom, ended: Ended = never
    ) -> None:
        """Begin an empty archive, sealed with a key where there is one."""
        self._file = path.open("xb")
        self._sealing = None if key is None else Sealing(self._file, key, random_bytes)
        self._zip = ZipFile(self._sealing or self._file, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        self._ended = ended
        self.parts: list[Part] = []

    def add(self, name: str, blocks: Generator[bytes], columns: tuple[str, ...] = ()) -> None:
        """Add a part, block by block; raise CutShort when the program is asked to stop."""
        digest, size = sha256(), 0
        # Closed whatever happens: a COPY that is left in the middle would hold its connection for ever.
        with closing(blocks), self._zip.open(name, "w", force_zip64=True) as out:
            for block in blocks:
                if self._ended():
                    raise CutShort("the program stopped while a backup was written; nothing of it is kept")
                digest.update(block)
                size += len(block)
                out.write(block)
        self.parts.append(Part(name=name, bytes=size, sha256=digest.hexdigest(), columns=columns))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and have all of it on the disk."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        self._zip.close()
        if self._sealing is not None:
            self._sealing.finish()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        """Let go of the file, whatever is in it."""
        self._zip.close()
        self._file.close()


class Archive:
    """A finished backup; what is read from it is checked as it is read."""

    def __init__(self, file: ZipFile, manifest: Manifest) -> None:
        """Read from an open file."""
        self._zip = file
        self.manifest = manifest

    def blocks(self, part: Part) -> Iterator[bytes]:
        """Yield a part; raise BackupDamaged at its end when it is not what was written."""
        digest, size = sha256(), 0
        with _read(), self._zip.open(part.name) as source:
            while block := source.read(BLOCK):
                digest.update(block)
                size += len(block)
                yield block
        if (size, digest.hexdigest()) != (part.bytes, part.sha256):
            raise BackupDamaged(f"this backup is damaged: {part.name} is not what was written; nothing was changed")


@contextmanager
def opened(path: Path, key: bytes | None = None) -> Iterator[Archive]:
    """Open a backup; raise BackupDamaged, or BackupRefused for one of a newer program or without its key."""
    try:
        file = path.open("rb")
    except OSError as problem:
        raise BackupRefused(f"{path} cannot be read: {problem.strerror}") from problem
    with file:
        with _read():
            archive = ZipFile(_plain(file, key))
            if archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES_MAX:
                raise BackupDamaged("this is no backup of a store: its manifest is too large; nothing was changed")
            text = archive.read(MANIFEST)
        with archive:
            yield Archive(archive, _manifest(text))


def _plain(file: IO[bytes], key: bytes | None) -> IO[bytes]:
    """Return what a file holds under its seal, if it has one."""
    sealed = is_sealed(file.read(len(MAGIC)))
    file.seek(0)
    if not sealed:
        return file
    if key is None:
        raise BackupRefused("this backup is encrypted: name the file of its key with --key-file; nothing was changed")
    return io.BufferedReader(Unsealing(file, key))


def _manifest(text: bytes) -> Manifest:
    try:
        said = json.loads(text)
        written = said["format"]
        if isinstance(written, int) and written > FORMAT:
            raise BackupRefused(
                f"this backup was made by a newer program (format {written}, this one knows {FORMAT}):"
                " install the newer seraphine-server; nothing was changed"
            )
        return Manifest.model_validate_json(text)
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError) as problem:
        raise BackupDamaged("this is no backup of a store: its manifest cannot be read") from problem


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, DamagedStream, KeyError, EOFError, RuntimeError) as problem:
        reason = str(problem.args[0]) if problem.args else type(problem).__name__
        raise BackupDamaged(f"this backup is damaged ({reason}); nothing was changed") from problem
    except SealBroken as problem:
        raise BackupDamaged(f"this backup cannot be opened: {problem.message}; nothing was changed") from problem
    except OSError as problem:
        raise BackupDamaged(f"this backup cannot be read ({problem.strerror}); nothing was changed") from problem


@contextmanager
def on_disk(what: str) -> Iterator[None]:
    """Turn what a disk says while something is written into BackupFailed."""
    try:
        yield
    except OSError as problem:
        raise BackupFailed(f"the {what} could not be written ({problem.strerror}); nothing was changed") from problem


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file of the disk."""
    digest = sha256()
    for block in blocks_of(path):
        digest.update(block)
    return digest.hexdigest()


def blocks_of(path: Path) -> Generator[bytes]:
    """Yield a file of the disk."""
    with path.open("rb") as file:
        yield from iter(_reader(file), b"")


def _reader(file: IO[bytes]) -> Callable[[], bytes]:
    return lambda: file.read(BLOCK)
