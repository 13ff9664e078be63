"""The commands ``entries`` and ``trace``: what came in a span of time, and the way of one event, for an audit."""

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain.protocol import entry_to_wire

if TYPE_CHECKING:
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add these commands to a parser."""
    tracing = commands.add_parser("trace", parents=[shared], help="follow a sale from its till's entry to the figures")
    tracing.add_argument("event_id", metavar="EVENT", help="the id of the event; a sale's stands in /v1/sales")
    asking = commands.add_parser("entries", parents=[shared], help="print what came in a span of time, as JSON lines")
    for name, what in (
        ("--from", "the first moment, as 2026-11-20 or 2026-11-20T14:00"),
        ("--to", "the end, left out"),
    ):
        asking.add_argument(name, required=True, type=_moment, dest=name[2:] + "_ms", metavar="TIME", help=what)


def _moment(text: str) -> int:
    """Return a moment of this machine's time zone, unless another is named, in Unix milliseconds."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"“{text}” is no moment: write 2026-11-20 or 2026-11-20T14:00") from None


def entries(server: "StoreServer", given: argparse.Namespace) -> int:
    """Print them, and note that somebody asked."""
    from sync_server import arrivals, audit

    store_id, count = server.only_store(), 0
    with server.database.read() as connection:
        for batch in arrivals.between(connection, store_id, given.from_ms, given.to_ms):
            for one in batch:
                came = {"arrival": one.arrival, "received_at_ms": one.received_at_ms}
                wire = {"journal_id": one.entry.journal_id, **came, **entry_to_wire(one.entry)}
                print(json.dumps(wire, ensure_ascii=False))
            count += len(batch)
    with server.write(store_id, "entries") as tx:
        audit.note(tx, "entries-read", {"from_ms": given.from_ms, "to_ms": given.to_ms, "entries": count})
    return DONE


def trace(server: "StoreServer", given: argparse.Namespace) -> int:
    """Print each step of an event's way on a line of its own."""
    from sync_server import journey

    with server.database.read() as connection:
        stages = journey.of_event(connection, server.only_store(), given.event_id)
    for stage in stages:
        at = "-" if stage.at_ms is None else f"{datetime.fromtimestamp(stage.at_ms / 1000).astimezone():%F %T}"
        told = "  ".join(f"{name}={value}" for name, value in stage.facts.items() if value is not None)
        print(f"{at:19}  {stage.name:9}  {told}")
    return DONE
