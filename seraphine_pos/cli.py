"""The commands of ``seraphine-pos``: what may be written, and which room does the work.

Exit codes: 0 done, 1 a problem was found, 2 the command or what it was given cannot be used.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from seraphine_pos.commands import backup_words
from seraphine_pos.commands.terminal import DONE, FOUND, REFUSED, Terminal, Unusable
from seraphine_pos.domain import account
from seraphine_pos.domain.refusal import (
    Failure,
    HomeUnusable,
    NetworkFolder,
    NewerDatabase,
    NoStore,
    OldLibrary,
    Refusal,
    StorageInUse,
)
from seraphine_pos.paths import VARIABLE, Home

if TYPE_CHECKING:
    from seraphine_pos.commands import import_catalogue, replay

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

EXAMPLES: Final = f"""\
examples:
  seraphine-pos                                        the till (the first start asks what it needs)
  seraphine-pos demo                                   a sample store, ready to try
  seraphine-pos import-catalogue list.csv --dry-run    what a product list would change
  seraphine-pos report --from 2026-11-01 --to 2026-11-30 --format csv

All data is in one folder; {VARIABLE}=DIR chooses another one.
A command in an empty folder makes a store of one owner in MAD first, and says so.

exit codes: 0 done; 1 a problem was found; 2 the command or its file cannot be used
"""
IMPORT_HELP: Final = """\
The whole file is checked first, and all that is wrong is shown with its line. Then the good rows go to the
store's catalogue, and the bad ones to a file where they can be corrected and imported again.

The file: CSV in UTF-8, plain or .gz; columns by comma, semicolon or tab. Columns are found by their names in
French, English or Hebrew (code-barres, nom, prix; barcode, name, price; …). Codes are text: zeros in front stay.
A GTIN of 8, 12, 13 or 14 digits is found in all its lengths. One that lost its zeros gets them back, and a
13-digit code with a wrong check digit is kept as it is: real labels bear such codes. Both are said.

examples:
  seraphine-pos import-catalogue list.csv
  seraphine-pos import-catalogue list.csv.gz --shop 7290027600007/413 --dry-run
  seraphine-pos import-catalogue export.csv --columns name=Designation,price=PV,barcode=EAN --encoding cp1252

exit codes: 0 every row is in the catalogue; 1 some rows were refused; 2 the file cannot be used
"""
REPLAY_HELP: Final = """\
Each invoice of the file is rung through the till's own checkout and refunds, at its own time. The file has the
columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID. Negative quantities are
refunds, of an earlier ticket of the same customer where there is one. Unknown codes become products. The command
can be stopped and run again: nothing is rung twice. It ends with tables that account for every line and penny.

examples:
  SERAPHINE_HOME=/tmp/try seraphine-pos replay transactions.csv --currency GBP --check

exit codes: 0 everything was rung and adds up; 1 lines were set aside or figures differ; 2 the file cannot be used
"""
REPORT_HELP: Final = """\
examples:
  seraphine-pos report                                 today
  seraphine-pos report --from 2026-11-01 --to 2026-11-30
  seraphine-pos report --from 2026-11-01 --format json amounts in minor units, for programs

exit codes: 0 the figures of all tills; 1 something is missing from them (a note says what); 2 no such days
"""
RECOVER_HELP: Final = """\
On a new PC, in the place of a lost one: the catalogue, every journal that the till had sent, its tickets and its
figures come back from the store's server. The code is good once; where the network breaks, the same command with the
same code goes on. Where this PC is the till already (after a restore, say), leave both out: what it has is sent
first, all of it is fetched anew, and what stood here is kept. With a code the till gets a new key besides.

example:
  seraphine-server enrol-code --till A1                at the server: prints a line with address, pin and code
  seraphine-pos recover --code 'seraphine:https://192.168.1.10:8443#…#…'
  seraphine-pos recover --url https://shop.example --code XXXX-XXXX-XXXX-XXXX       where public authorities vouch

exit codes: 0 the till is here; 1 the server holds nothing of it, or is out of reach; 2 it cannot be done here
"""
PURGE_HELP: Final = """\
What people wrote, feedback and technical entries go once they are older than --older-than; tickets, shifts and cash as
the preset says: keep (never, the default), at 7 years, de, fr and ma 10 years, all (with the rest). Only what the
server's verified backups have held for 90 days goes; numbers, totals and what was given back stay. No legal advice.

example:
  seraphine-pos purge --older-than 12m --dry-run

exit codes: 0 done; 1 something stays that should have gone; 2 a till is open on this data
"""
BENCH: Final = "bench"
CURRENCY_LETTERS: Final = 3
FIRST_YEAR: Final = 1970
# What no second try mends: the command, its file or this data folder must be another.
REFUSING: Final = (Refusal, StorageInUse, NewerDatabase, OldLibrary, NoStore, HomeUnusable, NetworkFolder)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = argparse.ArgumentParser(
        prog="seraphine-pos", description="A shop's till: sells offline, loses nothing, tells what the day was.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands (without one: the till)")
    _add_demo(commands)
    _add_import(commands)
    _add_replay(commands)
    _add_report(commands)
    _add_recover(commands)
    backup_words.add(commands)
    _add_purge(commands)
    for name, what, codes in (
        ("sync", "send everything to the store's server and fetch what is new", "1 the server is out of reach"),
        ("verify", "check this till's data: chain, ledger, catalogue; changes nothing", "1 something differs"),
        ("rebuild", "fold every table again from the journal", "2 a till is open on this data"),
    ):
        commands.add_parser(name, help=what, description=what, epilog=f"exit codes: 0 done; {codes}")
    commands.add_parser(BENCH, help="measure this till on this PC, as JSON (see bench --help)")
    return whole


def _add_demo(commands: "Commands") -> None:
    demo = commands.add_parser(
        "demo", help="a sample store with its own data, ready to try",
        description="Shows a sample store in the till's window. It is made at the first start and kept.",
        epilog="Without a display the window walks by itself and its pictures are saved; the exit code is 0.",
    )  # fmt: skip
    demo.add_argument("--fresh", action="store_true", help="make the sample store anew")
    demo.add_argument("--tour", type=Path, metavar="DIR", help="walk through the screens and save a picture of each")


def _add_import(commands: "Commands") -> None:
    given = commands.add_parser(
        "import-catalogue", help="a product list from a CSV file into the store's catalogue",
        description="Imports a product list through the store's server.", epilog=IMPORT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    given.add_argument("file", type=Path, metavar="FILE", help="the list: CSV, plain or .gz")
    given.add_argument("--dry-run", action="store_true", help="check and say what would change, import nothing")
    given.add_argument("--columns", type=_columns, default={}, metavar="FIELD=COLUMN,…",
                       help="which column is which, by its name or its number from 1")  # fmt: skip
    given.add_argument("--no-header", action="store_true", help="the first row is a product; needs --columns by number")
    given.add_argument("--delimiter", choices=(",", ";", "tab", "|"), help="what separates columns (default: found)")
    given.add_argument("--encoding", default="utf-8", metavar="NAME", help="default: utf-8, with or without a mark")
    given.add_argument("--shop", default="", metavar="SHOP", help="only the rows of one shop of the list: chain/shop")
    given.add_argument(
        "--tax", default="", metavar="CODE", help="the tax of rows that name none (default: the highest)"
    )
    given.add_argument("--operator", default="", metavar="NAME", help="who imports (default: the first owner)")
    given.add_argument(
        "--refused", type=Path, metavar="FILE", help="where bad rows go (default: here, FILE.refused.csv)"
    )


def _add_replay(commands: "Commands") -> None:
    given = commands.add_parser(
        "replay", help="ring a file of real invoices at this till", epilog=REPLAY_HELP,
        description="Rings invoices of another system at this till.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    given.add_argument("file", type=Path, metavar="FILE", help="the invoices: CSV, plain or .gz")
    given.add_argument("--currency", type=_currency, metavar="CODE",
                       help="the store's currency, for a store that is made by this command")  # fmt: skip
    given.add_argument(
        "--operator", default="", metavar="NAME", help="who rings and approves (default: the first owner)"
    )
    given.add_argument("--encoding", default="utf-8", metavar="NAME", help="default: utf-8")
    given.add_argument("--check", action="store_true", help="compare server, till and file day by day at the end")
    given.add_argument("--no-sync", action="store_true", help="leave the sending to the till")


def _add_report(commands: "Commands") -> None:
    given = commands.add_parser(
        "report", help="the figures of some days, of all tills", epilog=REPORT_HELP,
        description="Writes sales, refunds, tax and top sellers of some business days.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    given.add_argument("--from", dest="start", type=_day, metavar="DAY", help="first day, YYYY-MM-DD")
    given.add_argument("--to", dest="end", type=_day, metavar="DAY", help="last day (default: today)")
    given.add_argument("--format", choices=("table", "json", "csv"), default="table")


def _add_recover(commands: "Commands") -> None:
    given = commands.add_parser(
        "recover", help="a lost till made again on this PC, from the store's server", epilog=RECOVER_HELP,
        description="Brings a till back from the store's server.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    given.add_argument("--url", default="", metavar="URL", help="the store's server, with a bare code")
    given.add_argument("--code", default="", metavar="CODE", help="what enrol-code printed for this till, good once")


def _add_purge(commands: "Commands") -> None:
    from seraphine_pos.domain.retention import MONTHS, PRESETS

    given = commands.add_parser(
        "purge", help="empty this till's old entries of their words", epilog=PURGE_HELP,
        description="Empties old entries; their hashes stay, so that the journal can still be verified.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    given.add_argument("--older-than", type=_months, default=MONTHS, metavar="AGE", help="12m or 7y (default: 12m)")
    given.add_argument("--preset", choices=tuple(PRESETS), default="keep", help="how long fiscal facts stay")
    given.add_argument("--dry-run", action="store_true", help="list what would go, and change nothing")


def _months(text: str) -> int:
    from seraphine_pos.domain.retention import months_of

    months = months_of(text)
    if months is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no age; write 12m for months or 7y for years")
    return months


def _columns(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and column.strip() for name, _, column in pairs):
        raise argparse.ArgumentTypeError("write it as name=…,price=…,barcode=…")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _currency(text: str) -> str:
    code = text.upper()
    if not (len(code) == CURRENCY_LETTERS and code.isascii() and code.isalpha()):
        raise argparse.ArgumentTypeError(f"“{text}” is no currency code; write three letters, for example MAD or GBP")
    return code


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day; write it as 2026-11-30") from None
    if day.year < FIRST_YEAR:
        raise argparse.ArgumentTypeError(f"there are no figures before {FIRST_YEAR}")
    return day.isoformat()


def main(
    arguments: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run a command and return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    surroundings = os.environ if environ is None else environ
    out, err = out or _lenient(sys.stdout), err or _lenient(sys.stderr)
    code = DONE
    try:
        with account.alone():
            code = _told(words, surroundings, out, err)
        out.flush()
    except BrokenPipeError:
        _let_go(out, err)
    return code


def _told(words: Sequence[str], surroundings: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    try:
        return _begin(words, surroundings, out, err)
    except Unusable as problem:
        return _complain(err, str(problem), REFUSED)
    except Failure as failure:
        from seraphine_pos.commands.english import english

        return _complain(err, english(failure), REFUSED if isinstance(failure, REFUSING) else FOUND)
    except KeyboardInterrupt:
        return _complain(err, "stopped; what was done so far is kept, and the same command goes on from there", FOUND)


def _let_go(*streams: TextIO) -> None:
    """End without a word: whoever read the output has seen enough, and Python would complain at its very end."""
    for stream in streams:
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _bench(words: Sequence[str]) -> int:
    if getattr(sys, "frozen", False):
        raise Unusable("bench holds the source against bare Python: start it as “python3 run.py seraphine-pos bench”")
    from seraphine_pos.bench.run import main as bench

    return bench(words)


def _complain(err: TextIO, text: str, code: int) -> int:
    err.write(f"seraphine-pos: {text}\n")
    return code


def _begin(words: Sequence[str], environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Do what the words say; the till's own start, which has none, needs no parser."""
    if not words:
        return _till(environ)
    if words[:1] == [BENCH]:
        return _bench(words[1:])
    return _run(parser().parse_args(words), environ, out, err)


def _till(environ: Mapping[str, str]) -> int:
    from seraphine_pos.commands import window

    return window.run(Home.from_environment(environ), environ)


def _run(given: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Load the room of a command, which is all that this start needs, and hand the work over."""
    if given.command is None:
        return _till(environ)
    from seraphine_pos.commands import (
        backup,
        exchange,
        import_catalogue,
        purge,
        recover,
        replay,
        report,
        upkeep,
        window,
    )
    from seraphine_pos.commands.opening import Place
    from seraphine_pos.shop import SystemClock

    clock = SystemClock()
    terminal = Terminal(out, err, clock)
    place = Place(Home.from_environment(environ), clock, os.urandom)
    work: Mapping[str, Callable[[], int]] = {
        "demo": lambda: window.demo(window.Wish(given.fresh, given.tour), clock, environ, terminal),
        "import-catalogue": lambda: import_catalogue.run(_import_wish(given), place, terminal),
        "replay": lambda: replay.run(_replay_wish(given), place, terminal),
        "report": lambda: report.run(report.Wish(given.start or "", given.end or "", given.format), place, terminal),
        "recover": lambda: recover.run(
            recover.Wish(given.url.strip().rstrip("/"), given.code.strip()), place, terminal
        ),
        "backup": lambda: backup.write(given.target, given.key_file, place, terminal),
        "restore": lambda: backup.restore(given.file, given.key_file, place, terminal),
        "backup-key": lambda: backup.new_key(given.file, place, terminal),
        "purge": lambda: purge.run(purge.Wish(given.older_than, given.preset, given.dry_run), place, terminal),
        "sync": lambda: exchange.run(place, terminal),
        "verify": lambda: upkeep.verify(place, terminal),
        "rebuild": lambda: upkeep.rebuild(place, terminal),
    }
    return work[given.command]()


def _import_wish(given: argparse.Namespace) -> "import_catalogue.Wish":
    from seraphine_pos.commands.import_catalogue import Wish
    from seraphine_pos.till.importing import Reading

    delimiter = "\t" if given.delimiter == "tab" else given.delimiter
    reading = Reading(given.columns, given.shop, delimiter, given.encoding, not given.no_header)
    return Wish(given.file, reading, given.tax, given.operator, given.dry_run, given.refused)


def _replay_wish(given: argparse.Namespace) -> "replay.Wish":
    from seraphine_pos.commands.replay import Wish

    return Wish(given.file, given.currency or "", given.operator, given.encoding, given.check, not given.no_sync)


def _lenient(stream: TextIO) -> TextIO:
    """Return the stream, which writes a sign it has no letter for as “?” instead of failing."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream
