"""The rows of a CSV text, whatever is damaged in it.

It knows lines and quotes; where the text comes from and what its columns mean is not known here.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from seraphine_pos.domain.reason import Reason, Wording, because

ROW_LINES_MAX: Final = 50
DELIMITERS: Final = (",", ";", "\t", "|")
# A line of this kind before the header tells Excel the delimiter, and other programs write it for Excel.
SAID_TO_EXCEL: Final = re.compile(r'"?sep=([,;\t|])"?[ \r\n]*', re.IGNORECASE)

BROKEN = Wording(
    "ligne CSV abîmée, guillemets mal fermés ? ({why})",
    "broken CSV line, is a quote not closed? ({why})",
    kind="broken CSV line",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the line it starts on; a row with a fault holds its line as it stands, uncut."""

    line: int
    fields: tuple[str, ...]
    fault: Reason | None = None


def parse(lines: Iterable[str], delimiter: str | None = None) -> Iterator[Row]:
    """Yield the rows of a CSV text; the first one says which delimiter and how many columns there are.

    A line ``sep=;`` before it says the delimiter, and is no row.

    A quote that is not closed spoils its own line only: that line is a row with a fault, and the
    next line begins a new row. Blank lines are passed over.
    """
    source = _Lines(lines)
    first, said = source.peek(), ""
    if first is not None and (match := SAID_TO_EXCEL.fullmatch(first)):
        said = match[1]
        next(source)
        source.settle()
        first = source.peek()
    if first is None:
        return
    sign = delimiter or said or delimiter_of(first)
    reader = csv.reader(source, delimiter=sign, strict=True)
    width = 0
    while True:
        line = source.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooManyLines) as error:
            yield Row(line, (source.retreat(),), because(BROKEN, why=error))
            reader = csv.reader(source, delimiter=sign, strict=True)
            continue
        width = width or len(fields)
        if source.taken > 1 and len(fields) != width:
            # A quote left open on one line was closed by one on a later line: the lines between
            # them are rows of their own.
            yield Row(line, (source.retreat(),), because(BROKEN, why=f"{len(fields)}/{width}"))
            reader = csv.reader(source, delimiter=sign, strict=True)
            continue
        source.settle()
        if fields:
            yield Row(line, tuple(fields))


def delimiter_of(header: str) -> str:
    """Return the delimiter that stands most often in a header line; a comma when there is none."""
    return max(DELIMITERS, key=header.count)


class _TooManyLines(Exception):
    """A row does not end."""


class _Lines:
    """The lines of a text, which can go back to the second line of the row being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rest = iter(lines)
        self._returned: list[str] = []
        self._row: list[str] = []
        self.number = 0

    @property
    def taken(self) -> int:
        """Return how many lines the row being read has taken."""
        return len(self._row)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self._row) >= ROW_LINES_MAX:
            message = f"{ROW_LINES_MAX} lines"
            raise _TooManyLines(message)
        line = self._returned.pop() if self._returned else next(self._rest)
        self._row.append(line)
        self.number += 1
        return line

    def peek(self) -> str | None:
        """Return the first line without taking it."""
        line = next(self._rest, None)
        if line is not None:
            self._returned.append(line)
        return line

    def settle(self) -> None:
        """Forget the lines of a row that was read well."""
        self._row.clear()

    def retreat(self) -> str:
        """Return the first line of the row being read and give the other ones back."""
        first, *others = self._row
        self._returned.extend(reversed(others))
        self.number -= len(others)
        self._row.clear()
        return first.rstrip("\r\n")
