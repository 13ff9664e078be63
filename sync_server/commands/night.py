"""The command ``jobs``: what the server does by itself, done by hand or listed."""

import argparse
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain.journal import canonical

if TYPE_CHECKING:
    from datetime import tzinfo

    from sync_server.store_server import StoreServer
    from sync_server.upkeep.standing import Standing

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    jobs = commands.add_parser("jobs", help="what the server does by itself at night")
    doing = jobs.add_subparsers(dest="doing", required=True, metavar="DOING")
    doing.add_parser(
        "list", parents=[shared], help="the last run of each job, and when the next is due, by the store's clock"
    )
    running = doing.add_parser("run", parents=[shared], help="do a job now; exit code 1 when it found something")
    running.add_argument("name", metavar="NAME", help="see jobs list")


def jobs(server: "StoreServer", given: argparse.Namespace) -> int:
    """List the jobs, or do one."""
    from sync_server.commands import moment
    from sync_server.upkeep import jobs as work
    from sync_server.upkeep import standing

    if given.doing == "run":
        store_id = "" if work.is_whole(given.name) and server.is_chain() else server.only_store()
        ran = work.run(server, store_id, given.name)
        print(f"{given.name}: {standing.FOUND if ran.found else standing.DONE} {canonical(dict(ran.detail))}")
        return FOUND if ran.found else DONE
    if server.is_chain():
        return _list_troubles(server)
    store_id, zone = server.only_store(), moment.zone_of(server)
    for one in work.standings(server, store_id):
        print(_line(one, zone))
    return DONE


def _list_troubles(server: "StoreServer") -> int:
    """List of all stores what somebody should look at: nobody reads seven lines of each."""
    from sync_server.upkeep import jobs as work

    count = 0
    for store_id, one in work.troubled(server):
        print(f"{store_id:36}  {_line(one, work.zone_of(server, store_id))}")
        count += 1
    print(f"{len(server.stores())} stores, {count} jobs to be looked at; --store ID lists all of one")
    return DONE


def _line(one: "Standing", zone: "tzinfo") -> str:
    from sync_server.commands import moment
    from sync_server.upkeep import standing

    idle = one.due_at_ms is None and one.state != standing.RUNNING
    due = "not set up" if idle else moment.said(one.due_at_ms, zone)
    began = moment.said(one.started_at_ms, zone)
    return f"{one.name:10}  last {began:16}  {one.state:8}  next {due:16}  {_told(one.detail)}".rstrip()


def _told(detail: object) -> str:
    return canonical(detail) if detail else ""
