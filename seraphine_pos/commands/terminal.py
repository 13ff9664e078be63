"""What a command writes and where: results on standard output, notes, progress and trouble on standard error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from seraphine_pos.domain.clock import Clock
from seraphine_pos.progress import Progress

DONE: Final = 0
FOUND: Final = 1
REFUSED: Final = 2

GAP: Final = "  "


class Unusable(Exception):
    """The command cannot do what was asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The two streams of a command, and the clock that its progress goes by."""

    out: TextIO
    err: TextIO
    clock: Clock

    def say(self, text: str = "") -> None:
        """Write a line of the result."""
        self.out.write(f"{text}\n")

    def tell(self, text: str) -> None:
        """Write a note for whoever watches, apart from the result."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def progress(self, label: str) -> Progress:
        """Return a bar for long work."""
        return Progress(label, self.err, self.clock)

    def table(self, rows: Sequence[Sequence[str]], heading: Sequence[str] = ()) -> None:
        """Write rows in columns: the first to the left, figures to the right."""
        whole = [*([heading] if heading else []), *rows]
        if not whole:
            return
        widths = [max(len(row[place]) for row in whole) for place in range(len(whole[0]))]
        for number, row in enumerate(whole):
            cells = (
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            self.say(GAP.join(cells).rstrip())
            if heading and number == 0:
                self.say(GAP.join("-" * width for width in widths))
