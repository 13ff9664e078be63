"""The thread in a serving process that looks every minute whether a job is due; it ends when serving does."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sync_server.errors import Problem
from sync_server.store_server import StoreServer
from sync_server.upkeep import jobs

# The first look waits as long: when a shop opens, its tills come first.
PAUSE_S: Final = 60
log: Final = logging.getLogger(__name__)


@contextmanager
def scheduled(server: StoreServer, pause_s: float = PAUSE_S, *, enabled: bool = True) -> Iterator[None]:
    """Run what is due in any store that is served, as long as this lasts; a job that runs at the end is cut short."""
    if not enabled:
        yield
        return
    ended = threading.Event()

    def tend() -> None:
        agenda = jobs.agenda_of(server)
        while not ended.wait(pause_s):
            try:
                jobs.run_due(agenda, ended.is_set)
            except Problem as problem:
                log.warning("what is due could not be looked at: %s", problem.message)
            except Exception:  # the next minute may be better, and without this thread there would be no backup
                log.exception("what is due could not be looked at")

    thread = threading.Thread(target=tend, name="jobs")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
