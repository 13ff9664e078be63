"""Pushes the journals of some tills, each on a thread of its own; several processes do so at once.

A process tells what it did in chunks, a few each second, over the queue that it was given.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from queue import Queue
from random import Random
from typing import Any, Final

from seraphine_pos.domain.journal import FIRST_HASH, Entry
from seraphine_pos.domain.protocol import PUSH_ENTRIES_MAX, entry_to_wire
from sync_server.errors import Problem
from sync_server.load.door import OK, TOO_MANY, Door
from sync_server.load.ringing import Ringing, Till, goods

TELL_EVERY_S: Final = 0.25
SLOWED_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What one till is to push, and where; ``rate`` is its sales a second, 0 as fast as it can."""

    url: str
    authority: Path | None
    key: str
    till: Till
    seed: int
    sales: int
    batch: int
    per_day: int
    products: int
    first_day: date
    rate: float = 0.0


@dataclass(slots=True)
class Chunk:
    """What a till did since it last told; ``pushes`` are durations in nanoseconds."""

    sales: int = 0
    pushes: list[int] = field(default_factory=list)
    sent: int = 0
    received: int = 0
    slowed: int = 0
    ended: bool = False
    problem: str = ""


class Refused(Exception):
    """The server did not take a push as it should."""


def send_all(orders: Sequence[Order], told: "Queue[Chunk]") -> None:
    """Push for every till of this process until all are done."""
    threads = [threading.Thread(target=_send, args=(order, told.put)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send(order: Order, tell: Callable[[Chunk], None]) -> None:
    last = Chunk()
    try:
        with Door(order.url, order.key, order.authority) as door:
            _Sender(order, tell, door).run()
    except (Refused, Problem) as problem:
        last.problem = str(problem) or type(problem).__name__
    finally:
        last.ended = True
        tell(last)


class _Sender:
    """One till at work."""

    def __init__(self, order: Order, tell: Callable[[Chunk], None], door: Door) -> None:
        self._order = order
        self._tell = tell
        self._door = door
        self._ringing = Ringing(
            order.till, goods(order.products), Random(order.seed), order.first_day, order.per_day
        )  # fmt: skip
        self._chunk = Chunk()
        self._acknowledged = (0, FIRST_HASH)
        self._pause = threading.Event()

    def run(self) -> None:
        """Push all sales of the order; tell first that it begins."""
        self._flush()
        began = told = time.monotonic()
        left = self._order.sales
        while left:
            some = min(left, self._order.batch)
            entries = self._ringing.next(some)
            for start in range(0, len(entries), PUSH_ENTRIES_MAX):
                self._push(entries[start : start + PUSH_ENTRIES_MAX])
            left -= some
            self._chunk.sales += some
            now = time.monotonic()
            if now - told > TELL_EVERY_S:
                told = now
                self._flush()
            if self._order.rate:
                due = began + (self._order.sales - left) / self._order.rate
                self._pause.wait(max(0.0, due - now))
        self._flush()

    def _push(self, entries: Sequence[Entry]) -> None:
        seq, digest = self._acknowledged
        body = {
            "journal_id": self._ringing.journal_id,
            "acknowledged": {"seq": seq, "hash": digest.hex()},
            "entries": [entry_to_wire(entry) for entry in entries],
        }
        status, head = self._timed(body)
        while status == TOO_MANY:
            self._chunk.slowed += 1
            self._pause.wait(SLOWED_S)
            status, head = self._timed(body)
        last = entries[-1]
        if status != OK or (head.get("seq"), head.get("hash")) != (last.seq, last.hash.hex()):
            raise Refused(f"till {self._order.till.label}: a push was answered {status}: {head}")
        self._acknowledged = (last.seq, last.hash)

    def _timed(self, body: Mapping[str, object]) -> tuple[int, dict[str, Any]]:
        before = time.perf_counter_ns()
        status, head = self._door.ask("POST", "/v1/push", body)
        if status == OK:
            self._chunk.pushes.append(time.perf_counter_ns() - before)
        return status, head

    def _flush(self) -> None:
        chunk, self._chunk = self._chunk, Chunk()
        chunk.sent, self._door.sent = self._door.sent, 0
        chunk.received, self._door.received = self._door.received, 0
        self._tell(chunk)
