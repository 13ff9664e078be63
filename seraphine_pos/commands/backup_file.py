"""A till's backup as a file: a zip of its database, its settings and a manifest of what each must be, sealed by a key.

It knows digests, sizes and versions; nothing of databases.
"""

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as DamagedStream  # noqa: N812  it is an exception

from seraphine_pos.commands.backup_seal import aes_gcm
from seraphine_pos.commands.terminal import Unusable
from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.sealed import MAGIC, SealBroken, Sealing, Unsealing, is_sealed
from seraphine_pos.store.copying import Contents, HeldJournal

FORMAT: Final = 1
HOLDS: Final = "till"
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 64 << 20
BLOCK: Final = 1 << 20
LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at_ms: int
    store_name: str
    contents: Contents


def write(path: Path, manifest: Manifest, parts: dict[str, Path], key: bytes | None, random_bytes: RandomBytes) -> None:
    """Write a new file, sealed where there is a key, and have all of it on the disk."""
    with path.open("xb") as file:
        sealing = None if key is None else Sealing(file, key, random_bytes, aes_gcm())
        with ZipFile(sealing or file, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            listed = []
            for name, source in parts.items():
                with source.open("rb") as data, archive.open(name, "w", force_zip64=True) as out:
                    shutil.copyfileobj(data, out, BLOCK)
                with source.open("rb") as data:
                    digest = _digest(iter(lambda: data.read(BLOCK), b""))
                listed.append({"name": name, "bytes": source.stat().st_size, "sha256": digest})
            said = {"format": FORMAT, "holds": HOLDS, **asdict(manifest), "parts": listed}
            archive.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=1))
        if sealing is not None:
            sealing.finish()
        file.flush()
        os.fsync(file.fileno())


def unpack(path: Path, folder: Path, key: bytes | None) -> Manifest:
    """Unpack a backup into a folder; raise Unusable.

    That is where it is none, not as it was written, of a newer program, or sealed with another key than this.
    """
    with _read(path), path.open("rb") as file, ZipFile(_opened(path, file, key)) as archive:
        if archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES_MAX:
            raise Unusable(f"{path} is no backup of a till; nothing was changed")
        said = json.loads(archive.read(MANIFEST))
        manifest = _manifest(path, said)
        for part in said["parts"]:
            name = Path(part["name"]).name
            size, digest = 0, sha256()
            with archive.open(part["name"]) as data, (folder / name).open("xb") as out:
                while block := data.read(BLOCK):
                    size += len(block)
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            if (size, digest.hexdigest()) != (part["bytes"], part["sha256"]):
                raise Unusable(f"{path} is damaged: {name} is not what was written; nothing was changed")
        return manifest


def _opened(path: Path, file: IO[bytes], key: bytes | None) -> IO[bytes]:
    """Return the zip, out of its seal if it has one."""
    if not is_sealed(file.read(len(MAGIC))):
        return file
    if key is None:
        raise Unusable(f"{path} is encrypted: name the file of its key with --key-file; nothing was changed")
    file.seek(0)
    return io.BufferedReader(Unsealing(file, key, aes_gcm()))


def _manifest(path: Path, said: Any) -> Manifest:
    if said.get("holds") != HOLDS:
        raise Unusable(
            f"{path} is no backup of a till; “seraphine-server restore” takes a server's. Nothing was changed"
        )
    if said["format"] > FORMAT:
        raise Unusable(
            f"{path} was made by a newer program (format {said['format']}, this one knows {FORMAT}): "
            "install the newer one; nothing was changed"
        )
    held = said["contents"]
    journals = tuple(HeldJournal(**one) for one in held["journals"])
    return Manifest(said["made_at_ms"], said["store_name"], Contents(**{**held, "journals": journals}))


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, PermissionError) as problem:
        raise Unusable(f"{problem.filename} cannot be read: {problem.strerror}") from problem
    except SealBroken as broken:
        raise Unusable(f"{path} cannot be opened: {broken}; nothing was changed") from broken
    except (BadZipFile, DamagedStream, EOFError, RuntimeError) as problem:
        raise Unusable(f"{path} is damaged or no backup ({problem}); nothing was changed") from problem
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise Unusable(f"{path} is no backup of a till: its manifest cannot be read; nothing was changed") from problem


def _digest(blocks: Iterator[bytes]) -> str:
    found = sha256()
    for block in blocks:
        found.update(block)
    return found.hexdigest()
