"""How the measurement beside slow clients counts; what it measures is measured by hand, at a calm moment."""

from tests.security.slow_bodies import Taken, percentile


def test_percentiles_are_of_the_nearest_rank() -> None:
    spent = [float(number) for number in range(1, 201)]
    assert [percentile(spent, percent) for percent in (1, 50, 99, 100)] == [2, 100, 198, 200]
    assert percentile([7.0], 99) == 7


def test_a_line_tells_all_rounds_together_and_how_far_they_differ() -> None:
    said = Taken([[0.001] * 100, [0.002] * 100]).told("without")
    assert "200 requests" in said
    assert "p50   1.00 ms (rounds 1.00 to 2.00)  p99   2.00 ms (rounds 1.00 to 2.00)" in said
