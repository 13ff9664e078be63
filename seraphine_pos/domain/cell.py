"""Text in a cell of a table that a spreadsheet opens: never a formula, whatever somebody called a product."""

import unicodedata
from typing import Final

# Behind one of these some programs look for a formula.
_BEFORE: Final = frozenset("\t\r\n\0")
_SIGNS: Final = frozenset("=+-@\u2212")
QUOTE: Final = "'"


def harmless(text: str) -> str:
    """Return the text as a cell can hold it: one that would run as a formula begins with a quote.

    So does one that is such a text behind quotes already: no two texts become the same cell.
    """
    return QUOTE + text if _runs(text.lstrip(QUOTE)) else text


def unguarded(cell: str) -> str:
    """Return the text that a cell of ``harmless`` was made of."""
    return cell[1:] if cell.startswith(QUOTE) and _runs(cell.lstrip(QUOTE)) else cell


def _runs(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula; wide and small forms of a sign are signs."""
    for letter in text:
        if letter in _BEFORE:
            return True
        if not (letter.isspace() or unicodedata.category(letter) in {"Cc", "Cf"}):
            return unicodedata.normalize("NFKC", letter)[:1] in _SIGNS
    return False
