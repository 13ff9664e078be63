"""What a measurement comes to: a value beside its bare reference of the same run, and what is asked of their ratio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

P50 = 50
P99 = 99


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result; a ratio above 1 is more than the bare reference takes, or does."""

    name: str
    unit: str
    value: float
    reference: float
    at_least: float
    aim: float
    more_is_better: bool = False
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Return how many times the bare reference this is."""
        return self.value / self.reference

    @property
    def verdict(self) -> str:
        """Return ``aim``, ``enough`` or ``short`` of what is asked for."""
        for asked, word in ((self.aim, "aim"), (self.at_least, "enough")):
            if (self.ratio >= asked) if self.more_is_better else (self.ratio <= asked):
                return word
        return "short"

    def as_json(self) -> dict[str, object]:
        """Return the line for JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": round(self.value, 3),
            "reference": round(self.reference, 3),
            "ratio": round(self.ratio, 2),
            "at_least": self.at_least,
            "aim": self.aim,
            "verdict": self.verdict,
            **({"detail": dict(self.detail)} if self.detail else {}),
        }


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that this many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]
