"""The axis of a chart covers its values with round steps and writes them short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.ui.scale import STEPS_MAX, STEPS_MIN, axis_label, scale_for


@pytest.mark.parametrize(
    ("highest", "decimals", "marks"),
    [
        (1_120_000, 2, (0, 400_000, 800_000, 1_200_000)),
        (0, 2, (0, 100, 200, 300)),
        (2_000, 0, (0, 500, 1_000, 1_500, 2_000)),
        (7, 0, (0, 2, 4, 6, 8)),
        (9_900, 3, (0, 4_000, 8_000, 12_000)),
    ],
)
def test_steps_are_round(highest: int, decimals: int, marks: tuple[int, ...]) -> None:
    assert scale_for(highest, decimals).marks() == marks


@given(highest=st.integers(min_value=-10, max_value=10**14), decimals=st.sampled_from([0, 2, 3]))
def test_the_axis_holds_the_highest_value_without_wasting_half_of_the_height(highest: int, decimals: int) -> None:
    scale = scale_for(highest, decimals)
    assert scale.top >= highest
    assert STEPS_MIN <= scale.steps <= STEPS_MAX
    assert scale.top <= max(2 * highest, 3 * 10**decimals)


def test_a_value_stands_between_foot_and_top() -> None:
    scale = scale_for(10_000, 2)
    assert scale.share(-5) == 0
    assert scale.share(scale.top // 2) == pytest.approx(0.5)
    assert scale.share(scale.top * 3) == 1


@pytest.mark.parametrize(
    ("value", "decimals", "label"),
    [
        (0, 2, "0"),
        (80_000, 2, "800"),
        (250_000, 2, "2,5\u202fk"),
        (1_200_000, 2, "12\u202fk"),
        (120_000_000, 2, "1,2\u202fM"),
        (500, 0, "500"),
    ],
)
def test_labels_are_short(value: int, decimals: int, label: str) -> None:
    assert axis_label(value, decimals) == label
