"""A disk as its files' writes and syncs made it, and what a power cut may leave of it.

A file holds for sure what was synced; what was written since may be there whole, in part by sectors of 512 bytes, in
any order, or not at all. A name (made, taken away or changed) is for sure once its folder was synced; until then the
names of a folder stand at some moment since. Nothing else is promised, and nothing else is believed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from tests.crash.recorder import UNMODELLED, Call

SECTOR: Final = 512
# Shared memory is written where nobody sees it, and is worth nothing after a power cut: it is lost, or anything at all.
SHARED: Final = "-shm"
SHARED_BYTES: Final = 32 * 1024


class Cut(StrEnum):
    """What the disk did with that which was not synced."""

    NONE = "none"
    ALL = "all"
    SOME = "some"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Change:
    """A write at an offset, or a truncation to a size (``data`` None)."""

    offset: int
    data: bytes | None

    def onto(self, content: bytearray) -> None:
        """Do it."""
        if self.data is None:
            del content[self.offset :]
            content.extend(bytes(self.offset - len(content)))
            return
        content.extend(bytes(max(self.offset - len(content), 0)))
        content[self.offset : self.offset + len(self.data)] = self.data

    def sectors(self) -> Iterator["Change"]:
        """Yield the parts that reach the disk or not, each for itself."""
        if self.data is None:
            yield self
            return
        at = self.offset
        end = self.offset + len(self.data)
        while at < end:
            upto = min(at - at % SECTOR + SECTOR, end)
            yield Change(at, self.data[at - self.offset : upto - self.offset])
            at = upto


@dataclass(slots=True)
class File:
    """What is safe of a file, and what was done to it since; ``folder`` has no content."""

    folder: bool = False
    safe: bytearray = field(default_factory=bytearray)
    since: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        """Make all of it safe."""
        for change in self.since:
            change.onto(self.safe)
        self.since.clear()

    def after(self, cut: Cut, chance: random.Random) -> bytearray:
        """Return what a cut leaves."""
        content = bytearray(self.safe)
        kept = {Cut.NONE: 0.0, Cut.ALL: 1.0}.get(cut, chance.choice((0.1, 0.5, 0.9)))
        for change in self.since:
            for part in change.sectors() if cut is Cut.TORN else (change,):
                if chance.random() < kept:
                    part.onto(content)
        return content


@dataclass(frozen=True, slots=True)
class Naming:
    """A name that came (``file``) or went (None)."""

    path: str
    file: File | None


class Disk:
    """The files below one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """Begin with an empty folder, or with one whose files are all safe."""
        self._safe: dict[str, File] = {}
        self._names: dict[str, File] = {}
        self._since: dict[str, list[list[Naming]]] = {}
        for path in sorted(folder.rglob("*")) if folder else ():
            content = bytearray() if path.is_dir() else bytearray(path.read_bytes())
            self._safe[path.relative_to(folder).as_posix()] = File(path.is_dir(), content)  # type: ignore[arg-type]
        self._names.update(self._safe)

    @property
    def settled(self) -> bool:
        """Tell whether nothing waits for a sync: then every cut leaves the same."""
        return not any(self._since.values()) and not any(file.since for file in self._names.values())

    def do(self, call: Call) -> None:
        """Take in one call of a recording."""
        if call.what in UNMODELLED:
            raise ValueError(f"nobody has modelled {call.what} on {call.path}")
        if call.path.endswith(SHARED):
            return
        if call.what in ("write", "resize"):
            self._names[call.path].since.append(Change(call.size, None if call.what == "resize" else call.data))
        elif call.what == "sync":
            self._sync(call.path)
        elif call.what in ("create", "mkdir"):
            self._make(call)
        elif call.what in ("unlink", "rmdir"):
            self._name(Naming(call.path, None))
        elif call.what == "rename":
            self._rename(call)

    def _sync(self, path: str) -> None:
        file = self._names.get(path)
        if file is not None and not file.folder:
            file.sync()
            return
        for step in self._since.pop(path, []):
            _follow(step, self._safe)

    def _make(self, call: Call) -> None:
        there = self._names.get(call.path)
        if there is None:
            self._name(Naming(call.path, File(folder=call.what == "mkdir")))
        elif call.what == "create" and call.size:
            there.since.append(Change(0, None))

    def _name(self, *step: Naming) -> None:
        known = [one for one in step if one.file is not None or one.path in self._names]
        _follow(known, self._names)
        for one in known[:1]:
            self._since.setdefault(_folder_of(one.path), []).append(known)

    def _rename(self, call: Call) -> None:
        self._name(Naming(call.to, self._names[call.path]), Naming(call.path, None))

    def build(self, folder: Path, cut: Cut, chance: random.Random) -> None:
        """Write into an empty folder what the cut leaves."""
        names = dict(self._safe)
        for steps in self._since.values():
            kept = {Cut.NONE: 0, Cut.ALL: len(steps)}.get(cut, chance.randint(0, len(steps)))
            for step in steps[:kept]:
                _follow(step, names)
        for path in sorted(names, key=len):
            file, place = names[path], folder / path
            if file.folder:
                place.mkdir(exist_ok=True) if place.parent.is_dir() else None
            elif place.parent.is_dir():
                place.write_bytes(file.after(cut, chance))
                if path.endswith("-wal") and chance.random() < 0.5:
                    place.with_name(place.name[: -len("-wal")] + SHARED).write_bytes(chance.randbytes(SHARED_BYTES))


def _folder_of(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _follow(step: list[Naming], names: dict[str, File]) -> None:
    for one in step:
        if one.file is None:
            names.pop(one.path, None)
        else:
            names[one.path] = one.file
