"""The commands of a chain: ``stores`` lists those of a database, ``citus-sql`` spreads them over machines, ``load``."""

import argparse
from typing import TYPE_CHECKING, Final

from sync_server.load import arguments as loading

if TYPE_CHECKING:
    from seraphine_pos.domain.clock import Clock, RandomBytes
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
# These open no database that a home or the environment names.
ALONE: Final = frozenset({"citus-sql", "load"})


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add these commands to a parser."""
    commands.add_parser("stores", parents=[shared], help="list the stores of the database: id and name")
    commands.add_parser("citus-sql", help="print the SQL that spreads the tables over a Citus cluster, by store")
    loading.add(commands.add_parser("load", help="push made-up sales to a store made for it, and say what they cost"))


def run_alone(given: argparse.Namespace, clock: "Clock", random_bytes: "RandomBytes") -> int:
    """Run one of ``ALONE``."""
    if given.command == "load":
        from sync_server.load.run import load

        return load(given, clock, random_bytes)
    from sync_server import citus

    for line in citus.script():
        print(line)
    return DONE


def stores(server: "StoreServer", _given: argparse.Namespace) -> int:
    """List the stores."""
    for store_id, name in server.stores():
        print(f"{store_id:36}  {name}")
    return DONE
