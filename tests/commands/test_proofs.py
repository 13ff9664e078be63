"""What ``verify`` prints of a day: both sides, each ticket that differs, and no claim where nobody compared."""

from dataclasses import replace

import pytest

from seraphine_pos.commands.proofs import said
from seraphine_pos.domain.day_proof import DayProof, Difference, Fault
from seraphine_pos.domain.proof import Proof

ALL = Proof("2026-11-17", "t1", 214, 1_250_000, "a" * 64)
MOST = Proof("2026-11-17", "t1", 213, 1_240_000, "b" * 64)
DAY = DayProof("2026-11-17", "t1", "A1", ALL, ALL)
DIFFERENT = replace(DAY, counted=MOST)


def lost(count: int) -> tuple[Difference, ...]:
    return tuple(Difference(f"A1-7QK-{42 + no:06d}", f"e{no}", Fault.NOT_THERE) for no in range(count))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (DAY, "214 of 214, equal"),
        (replace(DIFFERENT, differences=lost(1)), "213 of 214, A1-7QK-000042 is missing on the server"),
        (
            replace(DIFFERENT, differences=(Difference("A1-7QK-000050", "e", Fault.WAITING),)),
            "213 of 214, A1-7QK-000050 has not been sent yet",
        ),
        (
            replace(DIFFERENT, differences=()),
            "213 of 214, the same tickets and other totals: run rebuild on both sides",
        ),
        (DIFFERENT, "213 of 214, different: the report of this day alone names the tickets"),
        (
            replace(DIFFERENT, told_at_ms=5),
            "213 of 214, different: run verify on that till to see which tickets",
        ),
        (
            replace(DAY, rung=MOST, told_at_ms=5, same=True),
            "214 of 213, equal when the till last told, more has come since",
        ),
        (replace(DAY, rung=None), "214 on the server, the till has told nothing yet"),
        (replace(DAY, counted=None), "214, not compared"),
    ],
)
def test_a_day_is_said_in_one_line(day: DayProof, words: str) -> None:
    assert said(day) == f"2026-11-17 Tue  A1    {words}"


def test_a_long_list_is_cut_and_its_length_said() -> None:
    line = said(replace(DIFFERENT, differences=lost(25)))
    assert line.count("is missing on the server") == 20
    assert line.endswith("; and 5 more")
