"""The operators' commands: parse arguments, call the room that does the work, say what came of it.

Exit codes: 0 done, 1 a problem was found, 2 the command or its input cannot be used.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from seraphine_pos.domain import account
from seraphine_pos.domain.staff import Role
from sync_server.commands import arrived, chain, joining, night, programs, purging, safety, seeding, telling
from sync_server.errors import Problem, Refused, Unready
from sync_server.settings import LOOPBACK, Listening, database_of, home_of, load
from sync_server.stopping import ending_in_order
from sync_server.watch import logs

if TYPE_CHECKING:
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

log: Final = logging.getLogger(__name__)
DONE: Final = 0
FOUND: Final = 1
REFUSED: Final = 2
# What people type, and the role's name on the wire.
ROLES: Final = {"owner": Role.OWNER, "cashier": Role.CASHIER}
STORE_FIELDS: Final = ("name", "address", "receipt_header", "receipt_footer")
PIN_HELP: Final = "The PIN is asked for twice, or read from standard input: it never stands on a command line."
PORT_MAX: Final = 65_535
PORT_DIGITS_MAX: Final = 5
EXAMPLE: Final = """\
A store in three commands:
  seraphine-server create-store < store.json     prints {server_id, store_id, code}
  seraphine-server serve --host 0.0.0.0 --port 8443      answers the tills, over TLS
  seraphine-server enrol-code                    a line for the next till, good once and for 15 minutes
"""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return the wall clock in Unix milliseconds."""
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        """Return milliseconds that are never set back."""
        return time.monotonic_ns() // 1_000_000


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", metavar="DIR", help="folder of all data (default: SERAPHINE_HOME)")
    shared.add_argument(
        "--database-url", metavar="URL", help="sqlite:///PATH or postgresql://… (default: a file in the home)"
    )
    shared.add_argument("--store", default="", metavar="ID", help="which one, where a database has several stores")
    whole = argparse.ArgumentParser(
        prog="seraphine-server",
        description="The store's server: takes what tills sold, answers with what the shop decided.",
        epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serving = commands.add_parser("serve", parents=[shared], help="answer tills until stopped")
    _add_listening(serving)

    making = commands.add_parser("create-store", parents=[shared], help="make the store from JSON on standard input")
    making.add_argument("--another", action="store_true", help="beside others: for a chain, on PostgreSQL")
    joining.add(commands, shared)
    commands.add_parser("webhook-secret", parents=[shared], help="print a new secret that signs insights")
    _add_staff(commands, shared)
    _add_setting(commands, shared)
    for room in (safety, night, purging, seeding, programs, chain, telling, arrived):
        room.add(commands, shared)
    commands.add_parser("verify", parents=[shared], help="check chains, heads, figures and feed; changes nothing")
    commands.add_parser("rebuild", parents=[shared], help="fold sales, figures and feedback again from the journals")
    return whole


def _add_listening(serving: argparse.ArgumentParser) -> None:
    """Say where to listen; beyond this machine it is TLS, or a proxy that ends TLS is in front."""
    serving.add_argument("--host", default=LOOPBACK, help="address to listen on (default: this machine only)")
    serving.add_argument("--port", type=_port, default=0, metavar="PORT", help="0 takes a free one (default)")
    serving.add_argument("--ready-file", metavar="FILE", help="written as {url, server_id, pid} once it answers")
    serving.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input closes")
    serving.add_argument(
        "--certificate", type=Path, metavar="FILE", help="a chain to show instead of the store's own (PEM)"
    )
    serving.add_argument("--key", type=Path, metavar="FILE", help="its key, where it is not in the same file")
    serving.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="another name or address of this machine"
    )
    serving.add_argument(
        "--behind-proxy", action="store_true", help="plain http beyond this machine: a proxy in front ends TLS"
    )


def _add_staff(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    staff = commands.add_parser(
        "staff", help="who works in the shop", description="Who works in the shop.", epilog=PIN_HELP
    )
    doing = staff.add_subparsers(dest="doing", required=True, metavar="DOING")
    adding = doing.add_parser("add", parents=[shared], help="add a person, and print the id", epilog=PIN_HELP)
    adding.add_argument("--name", required=True, help="as the sign-in screen shows it")
    adding.add_argument("--role", required=True, choices=tuple(ROLES))
    doing.add_parser("list", parents=[shared], help="id, role, whether active, and name of everybody")
    for name, what in (("pin", "give a person a new PIN"), ("deactivate", "take a person off; what they did stays")):
        doing.add_parser(name, parents=[shared], help=what).add_argument("id", metavar="ID", help="see staff list")


def _add_setting(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    setting = commands.add_parser("setting", help="what the store is called and its receipts say")
    of = setting.add_subparsers(dest="doing", required=True, metavar="OF")
    store = of.add_parser("store", parents=[shared], help="change what is given, print all of it as JSON")
    for name in STORE_FIELDS:
        store.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= PORT_DIGITS_MAX and int(text) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"“{text}” is no port; write a number from 1 to {PORT_MAX}, or 0")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    given = parser().parse_args(arguments)
    logs.begin()
    code = DONE
    try:
        with account.alone():
            code = _told(given)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go()
    return code


def _told(given: argparse.Namespace) -> int:
    try:
        with ending_in_order() if given.command == "serve" else nullcontext():
            return _run(given)
    except Problem as problem:
        print(f"seraphine-server {given.command}: {problem.message}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return DONE


def _let_go() -> None:
    """End without a word: whoever read the output has seen enough, and Python would complain at its very end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(given: argparse.Namespace) -> int:
    if given.command in chain.ALONE:
        return chain.run_alone(given, SystemClock(), os.urandom)
    if given.command == "backup-key":
        return safety.backup_key(given)
    home = home_of(given.home, os.environ)
    settings = load(home)
    logs.begin(settings.log.format)
    place = database_of(given.database_url, home, os.environ)
    from sync_server.database import file_of, open_database
    from sync_server.store_server import StoreServer

    file = file_of(place)
    if file is not None:
        safety.tighten(home, file)
    if given.command == "restore":
        return safety.restore(place, given, settings, SystemClock())
    if given.command != "create-store" and file is not None and not file.exists():
        # Whoever only looks leaves nothing behind.
        raise Unready(f"no store has been made in {file.parent}: run seraphine-server create-store")
    database = open_database(place)
    try:
        server = StoreServer(database, SystemClock(), os.urandom, settings, named=given.store)
        work: Mapping[str, Callable[[StoreServer, argparse.Namespace], int]] = {
            "serve": _serve, "create-store": _create_store, "enrol-code": joining.enrol_code,
            "webhook-secret": _webhook_secret, "staff": _staff, "setting": _setting, "verify": _verify,
            "rebuild": _rebuild, "quarantine": arrived.quarantined, "backup": safety.backup, "jobs": night.jobs,
            "purge": purging.purge, "seed": seeding.seed,
            "service-key": programs.service_key, "stores": chain.stores, "receiver": telling.receiver,
            "entries": arrived.entries, "trace": arrived.trace,
        }  # fmt: skip
        return work[given.command](server, given)
    finally:
        database.close()


def _serve(server: "StoreServer", given: argparse.Namespace) -> int:
    from sync_server.outgoing.outbound import HttpSender
    from sync_server.serving import serve
    from sync_server.upkeep.courier import carrying
    from sync_server.upkeep.scheduler import scheduled
    from sync_server.upkeep.second_try import trying_again

    told = server.settings.tls
    listening = Listening(
        given.host, given.port, Path(given.ready_file) if given.ready_file else None, given.exit_with_stdin,
        joining.tls_folder(given), given.certificate or told.certificate, given.key or told.key,
        (*told.names, *given.name), given.behind_proxy,
    )  # fmt: skip
    if server.is_chain():
        log.info("several stores are served, and the jobs of all of them are run")
    else:
        server.only_store()
    sender = HttpSender(server.settings.outbound.allow)

    @contextmanager
    def beside() -> Iterator[None]:
        with (
            trying_again(server),
            scheduled(server, enabled=server.settings.jobs.enabled),
            carrying(server, sender),
        ):
            yield

    serve(server, listening, beside)
    return DONE


def _webhook_secret(server: "StoreServer", _given: argparse.Namespace) -> int:
    print(server.new_webhook_secret())
    return DONE


def _create_store(server: "StoreServer", given: argparse.Namespace) -> int:
    from pydantic import ValidationError

    from sync_server import founding

    try:
        request = founding.StoreRequest.model_validate_json(sys.stdin.buffer.read())
    except ValidationError as problem:
        found = problem.errors(include_url=False, include_input=False)
        told = [f"{'.'.join(map(str, part['loc'])) or 'input'}: {part['msg']}" for part in found]
        raise Refused("the store's JSON on standard input cannot be used: " + "; ".join(told)) from None
    made = founding.found(
        server.database, request, server.clock.now_ms(), server.random_bytes, another=given.another
    )  # fmt: skip
    print(json.dumps(asdict(made)))
    return DONE


def _staff(server: "StoreServer", given: argparse.Namespace) -> int:
    from sync_server.rights import staff

    store_id, action = server.only_store(), f"staff-{given.doing}"
    if given.doing == "list":
        with server.database.read() as connection:
            everybody = staff.members(connection, store_id)
        words = {role: word for word, role in ROLES.items()}
        for one in everybody:
            print(f"{one.staff_id:36}  {words[one.role]:7}  {'active' if one.active else 'left':6}  {one.name}")
        return DONE
    # The person is asked before the transaction: nobody waits for a lock while somebody types.
    pin = "" if given.doing == "deactivate" else pin_from(sys.stdin)
    with server.write(store_id, action) as tx:
        match given.doing:
            case "add":
                print(staff.add(tx, given.name, ROLES[given.role], pin).staff_id)
            case "pin":
                print(f"{staff.set_pin(tx, given.id, pin).name} has a new PIN")
            case _:
                print(f"{staff.deactivate(tx, given.id).name} can no longer sign in")
    return DONE


def pin_from(given: TextIO, ask: Callable[[str], str] = getpass) -> str:
    """Return the PIN that is typed twice at a terminal, or that stands in the first line of another input."""
    if not given.isatty():
        return given.readline().strip()
    pin = ask("PIN (four to six digits): ")
    if ask("the same PIN again: ") != pin:
        raise Refused("the two PINs differ; nothing was changed")
    return pin


def _setting(server: "StoreServer", given: argparse.Namespace) -> int:
    from sync_server import store

    wanted = {name: getattr(given, name) for name in STORE_FIELDS if getattr(given, name) is not None}
    with server.write(server.only_store(), "setting-store") as tx:
        print(json.dumps(store.change(tx, wanted), ensure_ascii=False))
    return DONE


def _verify(server: "StoreServer", _given: argparse.Namespace) -> int:
    from sync_server import proofs
    from sync_server.verify import verify

    store_id = server.only_store()
    with server.database.read() as connection:
        verdict = verify(connection, store_id)
        told_days = proofs.said(connection, store_id)
    for problem in verdict.problems:
        print(problem)
    for line in told_days:
        print(line)
    print(
        f"{verdict.journals} journals, {verdict.entries} entries ({verdict.blanked} blanked,"
        f" {verdict.quarantined} in quarantine), {verdict.cells} figures, {verdict.documents} documents:"
        f" {len(verdict.problems)} problems"
    )
    return FOUND if verdict.problems else DONE


def _rebuild(server: "StoreServer", _given: argparse.Namespace) -> int:
    from sync_server.rebuild import rebuild

    with server.write(server.only_store(), "rebuild") as tx:
        rebuilt = rebuild(tx)
    print(f"{rebuilt.entries} entries folded again, {rebuilt.quarantined} in quarantine")
    return DONE
