"""Tails and bounds agree with what tables and exact fractions say."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.findings import chance


@given(st.integers(0, 60), st.integers(0, 61), st.integers(1, 99))
def test_a_tail_is_the_sum_of_its_exact_parts(trials: int, successes: int, percent: int) -> None:
    p = Fraction(percent, 100)
    exact = sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes, trials + 1))
    assert chance.tail(successes, trials, float(p)) == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


def test_a_tail_of_many_trials_neither_overflows_nor_takes_long() -> None:
    assert chance.tail(50_300, 100_000, 0.5) == pytest.approx(0.0290, abs=0.0003)
    assert chance.tail(100_000, 100_000, 1e-9) == 0.0


@pytest.mark.parametrize(
    ("successes", "trials", "bound"),
    [(0, 10, 0.0), (10, 10, 0.7411), (5, 10, 0.2224), (50, 100, 0.4137)],  # Clopper and Pearson's tables, one side
)
def test_a_lower_bound_is_that_of_clopper_and_pearson(successes: int, trials: int, bound: float) -> None:
    assert chance.lower_bound(successes, trials, 0.05) == pytest.approx(bound, abs=0.0001)


def test_adjusted_chances_are_those_of_benjamini_and_hochberg() -> None:
    found = chance.adjusted([0.01, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert chance.adjusted([]) == []


def test_counts_that_scatter_as_chance_does_have_a_dispersion_of_one() -> None:
    assert chance.dispersion([5, 5, 5, 5], [10, 10, 10, 10], shop=1.0) == 1.0
    assert chance.dispersion([0, 10, 0, 10], [10, 10, 10, 10], shop=1.0) > 1.5
    assert chance.pearson([0, 0], [1, 1]) is None


def test_more_scatter_never_makes_a_rise_surer() -> None:
    rises = [
        (recent, before)
        for recent in range(1, 41)
        for before in range(1, 41)
        if chance.rising_chance(recent, before, 0.2, 1.0) < 0.05
    ]
    assert len(rises) > 500
    for recent, before in rises:
        surest = chance.rising_chance(recent, before, 0.2, 1.0)
        assert chance.rising_chance(recent, before, 0.2, 1.5) > surest
        assert chance.rising_chance(recent, before, 0.2, 2.0) > surest
