"""The command ``service-key``: what programs show to this server, made, listed and taken away."""

import argparse
from typing import TYPE_CHECKING, Final

from sync_server.rights.service_keys import Scope

if TYPE_CHECKING:
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
ONCE: Final = "The key is printed once and kept nowhere; who holds it may what its scopes say, until it is revoked."


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    keys = commands.add_parser("service-key", help="what programs show to this server", epilog=ONCE)
    doing = keys.add_subparsers(dest="doing", required=True, metavar="DOING")
    making = doing.add_parser("new", parents=[shared], help="make a key, and print it", epilog=ONCE)
    making.add_argument("--name", required=True, help="what the program is called")
    making.add_argument(
        "--scope", required=True, action="append", choices=[scope.value for scope in Scope], dest="scopes",
        help="what it may do; may be given several times",
    )  # fmt: skip
    doing.add_parser("list", parents=[shared], help="id, state, scopes and name of every key that was made")
    ending = doing.add_parser("revoke", parents=[shared], help="take a key away; it opens nothing from then on")
    ending.add_argument("id", metavar="ID", help="see service-key list")


def service_key(server: "StoreServer", given: argparse.Namespace) -> int:
    """Make, list or revoke keys."""
    from sync_server.commands import moment
    from sync_server.rights import service_keys

    store_id, actor = server.only_store(), f"service-key-{given.doing}"
    match given.doing:
        case "new":
            with server.write(store_id, actor) as tx:
                made = service_keys.new(tx, given.name, [Scope(one) for one in given.scopes])
            print(made.token)
        case "revoke":
            with server.write(store_id, actor) as tx:
                name = service_keys.revoke(tx, given.id).name
            print(f"the key of {name} opens nothing any more")
        case _:
            with server.database.read() as connection:
                found = service_keys.listed(connection, store_id)
            zone = moment.zone_of(server)
            for one in found:
                made_on = moment.said(one.created_at_ms, zone, "%Y-%m-%d")
                state = "live" if one.revoked_at_ms is None else "revoked"
                print(f"{one.key_id}  {made_on}  {state:7}  {' '.join(sorted(one.scopes))}  {one.name}")
    return DONE
