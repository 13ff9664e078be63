"""Waiting for what another thread will come to, never for milliseconds."""

import threading
from collections.abc import Callable
from typing import Final

from seraphine_pos.sync.engine import SyncState

WITHIN_S: Final = 60.0
LOOK_EVERY_S: Final = 0.02


class Watcher:
    """Sees every state of the exchange, on whatever thread it is told."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self.states: list[SyncState] = []

    def see(self, state: SyncState) -> None:
        """Keep a state; give this to ``Shop.listen``."""
        with self._told:
            self.states.append(state)
            self._told.notify_all()

    def wait_for(self, wanted: Callable[[SyncState], bool]) -> SyncState:
        """Wait until the latest state is the wanted one, and return it."""
        with self._told:
            come = self._told.wait_for(lambda: bool(self.states) and wanted(self.states[-1]), WITHIN_S)
            assert come, f"still {self.states[-1:]} after {WITHIN_S:g} s"
            return self.states[-1]

    @staticmethod
    def until(so: Callable[[], bool]) -> None:
        """Wait until something is so that nobody tells."""
        pause = threading.Event()
        for _ in range(int(WITHIN_S / LOOK_EVERY_S)):
            if so():
                return
            pause.wait(LOOK_EVERY_S)
        raise AssertionError(f"still not so after {WITHIN_S:g} s")
