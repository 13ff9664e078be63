"""What the load command is told, and which stores it refuses; light, since every command's help reads it."""

import argparse
from pathlib import Path
from typing import Final

from sync_server.errors import Refused

NAME: Final = "Load test"
DESCRIPTION: Final = """\
Pushes made-up sales as tills do, and says what they cost. Without --url it founds a store of its own, in a folder that
goes away or in the empty database of --database-url, and starts the server. With --url it wants a store that was made
for it: its name begins with “Load test”, it is given again with --store-name, and codes for the tills stand in a file.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.description = DESCRIPTION
    parser.add_argument("--tills", type=_count, default=4, metavar="N", help="default: 4")
    parser.add_argument("--sales", type=_count, default=10_000, metavar="M", help="of all tills (default: 10000)")
    parser.add_argument("--batch", type=_count, default=20, metavar="B", help="sales in a push (default: 20)")
    parser.add_argument("--per-day", type=_count, default=400, metavar="D", help="sales of a till's day (default: 400)")
    parser.add_argument("--rate", type=float, default=0.0, metavar="R", help="sales a second in all (default: any)")
    parser.add_argument("--products", type=_count, default=800, metavar="P", help="that are sold (default: 800)")
    parser.add_argument(
        "--import-products", type=int, default=0, metavar="P", help="put so many in the feed first, and pull them all"
    )
    parser.add_argument("--processes", type=_count, default=2, metavar="N", help="that push (default: 2)")
    parser.add_argument("--seed", type=int, default=1, help="the same sales each time (default: 1)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="of the scratch store; it stays there afterwards")
    parser.add_argument("--database-url", metavar="URL", help="an empty database for the scratch store")
    parser.add_argument("--url", metavar="URL", help="a server that runs already")
    parser.add_argument("--store-name", metavar="NAME", help="with --url: the store, which was made for this")
    parser.add_argument("--codes", type=Path, metavar="FILE", help="with --url: a code for each till, one a line")
    parser.add_argument(
        "--authority", type=Path, metavar="FILE", help="with --url: the certificate that vouches for it"
    )


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not number:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 1 on")
    return number


def check(given: argparse.Namespace) -> None:
    """Raise Refused for what does not go together, and for a store that is not named for a load."""
    if given.url and (given.database_url or given.folder or given.import_products):
        raise Refused("--url loads a server that runs: it founds nothing, and imports nothing")
    if not given.url:
        if given.store_name or given.codes or given.authority:
            raise Refused("--store-name, --codes and --authority belong to --url")
        return
    if not given.store_name or not given.codes:
        raise Refused("--url wants --store-name, and --codes with a code for each till: see enrol-code")
    if not given.store_name.startswith(NAME):
        raise Refused(f"“{given.store_name}” is a store for people: a load is for one whose name begins with “{NAME}”")
