"""A CSV file from outside, read line by line: plain or gzip, any size, any damage."""

import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from seraphine_pos.domain.reason import Wording, because
from seraphine_pos.domain.refusal import InvalidFile

FILE_BYTES_MAX: Final = 256 << 20
LINE_BYTES_MAX: Final = 1 << 20

_MEBIBYTE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

NOT_FOUND = Wording("introuvable ; vérifiez le nom", "there is no such file; check the name")
A_DIRECTORY = Wording("c'est un dossier ; donnez le nom d'un fichier CSV", "this is a directory; name a CSV file in it")
NOT_A_FILE = Wording("ce n'est pas un fichier ordinaire", "this is not an ordinary file")
NOT_READABLE = Wording("lecture impossible ({why})", "it cannot be read ({why})")
EMPTY = Wording("il est vide", "it is empty")
TOO_LARGE = Wording(
    "il dépasse {limit} Mo ; coupez-le en plusieurs fichiers",
    "it is larger than {limit} MB; split it into several files",
)
A_WORKBOOK = Wording(
    "c'est un classeur ou une archive ; enregistrez-le en « CSV UTF-8 »",
    "this is a workbook or an archive; save it as “CSV UTF-8” first",
)
UTF_16 = Wording("il est en UTF-16 ; enregistrez-le en « CSV UTF-8 »", "it is UTF-16; save it as “CSV UTF-8” first")
NOT_UTF_8 = Wording(
    "ligne {line}, octet {column} : 0x{value:02X} n'est pas du {encoding} ; enregistrez-le en « CSV UTF-8 »",
    "line {line}, byte {column}: 0x{value:02X} is not {encoding}; save the file as “CSV UTF-8”, "
    "or name its encoding (--encoding cp1252 is usual for old French files)",
)
UNKNOWN_ENCODING = Wording("encodage inconnu : {encoding}", "there is no encoding called {encoding}")
LINE_TOO_LONG = Wording(
    "la ligne {line} dépasse {limit} Mo : ce n'est pas un CSV",
    "line {line} is longer than {limit} MB: this is no CSV",
)
DAMAGED_GZIP = Wording(
    "l'archive gzip est abîmée après la ligne {line} ({why})", "the gzip file is damaged after line {line} ({why})"
)


def refused(path: Path, wording: Wording, **details: object) -> InvalidFile:
    """Return the refusal of a file, its reason in both languages."""
    return InvalidFile(path=str(path), reason=because(wording, **details))


class CsvFile:
    """An open CSV file; a context manager. Every trouble with it is an InvalidFile."""

    def __init__(self, path: Path, *, encoding: str = "utf-8") -> None:
        """Open the file after looking at its kind, size and first bytes; raise InvalidFile."""
        self.path = path
        self.size = _size(path)
        self.encoding = _known_encoding(path, encoding)
        try:
            self._raw = path.open("rb")
            start = self._raw.read(4)
            self._raw.seek(0)
        except OSError as error:
            raise refused(path, NOT_READABLE, why=error.strerror) from None
        if start.startswith((_ZIP, *_UTF_16)):
            self._raw.close()
            raise refused(path, A_WORKBOOK if start.startswith(_ZIP) else UTF_16)
        self._content: io.BufferedIOBase = gzip.GzipFile(fileobj=self._raw) if start.startswith(_GZIP) else self._raw

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._content.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """Return how many bytes of the file on disk have been read."""
        return self._raw.tell()

    def lines(self) -> Iterator[str]:
        """Yield the decoded lines with their line ends, without a byte order mark; raise InvalidFile."""
        read = 0
        for number, line in enumerate(self._byte_lines(), 1):
            read += len(line)
            if read > FILE_BYTES_MAX:
                raise refused(self.path, TOO_LARGE, limit=FILE_BYTES_MAX // _MEBIBYTE)
            try:
                text = line.decode(self.encoding)
            except UnicodeDecodeError as error:
                raise refused(
                    self.path, NOT_UTF_8,
                    line=number, column=error.start + 1, value=line[error.start], encoding=self.encoding.upper(),
                ) from None  # fmt: skip
            yield text.removeprefix("\ufeff") if number == 1 else text
        if read == 0:
            raise refused(self.path, EMPTY)

    def _byte_lines(self) -> Iterator[bytes]:
        number = 0
        while True:
            try:
                line = self._content.readline(LINE_BYTES_MAX + 1)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise refused(self.path, DAMAGED_GZIP, line=number, why=error) from None
            except OSError as error:
                raise refused(self.path, NOT_READABLE, why=error.strerror) from None
            if not line:
                return
            number += 1
            if len(line) > LINE_BYTES_MAX:
                raise refused(self.path, LINE_TOO_LONG, line=number, limit=LINE_BYTES_MAX // _MEBIBYTE)
            yield line


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise refused(path, NOT_FOUND) from None
    except (OSError, ValueError) as error:
        raise refused(path, NOT_READABLE, why=error) from None
    if stat.S_ISDIR(found.st_mode):
        raise refused(path, A_DIRECTORY)
    if not stat.S_ISREG(found.st_mode):
        raise refused(path, NOT_A_FILE)
    if found.st_size == 0:
        raise refused(path, EMPTY)
    if found.st_size > FILE_BYTES_MAX:
        raise refused(path, TOO_LARGE, limit=FILE_BYTES_MAX // _MEBIBYTE)
    return found.st_size


def _known_encoding(path: Path, encoding: str) -> str:
    try:
        b"a".decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise refused(path, UNKNOWN_ENCODING, encoding=encoding) from None
    return encoding
