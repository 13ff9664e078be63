"""The quarantine of every store tried again when serving begins: this program may know what the one before did not."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from sqlalchemy import select

from sync_server.errors import Problem
from sync_server.rebuild import retry
from sync_server.schema import quarantine
from sync_server.store_server import StoreServer

ACTOR: Final = "serve"
log: Final = logging.getLogger(__name__)


@contextmanager
def trying_again(server: StoreServer) -> Iterator[None]:
    """Try again on a thread of its own, as long as this lasts; what is left then waits for the next start."""
    ended = threading.Event()
    thread = threading.Thread(target=_try_all, args=(server, ended.is_set), name="quarantine")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _try_all(server: StoreServer, ended: Callable[[], bool]) -> None:
    try:
        found = waiting(server)
    except Problem as problem:
        log.warning("what is in quarantine could not be tried again: %s", problem.message)
        return
    for store_id in found:
        if ended():
            return
        _try_one(server, store_id, ended)


def waiting(server: StoreServer) -> list[str]:
    """Return the stores that are served and have something in quarantine."""
    asked = select(quarantine.c.store_id).distinct().order_by(quarantine.c.store_id)
    if server.named:
        asked = asked.where(quarantine.c.store_id == server.named)
    with server.database.read() as connection:
        return list(connection.execute(asked).scalars())


def _try_one(server: StoreServer, store_id: str, ended: Callable[[], bool]) -> None:
    try:
        retried = retry(partial(server.write, store_id, ACTOR), ended)
    except Problem as problem:
        log.warning("what is in quarantine of store %s could not be tried again: %s", store_id, problem.message)
        return
    if retried.tried:
        log.info("%d entries in quarantine were tried again, %d count by now", retried.tried, retried.released)
