"""A table as values: columns, and rows of cells that carry their words and what they are sorted by."""

from dataclasses import dataclass

from seraphine_pos.ui.label import Tone


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; figures stand on the right, one wide column takes the room that is left."""

    title: str
    figures: bool = True
    wide: bool = False
    px: int = 124


@dataclass(frozen=True, slots=True)
class Cell:
    """The words of a cell, what sorts it, and how it is shown."""

    words: str
    sort: int | str
    tone: Tone = "ink"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class TableState:
    """Rows in their first order; `keys` says what each row is about, `opens` that its last cell leads there.

    With `opens`, a row without a key leads nowhere.
    """

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    keys: tuple[str, ...] = ()
    opens: bool = False
