"""No secret that a test made is in any file that the tests leave behind, whoever wrote it.

    python -m tests.security.artefacts DIR

Keys, sessions and secrets are told by their form, PINs and card numbers are those that the tests use. Every run of the
tests searches its own folder at its end, each process the files of its own tests; what is packed is unpacked for it.
"""

import argparse
import gzip
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

# What each secret looks like, and which files may hold it. Figures stand alone: random bytes hold any six of them.
FORMS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "a session": (b"ses_", rb"ses_[0-9a-f-]{36}_[0-9a-f]{64}"),
    "a service key": (b"svc_", rb"svc_[0-9a-f-]{36}_[0-9a-f]{64}"),
    "a till's key": (b"-", rb"-[0-9a-f]{12}\.[0-9a-f]{64}"),
    "a webhook's secret": (b"whsec_", rb"whsec_[A-Za-z0-9+/]{20,}"),
    "a PIN": (b"902761", rb"(?<![0-9A-Za-z])902761(?![0-9A-Za-z])"),
    "a wrong PIN": (b"830194", rb"(?<![0-9A-Za-z])830194(?![0-9A-Za-z])"),
    "a card": (b"4111", rb"(?<![0-9A-Za-z])4111[ -]?1111[ -]?1111[ -]?1111(?![0-9A-Za-z])"),
}
# The server signs with it, and so has to know it.
IN_DATABASES: Final = "a webhook's secret"
# Where a till without a keyring keeps its keys, for this account alone.
KEY_FILE: Final = "keys.json"
DATABASES: Final = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
UNPACKED_MAX: Final = 256 << 20
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"


def search(folder: Path) -> Iterator[str]:
    """Give every file below a folder that holds a secret, and which."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != KEY_FILE:
            for name in held(_content(path)):
                yield f"{path.relative_to(folder)}: {name}"


def _content(path: Path) -> bytes:
    with suppress(OSError):  # it is gone by now, or a test made it so that nobody reads it
        return path.read_bytes()
    return b""


def held(content: bytes) -> list[str]:
    """Return what secrets are in the content of a file, packed or not."""
    return [
        name
        for name, (begins, form) in FORMS.items()
        if any(begins in part and re.search(form, part) for part in unpacked(content) if not _may(name, part))
    ]


def _may(name: str, part: bytes) -> bool:
    return name == IN_DATABASES and part.startswith(DATABASES)


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give a content, and what is in it where it is packed; of what is broken or too large nothing."""
    yield content
    try:
        if content.startswith(GZIP):
            yield gzip.GzipFile(fileobj=io.BytesIO(content)).read(UNPACKED_MAX)
        elif content.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                yield from (book.read(one) for one in book.infolist() if one.file_size < UNPACKED_MAX)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError):
        return


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Search all that this process's tests have written, when the last of them is over."""
    yield
    if found := list(search(tmp_path_factory.getbasetemp())):
        pytest.fail("\n".join(["secrets were left in files:", *found]), pytrace=False)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    from tests import harness  # with the whole till behind it, which no plugin of a run may load

    parser = argparse.ArgumentParser(prog="python -m tests.security.artefacts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder: Path = parser.parse_args(words).folder
    found = list(search(folder))
    sys.stdout.writelines(f"{one}\n" for one in found)
    searched = sum(path.is_file() for path in folder.rglob("*"))
    return harness.finish(searched - len(found), len(found))


if __name__ == "__main__":
    sys.exit(main())
