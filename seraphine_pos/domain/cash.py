"""Notes and coins: quick amounts for the keys, and the change in pieces."""

from collections.abc import Mapping
from typing import Final

_PIECES: Final[Mapping[str, tuple[int, ...]]] = {
    "MAD": (20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5),
    "EUR": (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "GBP": (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "USD": (10000, 5000, 2000, 1000, 500, 100, 25, 10, 5, 1),
    "TND": (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5),
}
_NOTE_FROM: Final[Mapping[str, int]] = {"MAD": 1000, "TND": 5000}
QUICK_NOTES: Final = 4


def pieces(currency: str) -> tuple[int, ...]:
    """Return the notes and coins of a currency, the largest first, in minor units."""
    return _PIECES.get(currency, _PIECES["EUR"])


def quick_notes(due: int, currency: str) -> tuple[int, ...]:
    """Return four round amounts above what is due, as customers hand them over."""
    notes = [piece for piece in pieces(currency) if piece >= _NOTE_FROM.get(currency, 500)]
    if due <= 0:
        return tuple(sorted(notes)[:QUICK_NOTES])
    rounded = {-(-due // note) * note for note in notes} - {due}
    step = notes[min(1, len(notes) - 1)]
    following = max(rounded, default=-(-due // step) * step)
    while len(rounded) < QUICK_NOTES:
        following = (following // step + 1) * step
        rounded.add(following)
    return tuple(sorted(rounded)[:QUICK_NOTES])


def in_pieces(amount: int, currency: str) -> tuple[tuple[int, int], ...]:
    """Return an amount as (count, piece), the largest first; what no piece fits is left out."""
    counted = []
    for piece in pieces(currency):
        count, amount = divmod(amount, piece)
        if count:
            counted.append((count, piece))
    return tuple(counted)
