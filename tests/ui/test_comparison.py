"""A change is said in percent, and is good news only where an owner hopes for it."""

import pytest

from seraphine_pos.ui.comparison import Comparison, Wish, compared, counted


@pytest.mark.parametrize(
    ("now", "before", "wish", "expected"),
    [
        (1124, 1000, Wish.UP, Comparison("+12,4\u202f%", "good", 124)),
        (982, 1000, Wish.UP, Comparison("−1,8\u202f%", "warn", -18)),
        (1140, 1000, Wish.DOWN, Comparison("+14\u202f%", "warn", 140)),
        (500, 1000, Wish.DOWN, Comparison("−50\u202f%", "good", -500)),
        (500, 1000, Wish.NONE, Comparison("−50\u202f%", "muted", -500)),
        (7, 7, Wish.UP, Comparison("=", "muted", 0)),
        (0, 0, Wish.UP, Comparison("=", "muted", None)),
        (7, 0, Wish.UP, Comparison("nouveau", "muted", None)),
        (7, -3, Wish.UP, Comparison("nouveau", "muted", None)),
        (30_000, 1000, Wish.UP, Comparison("×\u202f30", "good", 29_000)),
        (0, 1000, Wish.UP, Comparison("−100\u202f%", "warn", -1000)),
    ],
)
def test_a_change_of_an_amount(now: int, before: int, wish: Wish, expected: Comparison) -> None:
    assert compared(now, before, wish) == expected


@pytest.mark.parametrize(
    ("now", "before", "words", "tone"),
    [(184, 175, "+9", "good"), (170, 175, "−5", "warn"), (3, 3, "=", "muted"), (3, 0, "+3", "good")],
)
def test_a_change_of_a_count(now: int, before: int, words: str, tone: str) -> None:
    change = counted(now, before)
    assert (change.words, change.tone) == (words, tone)
