"""The value axis of a chart: round steps above the highest value, and their short labels.

Knows numbers only; painting is the chart's.
"""

from dataclasses import dataclass

STEPS_MIN = 3
STEPS_MAX = 4
_ROUND_TENTHS = (10, 20, 25, 40, 50)
_THIN_SPACE = "\u202f"


@dataclass(frozen=True, slots=True)
class Scale:
    """Equal steps from zero; `step` and `top` are minor units."""

    step: int
    steps: int

    @property
    def top(self) -> int:
        """The value at the upper end of the axis."""
        return self.step * self.steps

    def marks(self) -> tuple[int, ...]:
        """The values that get a line, from zero to the top."""
        return tuple(self.step * number for number in range(self.steps + 1))

    def share(self, value: int) -> float:
        """How high a value stands, 0 at the foot and 1 at the top."""
        return min(max(value, 0), self.top) / self.top


def scale_for(highest: int, decimals: int) -> Scale:
    """The lowest round scale that holds `highest` minor units; of two equal ones that with fewer lines."""
    unit = 10**decimals
    wanted = max(1, -(-max(highest, 0) // unit))
    fits = (
        (step * steps, steps, step)
        for steps in range(STEPS_MIN, STEPS_MAX + 1)
        for step in _round_numbers(wanted)
        if step * steps >= wanted
    )
    _, steps, step = min(fits)
    return Scale(step * unit, steps)


def _round_numbers(wanted: int) -> tuple[int, ...]:
    """1, 2, 2.5, 4 and 5 times each power of ten up to the wanted height, where they are whole."""
    powers = [10**digits for digits in range(len(str(wanted)) + 1)]
    return tuple(power * tenths // 10 for power in powers for tenths in _ROUND_TENTHS if power * tenths % 10 == 0)


def axis_label(value: int, decimals: int) -> str:
    """A whole amount in as few characters as a person reads at a glance: 800, 2,5 k, 12 k, 1,2 M."""
    major = value // 10**decimals
    if major >= 1_000_000:
        return _shortened(major, 1_000_000, "M")
    if major >= 1_000:
        return _shortened(major, 1_000, "k")
    return str(major)


def _shortened(major: int, unit: int, suffix: str) -> str:
    whole, rest = divmod(major * 10 // unit, 10)
    number = f"{whole},{rest}" if rest else str(whole)
    return f"{number}{_THIN_SPACE}{suffix}"
