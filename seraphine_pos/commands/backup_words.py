"""What may be written after ``backup``, ``restore`` and ``backup-key``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

KEY_HELP: Final = "the key that encrypts it (default: backup_key_file of the settings)"


def add(commands: "Commands") -> None:
    """Add them to the parser."""
    backing = commands.add_parser(
        "backup", help="write this till's data to one file, and read it back",
        description="Copies this till's data, also while it sells: journals, tickets, catalogue and settings, no keys.",
        epilog="exit codes: 0 done; 1 a true copy of data in which something is wrong; 2 it cannot be written",
    )  # fmt: skip
    backing.add_argument(
        "target", type=Path, nargs="?", metavar="FILE|DIR",
        help="a file, *.zip or *.sealed, or a folder that is there (default: backup_folder of the settings)",
    )  # fmt: skip
    backing.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_HELP)
    restoring = commands.add_parser(
        "restore", help="put a backup in the place of this till's data",
        description="Puts back what backup wrote. The till must be closed; what stood here is kept.",
        epilog="exit codes: 0 done; 1 done, and something in the backup is wrong; 2 the file or this PC cannot be used",
    )  # fmt: skip
    restoring.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")
    restoring.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_HELP)
    making = commands.add_parser("backup-key", help="make the key that encrypts backups")
    doing = making.add_subparsers(dest="doing", required=True, metavar="DOING")
    new = doing.add_parser("new", help="write a new key; keep a copy of it where the backups are not")
    new.add_argument("file", type=Path, metavar="FILE", help="it must not be there yet")
