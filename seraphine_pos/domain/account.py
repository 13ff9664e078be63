"""What belongs to the account that runs a program and to nobody else: the modes of all files that it makes."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077


@contextmanager
def alone() -> Iterator[None]:
    """Keep what is made meanwhile, by this process and those it starts, for this account; Windows has no modes."""
    if os.name != "posix":
        yield
        return
    before = os.umask(OTHERS)
    os.umask(before | OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def tighten(paths: Iterable[Path]) -> None:
    """Take from other accounts what an earlier program let them read; what is missing, or not ours, is left."""
    if os.name != "posix":
        return
    for path in paths:
        with suppress(OSError):
            mode = path.lstat().st_mode
            # Never through a link: whoever may write in the folder would choose what is closed.
            if mode & OTHERS and not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)
