"""A disk that can be copied, put back and made to fail, and the end of a process. It knows no table."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seraphine_pos.domain.refusal import StorageFailed
from seraphine_pos.store.database import Database
from tests.simulation.faults import LIMITS_FILES

WAL = "-wal"


class Crash(BaseException):
    """The process ends here: what it had not committed is gone."""


@dataclass(frozen=True, slots=True)
class Image:
    """The files of a folder as they stood."""

    files: tuple[tuple[str, bytes], ...]

    def put(self, folder: Path) -> None:
        """Make a folder hold these files and nothing else."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in self.files:
            (folder / name).write_bytes(content)

    def without(self, *unwanted: str) -> "Image":
        """Return the files whose names do not end so."""
        return Image(tuple((name, content) for name, content in self.files if not name.endswith(unwanted)))

    def beside(self, name: str, content: bytes | None) -> "Image":
        """Return these files with another one of this name, or with none."""
        rest = self.without(name).files
        return Image(rest if content is None else (*rest, (name, content)))

    def get(self, name: str) -> bytes | None:
        """Return a file's content."""
        return dict(self.files).get(name)

    @property
    def has_wal(self) -> bool:
        """Whether a WAL with something in it is among the files."""
        return any(name.endswith(WAL) and content for name, content in self.files)


def take(folder: Path) -> Image:
    """Read a folder as a copying tool or the end of a process finds it; the WAL's index is memory, not disk."""
    paths = sorted(path for path in folder.iterdir() if not path.name.endswith(("-shm", "lock")))
    return Image(tuple((path.name, path.read_bytes()) for path in paths))


class Chance:
    """A process's source of randomness, which can be the place where it ends."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self.calls_left: int | None = None

    def __call__(self, length: int) -> bytes:
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.calls_left = None
                raise Crash
        return self._source.randbytes(length)


class LyingDisk(Database):
    """The same open file; a commit is on the disk and reported as failed, as often as ``lies`` says."""

    def __init__(self, opened: Database) -> None:
        self.__dict__.update(opened.__dict__)
        self.lies = 0

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Any]:
        """Open a transaction of the file, and perhaps lie about its end."""
        with super().write(durable=durable) as connection:
            yield connection
        if self.lies:
            self.lies -= 1
            raise StorageFailed(reason="fsync")


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Make each write beyond a place of any file fail, a write across it in the middle."""
    if not LIMITS_FILES:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
