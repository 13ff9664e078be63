"""The command ``receiver``: who is told of what happens here."""

import argparse
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sync_server.outgoing.destination import Resolve
    from sync_server.outgoing.outbox import Receiver
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1
OUTSIDE: Final = (
    "Outside the shop only https on port 443 is sent to; an address inside it is named under allow in [outbound] of"
    " server/settings.toml, as host:port."
)


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    receiver = commands.add_parser("receiver", help="who is told of what happens here, n8n for instance")
    doing = receiver.add_subparsers(dest="doing", required=True, metavar="DOING")
    adding = doing.add_parser(
        "add", parents=[shared], epilog=OUTSIDE, help="tell an address, and print the secret that signs what it is told"
    )
    adding.add_argument("url", metavar="URL")
    adding.add_argument("--topic", action="append", required=True, help="insights.requested or day.closed; repeatable")
    doing.add_parser("list", parents=[shared], help="each with what was delivered, waits, or was given up, and why")
    doing.add_parser("deliver", parents=[shared], help="send what is due now, as a serving process does by itself")
    removing = doing.add_parser("remove", parents=[shared], help="tell it nothing more")
    removing.add_argument("id", metavar="ID", help="see receiver list")


def receiver(server: "StoreServer", given: argparse.Namespace) -> int:
    """Add, list or remove receivers."""
    from sync_server.outgoing import outbox

    store_id = server.only_store()
    if given.doing == "list":
        with server.database.read() as connection:
            found = outbox.listed(connection, store_id)
        for one in found:
            print(_line(one))
        return FOUND if any(one.disabled_at_ms is not None or one.given_up for one in found) else DONE
    if given.doing == "deliver":
        return _deliver(server, store_id)
    with server.write(store_id, f"receiver-{given.doing}") as tx:
        if given.doing == "remove":
            outbox.remove(tx, given.id)
            print(f"{given.id} is told nothing more")
            return DONE
        receiver_id, secret = outbox.add(tx, given.url, given.topic, server.settings.outbound.allow)
    print(secret)
    if (warning := doubtful(given.url, server.settings.outbound.allow)) is not None:
        print(warning, file=sys.stderr)
    print(f"receiver {receiver_id}; the secret is shown only now", file=sys.stderr)
    return DONE


def doubtful(url: str, allow: Collection[str], resolve: "Resolve | None" = None) -> str | None:
    """Return why nothing would be delivered to an address by what its name stands for now, None where it would be."""
    from sync_server.outgoing import destination
    from sync_server.outgoing.outbound import system_resolve

    try:
        destination.look_up(destination.read(url, allow), resolve or system_resolve)
    except destination.DestinationRefused as refused:
        return f"it is kept, but as things stand nothing will be delivered: {refused.message}"
    except OSError as problem:
        return f"it is kept, but its name cannot be looked up now ({problem.strerror or problem})"
    return None


def _deliver(server: "StoreServer", store_id: str) -> int:
    from sync_server.outgoing.outbound import HttpSender
    from sync_server.upkeep.courier import carry

    done = carry(server, store_id, HttpSender(server.settings.outbound.allow))
    print(f"{done.delivered} messages delivered, {done.failed} to be tried again")
    return FOUND if done.failed else DONE


def _line(one: "Receiver") -> str:
    state = "active" if one.disabled_at_ms is None else f"disabled ({one.reason})"
    told = f"{one.delivered} delivered, {one.waiting} waiting, {one.given_up} given up"
    problem = f"  last problem: {one.problem}" if one.problem else ""
    return f"{one.receiver_id}  {state}  {' '.join(one.topics)}  {told}  {one.url}{problem}"
