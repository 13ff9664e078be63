"""The thread in a serving process that carries what is due to its receivers; it ends when serving does."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from sync_server.errors import Problem
from sync_server.outgoing import outbound, outbox
from sync_server.outgoing.outbound import Deliveries, Sender
from sync_server.store_server import StoreServer

PAUSE_S: Final = 2.0
log: Final = logging.getLogger(__name__)


def carry(server: StoreServer, store_id: str, sender: Sender) -> Deliveries:
    """Send what is due now; where nothing is, nothing is written."""
    with server.database.read() as connection:
        if not outbox.is_due(connection, store_id, server.clock.now_ms()):
            return Deliveries()
    return outbound.deliver(partial(server.write, store_id, "courier"), sender)


@contextmanager
def carrying(server: StoreServer, store_id: str, sender: Sender, pause_s: float = PAUSE_S) -> Iterator[None]:
    """Send what falls due on a thread of its own, as long as this lasts."""
    ended = threading.Event()

    def tend() -> None:
        while not ended.wait(pause_s):
            try:
                done = carry(server, store_id, sender)
            except Problem as problem:
                log.warning("what is due could not be sent: %s", problem.message)
            except Exception:  # the next look may be better, and without this thread nobody would be told anything
                log.exception("what is due could not be sent")
            else:
                if done.delivered or done.failed:
                    log.info("messages: %d delivered, %d to be tried again", done.delivered, done.failed)

    thread = threading.Thread(target=tend, name="courier")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
