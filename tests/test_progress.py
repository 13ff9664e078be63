"""How far long work is."""

import io

from seraphine_pos.progress import LINE_MS, REDRAW_MS, Progress


class SteppingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at_ms = 1_000_000

    def now_ms(self) -> int:
        return self.at_ms

    def boot_ms(self) -> int:
        return self.at_ms


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_fills() -> None:
    clock, stream = SteppingClock(), Terminal()
    with Progress("Ring", stream, clock) as progress:
        progress(0, 1000)
        progress(1, 1000)
        clock.at_ms += REDRAW_MS
        progress(500, 1000)
        progress(1000, 1000)
    drawn = stream.getvalue().split("\r")
    assert drawn[1] == "Ring [..............................] 0 of 1,000 (0 %)"
    assert drawn[2] == "Ring [###############...............] 500 of 1,000 (50 %)"
    assert len(drawn) == 5
    assert drawn[-1].endswith("1,000 of 1,000 (100 %)\n")


def test_a_log_has_a_line_every_few_seconds_and_no_bar() -> None:
    clock, stream = SteppingClock(), io.StringIO()
    with Progress("Ring", stream, clock) as progress:
        for done in range(10):
            progress(done, 10)
            clock.at_ms += LINE_MS // 2
    assert stream.getvalue().splitlines() == [f"Ring: {done} of 10 ({done}0 %)" for done in (2, 4, 6, 8)]


def test_an_unknown_total_counts_up() -> None:
    stream = Terminal()
    with Progress("Read", stream, SteppingClock()) as progress:
        progress(12_345, 0)
    assert stream.getvalue() == "\rRead: 12,345\rRead: 12,345\n"
