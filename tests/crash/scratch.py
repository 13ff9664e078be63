"""Where harnesses build the data folders that they break: in memory where the system has such a place, for speed."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108  the system's own place for this


def folder(prefix: str) -> Path:
    """Make an empty folder."""
    inside = IN_MEMORY if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix=f"seraphine-{prefix}-", dir=inside))


def keep(folder: Path) -> Path:
    """Move what shows a fault to where it does not take memory; return where."""
    return Path(shutil.move(folder, tempfile.mkdtemp(prefix="seraphine-fault-")))
