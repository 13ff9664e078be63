"""The command ``seed``: a store's first products and people from CSV files."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    seeding = commands.add_parser(
        "seed", parents=[shared], help="take products.csv and staff.csv of a folder; bad rows are named and left out"
    )
    seeding.add_argument("folder", metavar="DIR", type=Path, help="holds products.csv, staff.csv, or both")


def seed(server: "StoreServer", given: argparse.Namespace) -> int:
    """Take what a folder lists, and say of each row that was left out why."""
    from sync_server import seed as work

    found = False
    for done in work.seed(server, server.only_store(), given.folder):
        for one in done.wrong:
            print(f"{done.file} line {one.line}: {one.reason}")
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(done.outcomes.items())) or "nothing taken"
        print(f"{done.file}: {counts}, {len(done.wrong)} left out")
        found = found or bool(done.wrong)
    return FOUND if found else DONE
