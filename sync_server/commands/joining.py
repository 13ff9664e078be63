"""The command ``enrol-code``: one line, good once, that makes a PC a till of this store."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync_server.errors import Refused
from sync_server.settings import SERVER_FOLDER, home_of

if TYPE_CHECKING:
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
MINUTE_MS: Final = 60_000
MINUTES: Final = 15
MINUTES_MAX: Final = 24 * 60  # as over HTTP
DIGITS_MAX: Final = 4
TOLD: Final = """\
Copy the whole line, from seraphine: on, into the new till's first window, or after “seraphine-pos recover --code”.
A till that has joined this server before needs only the code, which is what stands after the line's last #.
"""


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    code = commands.add_parser("enrol-code", parents=[shared], help="print a one-time code for a till")
    code.add_argument("--till", metavar="LABEL", help="enrol this till again, instead of a new one")
    code.add_argument(
        "--minutes", type=_minutes, default=MINUTES, metavar="MINUTES",
        help=f"how long the code is good, from 1 to {MINUTES_MAX} (default: {MINUTES})",
    )  # fmt: skip
    code.add_argument("--url", default="", metavar="URL", help="where the till finds this server (default: as served)")


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and 1 <= int(text) <= MINUTES_MAX):
        raise argparse.ArgumentTypeError(f"“{text}” is no such time; write minutes, from 1 to {MINUTES_MAX}")
    return int(text)


def tls_folder(given: argparse.Namespace) -> Path:
    """Return where the store's own certificate authority is."""
    return home_of(given.home, os.environ) / SERVER_FOLDER / "tls"


def enrol_code(server: "StoreServer", given: argparse.Namespace) -> int:
    """Print the line that joins a till to what was served over TLS here, or a code alone."""
    from seraphine_pos.domain.pairing import Pairing
    from sync_server import certificates
    from sync_server.rights import auth

    url, pin = certificates.served(tls_folder(given)) or ("", "")
    url = given.url.rstrip("/") or url
    if not url:
        print(server.new_code(till_label=given.till, life_ms=given.minutes * MINUTE_MS))
        return DONE
    if not url.startswith("https://"):
        raise Refused(f"{url} is no https address: beyond this machine a till speaks to nothing else")
    length = auth.LONG_CODE_LENGTH
    code = server.new_code(till_label=given.till, life_ms=given.minutes * MINUTE_MS, length=length)
    print(Pairing(url, pin, code.replace("-", "")))
    print(TOLD, end="", file=sys.stderr)
    return DONE
