"""A figure beside its reference, and what is asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.bench.figure import P50, P99, Figure, percentile


@pytest.mark.parametrize(
    ("value", "more_is_better", "verdict"),
    [(1.5, False, "aim"), (1.6, False, "enough"), (2.6, False, "short"), (2.6, True, "aim"), (1.0, True, "short")],
)
def test_a_ratio_is_judged_by_what_is_asked(value: float, *, more_is_better: bool, verdict: str) -> None:
    asked = (1.2, 2.5) if more_is_better else (2.5, 1.5)
    figure = Figure("x", "µs", value * 10, 10, *asked, more_is_better=more_is_better)
    assert figure.ratio == pytest.approx(value)
    assert figure.verdict == verdict
    assert figure.as_json()["verdict"] == verdict


def test_percentiles_of_known_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, P50), percentile(values, P99), percentile(values, 100)) == (50, 99, 100)
    assert percentile([7.0], P50) == percentile([7.0], P99) == 7


@given(st.lists(st.integers(0, 9).map(float), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
