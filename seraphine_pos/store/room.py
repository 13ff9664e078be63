"""Room on the disk: no sale begins that might not be kept, and a reserve lets what was begun be ended.

The reserve is a file of plain bytes beside the database. It is given up the first time the disk is
found full, so that the sale under way, the end of the shift and the sending have room, and is laid by
again when there is enough.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seraphine_pos.domain.refusal import NoRoom

MIB: Final = 1 << 20
RESERVE: Final = "reserve"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: what a sale wants to find free before it begins, when people are warned, and what is laid by."""

    needed: int = 200 * MIB
    warned: int = 1024 * MIB
    reserve: int = 64 * MIB


def free_bytes(folder: Path) -> int:
    """Return what this account may still write where a folder is."""
    return shutil.disk_usage(folder).free


class Room:
    """What is left on the disk of one till."""

    def __init__(self, folder: Path, limits: Limits, free: Callable[[Path], int] = free_bytes) -> None:
        """Look at this folder's disk."""
        self._folder = folder
        self._limits = limits
        self._free = free

    @property
    def _reserve(self) -> Path:
        return self._folder / RESERVE

    def check(self) -> None:
        """Raise NoRoom when there is too little for another sale, and give up the reserve for what was begun."""
        free = self._free(self._folder)
        if free < self._limits.needed:
            self.release()
            raise NoRoom(free=free // MIB)

    def is_short(self) -> bool:
        """Tell whether people should be warned."""
        return self._free(self._folder) < self._limits.warned

    def release(self) -> None:
        """Give up the reserve."""
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)

    def lay_by(self) -> None:
        """Lay the reserve by where there is room for it and for selling; a disk that refuses is not asked again.

        It may take seconds: any thread may do it, and ``release`` meanwhile takes the half of it away.
        """
        limits = self._limits
        try:
            there = self._reserve.exists() and self._reserve.stat().st_size == limits.reserve
            if there or self._free(self._folder) < limits.needed + limits.reserve:
                return
            with self._reserve.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, limits.reserve)
                else:
                    for _ in range(limits.reserve // _BLOCK):
                        file.write(bytes(_BLOCK))
        except OSError:
            self.release()
