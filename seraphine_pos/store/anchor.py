"""One line beside the database that a restored copy of the database does not have.

It is overwritten in place after each commit and never synced: a torn or missing anchor means
unknown, and a database ahead of its anchor is normal.
"""

import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_WIDTH: Final = 192


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal had come, and on which machine."""

    journal_id: str
    seq: int
    hash: bytes
    machine: str


class Anchor:
    """The file of the anchor, kept open."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if needed."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)

    def read(self) -> Mark | None:
        """Return the mark, or None when it is missing or torn."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        return _parse(os.read(self._fd, _WIDTH + 1))

    def write(self, mark: Mark) -> None:
        """Overwrite the mark; a failure is left to be noticed as an older mark."""
        line = f"{mark.journal_id} {mark.seq} {mark.hash.hex()} {mark.machine} "
        data = f"{line}{zlib.crc32(line.encode()):08x}".ljust(_WIDTH - 1).encode() + b"\n"
        # What the mark stands for is on the disk already; nobody must be told that it failed.
        with suppress(OSError):
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, data)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def _parse(data: bytes) -> Mark | None:
    try:
        line, _, checksum = data.decode("ascii").strip().rpartition(" ")
        journal_id, seq, digest, machine = line.split(" ")
        if len(data) != _WIDTH or int(checksum, 16) != zlib.crc32((line + " ").encode()):
            return None
        return Mark(journal_id, int(seq), bytes.fromhex(digest), machine)
    except (ValueError, UnicodeDecodeError):
        return None
