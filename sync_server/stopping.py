"""How a process that is asked to end by SIGTERM, as every supervisor does, closes what it has open first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM end what runs here as Ctrl+C does: by KeyboardInterrupt, and once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def close_undisturbed() -> None:
    """Take no notice of SIGTERM until all is closed: who asks twice would leave the half of it open."""
    if signal.getsignal(signal.SIGTERM) is _end:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end(_signal: int, _frame: FrameType | None) -> None:
    close_undisturbed()
    raise KeyboardInterrupt
