"""What came: ``entries`` of a span of time, the ``trace`` of one event, and what is in ``quarantine``."""

import argparse
import json
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain.protocol import entry_to_wire

if TYPE_CHECKING:
    from datetime import datetime

    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1
ZONE: Final = "Times are the store's own, by the clock on its wall."


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add these commands to a parser."""
    tracing = commands.add_parser("trace", parents=[shared], help="follow a sale from its till's entry to the figures",
                                  epilog=ZONE)  # fmt: skip
    tracing.add_argument("event_id", metavar="EVENT", help="the id of the event; a sale's stands in /v1/sales")
    asking = commands.add_parser(
        "entries", parents=[shared], help="print what came in a span of time, as JSON lines",
        epilog=f"{ZONE} One that ends in Z or +01:00 is of that zone.",
    )  # fmt: skip
    for name, what in (
        ("--from", "the first moment, as 2026-11-20 or 2026-11-20T14:00"),
        ("--to", "the end, left out"),
    ):
        asking.add_argument(name, required=True, type=_typed, dest=f"{name[2:]}_time", metavar="TIME", help=what)
    aside = commands.add_parser(
        "quarantine", parents=[shared], help="list the entries that no report includes", epilog=ZONE
    )
    aside.add_argument("--retry", action="store_true", help="try them again first, as every start of the server does")


def _typed(text: str) -> "datetime":
    from sync_server.commands import moment

    return moment.typed(text)


def entries(server: "StoreServer", given: argparse.Namespace) -> int:
    """Print them, and note that somebody asked."""
    from sync_server import arrivals, audit
    from sync_server.commands import moment

    store_id, zone, count = server.only_store(), moment.zone_of(server), 0
    from_ms, to_ms = (moment.ms_of(one, zone) for one in (given.from_time, given.to_time))
    try:
        with server.database.read() as connection:
            for batch in arrivals.between(connection, store_id, from_ms, to_ms):
                for one in batch:
                    came = {"arrival": one.arrival, "received_at_ms": one.received_at_ms}
                    wire = {"journal_id": one.entry.journal_id, **came, **entry_to_wire(one.entry)}
                    print(json.dumps(wire, ensure_ascii=False))
                    count += 1
    finally:  # also where the reader went away in between
        with server.write(store_id, "entries") as tx:
            audit.note(tx, "entries-read", {"from_ms": from_ms, "to_ms": to_ms, "entries": count})
    return DONE


def trace(server: "StoreServer", given: argparse.Namespace) -> int:
    """Print each step of an event's way on a line of its own."""
    from sync_server import journey
    from sync_server.commands import moment

    zone = moment.zone_of(server)
    with server.database.read() as connection:
        stages = journey.of_event(connection, server.only_store(), given.event_id)
    for stage in stages:
        at = moment.said(stage.at_ms, zone, "%Y-%m-%d %H:%M:%S")
        told = "  ".join(f"{name}={value}" for name, value in stage.facts.items() if value is not None)
        print(f"{at:19}  {stage.name:9}  {told}")
    return DONE


def quarantined(server: "StoreServer", given: argparse.Namespace) -> int:
    """List what no report includes, after another try if that was asked."""
    from sync_server import intake, quarantine
    from sync_server.commands import moment
    from sync_server.rebuild import retry

    store_id, zone = server.only_store(), moment.zone_of(server)
    if given.retry:
        retried = retry(lambda: server.write(store_id, "quarantine"), lambda: False)
        print(f"{retried.tried} entries tried again, {retried.released} count by now")
    with server.database.read() as connection:
        found = quarantine.listed(connection, store_id, intake.entry_of)
    for one in found.entries:
        what = f"{one.kind} {one.version}  {one.receipt or '-'}"
        print(f"{moment.said(one.at_ms, zone)}  {one.till or '?':4}  {one.journal_id} {one.seq}  {what}  {one.reason}")
    if found.count > len(found.entries):
        print(f"… and {found.count - len(found.entries)} that came before these")
    print(f"{found.count} entries in quarantine: kept whole, in no report; every start of the server tries them again")
    return FOUND if found.count else DONE
