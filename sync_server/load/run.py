"""The command that loads a server as tills do: founds a scratch store, or takes one that is named for it.

It enrols tills with codes, lets them push sealed sales from several processes, holds what the server then reports
against what was sent, and says what each sale cost.
"""

import argparse
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.queues import Queue as Told
from pathlib import Path
from queue import Empty
from typing import Any, Final, TextIO

from seraphine_pos.domain import product as products
from seraphine_pos.domain import report as reports
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, Enrolment
from sync_server.errors import Refused, Unready
from sync_server.load.arguments import NAME, check
from sync_server.load.door import OK, Door
from sync_server.load.figures import NS_IN_MS, PARTS, US_IN_S, Figures, lines, percentile
from sync_server.load.gathered import Gathered, Mark
from sync_server.load.ringing import OPERATOR, Till, goods
from sync_server.load.scratch import Scratch, Watch, founded, watched
from sync_server.load.sending import Chunk, Order, send_all

TELL_WITHIN_S: Final = 120
TELL_EVERY_MS: Final = 5000
ASKED_AGAIN: Final = 5
HELLOS: Final = 100
MONTH_DAYS: Final = 30
NS_IN_S: Final = 1_000_000_000
DONE, FOUND = 0, 1

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to push: the address, the tills that were enrolled there, and what can be watched from here."""

    url: str
    enrolled: Sequence[Enrolment]
    server_cpu_s: Callable[[], float | None] = lambda: None
    watch: Watch | None = None


def load(given: argparse.Namespace, clock: Clock, random_bytes: RandomBytes) -> int:
    """Run the command as a person sees it."""
    return run(given, clock, random_bytes, print, _Told(sys.stderr, clock))


class _Told:
    """Says every few seconds how far the sales are."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._last_ms = clock.boot_ms()

    def __call__(self, done: int, total: int) -> None:
        if self._clock.boot_ms() - self._last_ms >= TELL_EVERY_MS:
            self._last_ms = self._clock.boot_ms()
            self._stream.write(f"load: {done:,} of {total:,} ({100 * done // total} %)\n")
            self._stream.flush()


def run(given: argparse.Namespace, clock: Clock, random_bytes: RandomBytes, say: Say, progress: Progress) -> int:
    """Load a server and say what came of it; return the exit code."""
    check(given)
    if given.url:
        target = _named(given)
        figures = _pushed(given, target, progress)
        code = _compared(given, target, figures, say)
    else:
        with founded(given.database_url, given.tills, clock, random_bytes, given.folder) as scratch:
            code, figures = _scratched(given, scratch, say, progress)
    for line in lines(figures):
        say(line)
    return code


def _scratched(given: argparse.Namespace, scratch: Scratch, say: Say, progress: Progress) -> tuple[int, Figures]:
    """Load a store of its own, which is weighed when its server has ended."""
    with watched(scratch.place) as watch:
        with scratch.served():
            enrolled = list(_enrolled(scratch.url, None, scratch.codes, NAME))
            target = Target(scratch.url, enrolled, scratch.server_cpu_s, watch)
            if given.import_products:
                _import(given, target, say)
            stored, log = watch.size(), watch.log()
            figures = _pushed(given, target, progress)
            log_after = watch.log()
            figures.log = None if log is None or log_after is None else log_after - log
            code = _compared(given, target, figures, say)
        figures.stored = watch.size() - stored
    return code, figures


def _named(given: argparse.Namespace) -> Target:
    """Return the tills of a store that runs; raise Refused when it is not the one that was named."""
    try:
        codes = given.codes.read_text(encoding="utf-8").split()
    except OSError as problem:
        raise Refused(f"the codes cannot be read: {problem}") from problem
    if len(codes) < given.tills:
        raise Refused(f"{len(codes)} codes are there for {given.tills} tills")
    enrolled = list(_enrolled(given.url, given.authority, codes[: given.tills], given.store_name))
    return Target(given.url, enrolled)


def _enrolled(url: str, authority: Path | None, codes: Sequence[str], name: str) -> Iterator[Enrolment]:
    for code in codes:
        with Door(url, authority=authority) as door:
            status, told = door.ask("POST", "/v1/enrol", {"code": code, "machine": "load"})
        if status != OK:
            raise Refused(f"a code was answered {status}: {told}")
        if told.get("store_name") != name:
            raise Refused(f"the store is called “{told.get('store_name')}”, not “{name}”; nothing was pushed")
        yield Enrolment(**{field: told[field] for field in Enrolment.__slots__})


def _first_day(given: argparse.Namespace) -> date:
    """Return the day from which the sales end yesterday."""
    days = math.ceil(given.sales / given.tills / given.per_day)
    return datetime.now(UTC).date() - timedelta(days=days)


def _orders(given: argparse.Namespace, target: Target) -> list[Order]:
    share, rest = divmod(given.sales, given.tills)
    return [
        Order(
            target.url, given.authority, enrolled.device_key, Till.of(enrolled), given.seed * 1000 + number,
            share + (number < rest), given.batch, given.per_day, given.products, _first_day(given),
            given.rate / given.tills,
        )
        for number, enrolled in enumerate(target.enrolled)
    ]  # fmt: skip


@contextmanager
def _sending(orders: Sequence[Order], processes: int) -> Iterator["Told[Chunk]"]:
    """Start the processes that push; they have ended afterwards."""
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    started = [
        spawn.Process(target=send_all, args=(orders[number::processes], told), daemon=True)
        for number in range(min(processes, len(orders)))
    ]
    for process in started:
        process.start()
    try:
        yield told
    finally:
        for process in started:
            process.terminate()
            process.join()


def _pushed(given: argparse.Namespace, target: Target, progress: Progress) -> Figures:
    """Let all tills push, and gather what they tell, part by part."""
    figures = Figures()
    with _sending(_orders(given, target), given.processes) as told:
        ended = 0
        gathered = Gathered(given.sales, figures, lambda: _mark(target))
        while ended < given.tills:
            try:
                chunk = told.get(timeout=TELL_WITHIN_S)
            except Empty:
                raise Unready(f"no till has told of a push for {TELL_WITHIN_S} seconds") from None
            if chunk.problem:
                raise Refused(chunk.problem)
            ended += chunk.ended
            gathered.add(chunk)
            progress(figures.sales, given.sales)
        gathered.close()
    return figures


def _mark(target: Target) -> Mark:
    return Mark(time.monotonic(), target.server_cpu_s(), None if target.watch is None else target.watch.cpu_s())


def _compared(given: argparse.Namespace, target: Target, figures: Figures, say: Say) -> int:
    """Hold the server's own figures against what was sent, till by till, and time a report."""
    start, end = _first_day(given).isoformat(), datetime.now(UTC).date().isoformat()
    counted = 0
    for enrolled in target.enrolled:
        with Door(target.url, enrolled.device_key, given.authority) as door:
            counted += _sales_of(door, {"start": start, "end": end, "till": enrolled.till_id})
    month = (datetime.now(UTC).date() - timedelta(days=MONTH_DAYS)).isoformat()
    with Door(target.url, target.enrolled[0].device_key, given.authority) as door:
        for name, first in (("a day", end), ("30 days", month), ("all days", start)):
            say(f"report of {name:8}      {_median_ms(door, {'start': first, 'end': end})}")
        _rest(door, target, say)
    say(f"counted by the server {counted:>12,} of {figures.sales:,} sales")
    return DONE if counted == figures.sales == given.sales else FOUND


def _rest(door: Door, target: Target, say: Say) -> None:
    """Do what a till does every forty seconds while nobody buys: say hello, and ask for what is new."""
    head: dict[str, object] = {
        "journal_id": "hello",
        "acknowledged": {"seq": 0, "hash": bytes(32).hex()},
        "entries": [],
    }
    place: dict[str, object] = {"feed_id": "", "rev": 0, "journal_id": "hello", "more": True}
    while place.pop("more"):
        page = _asked(door, "/v1/pull", place)
        place = {**place, "feed_id": page["feed_id"], "rev": page["rev"], "more": page["more"]}
    cpu, used = target.server_cpu_s(), None if target.watch is None else target.watch.cpu_s()
    for _ in range(HELLOS):
        _asked(door, "/v1/push", head)
        _asked(door, "/v1/pull", place)
    cpu_after, used_after = target.server_cpu_s(), None if target.watch is None else target.watch.cpu_s()
    say(f"a hello with its pull {_micros(cpu, cpu_after)} µs of server CPU, {_micros(used, used_after)} µs of database")


def _micros(before: float | None, after: float | None) -> str:
    return "–" if before is None or after is None else f"{(after - before) * US_IN_S / HELLOS:,.0f}"


def _sales_of(door: Door, asked: dict[str, str]) -> int:
    status, told = door.ask("GET", "/v1/report", params=asked)
    if status != OK:
        raise Refused(f"a report was answered {status}: {told}")
    return sum(cell.sales for cell in reports.from_wire(told).cells if cell.facet == "total")


def _median_ms(door: Door, asked: dict[str, str]) -> str:
    spent = []
    for _ in range(ASKED_AGAIN):
        before = time.perf_counter_ns()
        _sales_of(door, asked)
        spent.append(time.perf_counter_ns() - before)
    return f"{percentile(spent, 50) / NS_IN_MS:>12.1f} ms"


def _import(given: argparse.Namespace, target: Target, say: Say) -> None:
    """Put a catalogue in the feed, then pull it whole, page by page, as a new till does."""
    rows = [{"key": one.product_id, "body": products.to_body(one)} for one in goods(given.import_products)]
    with Door(target.url, target.enrolled[0].device_key) as door:
        before, cpu = time.perf_counter_ns(), target.server_cpu_s()
        for start in range(0, len(rows), IMPORT_ROWS_MAX):
            block = {"operator_id": OPERATOR, "dry_run": False, "rows": rows[start : start + IMPORT_ROWS_MAX]}
            _asked(door, "/v1/products/import", block)
        _tell_feed(say, "imported", len(rows), before, (cpu, target.server_cpu_s()))
        before, cpu, received = time.perf_counter_ns(), target.server_cpu_s(), door.received
        pages = _pulled(door)
        _tell_feed(say, "pulled", sum(page.documents for page in pages), before, (cpu, target.server_cpu_s()))
        spent = [page.ns for page in pages]
        parts = len(pages) // PARTS or 1
        first, last = (percentile(some, 50) / NS_IN_MS for some in (spent[:parts], spent[-parts - 1 : -1] or spent))
        say(
            f"{'':22}{len(pages)} pages, p50 {first:.1f} ms in the first tenth, {last:.1f} ms in the last,"
            f" {door.received - received:,} bytes"
        )


@dataclass(frozen=True, slots=True)
class Pulled:
    """How many documents a page brought, and how long it took."""

    documents: int
    ns: int


def _pulled(door: Door) -> list[Pulled]:
    pages, more, feed_id, rev = [], True, "", 0
    while more:
        before = time.perf_counter_ns()
        page = _asked(door, "/v1/pull", {"feed_id": feed_id, "rev": rev, "journal_id": ""})
        pages.append(Pulled(len(page["documents"]), time.perf_counter_ns() - before))
        more, feed_id, rev = page["more"], page["feed_id"], page["rev"]
    return pages


def _asked(door: Door, path: str, body: dict[str, object]) -> dict[str, Any]:
    status, told = door.ask("POST", path, body)
    if status != OK:
        raise Refused(f"{path} was answered {status}: {told}")
    return told


def _tell_feed(say: Say, what: str, documents: int, before: int, cpu: tuple[float | None, float | None]) -> None:
    spent = (time.perf_counter_ns() - before) / NS_IN_S
    used = "" if cpu[0] is None or cpu[1] is None else f", server CPU {cpu[1] - cpu[0]:.1f} s"
    say(f"{what:21} {documents:>12,} documents in {spent:.1f} s{used}")
