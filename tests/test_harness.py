"""The words that every harness ends with."""

import io

import pytest

from tests import harness


@pytest.mark.parametrize(("passed", "failed", "code"), [(3, 0, 0), (3, 1, 1), (0, 1, 1), (0, 0, 1)])
def test_a_run_ends_with_one_line_and_fails_with_any_failure(passed: int, failed: int, code: int) -> None:
    said = io.StringIO()
    assert harness.finish(passed, failed, said) == code
    assert said.getvalue() == f"{passed} passed, {failed} failed\n"


def test_a_failure_is_told_with_the_line_that_does_it_again() -> None:
    said = io.StringIO()
    harness.failure(7, "a sale is lost", "python -m tests.simulation --seeds 1 --first-seed 7", said)
    assert said.getvalue().splitlines() == [
        "seed 7 failed: a sale is lost",
        "  again: python -m tests.simulation --seeds 1 --first-seed 7",
    ]


def test_a_log_hears_of_progress_only_after_a_while() -> None:
    said = io.StringIO()
    with harness.progress("seeds", said) as shown:
        shown(1, 2)
    assert said.getvalue() == ""
