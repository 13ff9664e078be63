"""The thread in a serving process that carries what is due to its receivers; it ends when serving does."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from sync_server.errors import Problem
from sync_server.outgoing import outbound, outbox
from sync_server.outgoing.outbound import Deliveries, Sender
from sync_server.store_server import StoreServer

PAUSE_S: Final = 2.0
# Where looking takes long, because many stores tell somebody, one looks less often: a twentieth of the time at most.
PAUSE_LOOKS: Final = 20
STORES_A_ROUND: Final = 200
AT_ONCE: Final = 8
log: Final = logging.getLogger(__name__)


def carry(server: StoreServer, store_id: str, sender: Sender) -> Deliveries:
    """Send what is due of a store now; where nothing is, nothing is written."""
    with server.database.read() as connection:
        if not outbox.is_due(connection, store_id, server.clock.now_ms()):
            return Deliveries()
    return outbound.deliver(partial(server.write, store_id, "courier"), sender)


def carry_round(server: StoreServer, sender: Sender, ended: Callable[[], bool] = lambda: False) -> Deliveries:
    """Send one message of each store that has one due, so that none waits for another's many or slow ones."""
    with server.database.read() as connection:
        now_ms = server.clock.now_ms()
        due = outbox.stores_with_due(connection, now_ms, server.named, STORES_A_ROUND)
    done = Deliveries()
    if not due:
        return done
    with ThreadPoolExecutor(min(AT_ONCE, len(due)), thread_name_prefix="courier") as several:
        for one in several.map(lambda store_id: _carry_one(server, store_id, sender, ended), due):
            done.delivered += one.delivered
            done.failed += one.failed
    return done


def _carry_one(server: StoreServer, store_id: str, sender: Sender, ended: Callable[[], bool]) -> Deliveries:
    """Send the oldest message of a store; what goes wrong there is in the log and stops no other store."""
    if ended():
        return Deliveries()
    try:
        return outbound.deliver(partial(server.write, store_id, "courier"), sender, most=1)
    except Problem as problem:
        log.warning("what is due of store %s could not be sent: %s", store_id, problem.message)
    except Exception:
        log.exception("what is due of store %s could not be sent", store_id)
    return Deliveries()


@contextmanager
def carrying(server: StoreServer, sender: Sender, pause_s: float = PAUSE_S) -> Iterator[None]:
    """Send what falls due in any store that is served, on a thread of its own, as long as this lasts."""
    ended = threading.Event()

    def tend() -> None:
        wait_s = pause_s
        while not ended.wait(wait_s):
            began_s = time.monotonic()
            done = _round_and_say(server, sender, ended.is_set)
            took_s = time.monotonic() - began_s
            wait_s = 0.0 if done.delivered or done.failed else max(pause_s, PAUSE_LOOKS * took_s)

    thread = threading.Thread(target=tend, name="courier")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _round_and_say(server: StoreServer, sender: Sender, ended: Callable[[], bool]) -> Deliveries:
    try:
        done = carry_round(server, sender, ended)
    except Problem as problem:
        log.warning("what is due could not be sent: %s", problem.message)
    except Exception:  # the next look may be better, and without this thread nobody would be told anything
        log.exception("what is due could not be sent")
    else:
        if done.delivered or done.failed:
            log.info("messages: %d delivered, %d to be tried again", done.delivered, done.failed)
        return done
    return Deliveries()
