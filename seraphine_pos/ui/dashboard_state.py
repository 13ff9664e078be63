"""What the owner's first screen shows, as values."""

from dataclasses import dataclass, field
from typing import Literal

from seraphine_pos.ui.attention import Matter
from seraphine_pos.ui.chart import Series
from seraphine_pos.ui.figure import FigureState
from seraphine_pos.ui.insight_card import InsightState


@dataclass(frozen=True, slots=True)
class DashboardState:
    """One day of the shop in words; `problem` is the sentence of a read that failed."""

    greeting: str
    subtitle: str = ""
    offline: bool = False
    phase: Literal["loading", "ready", "failed"] = "ready"
    problem: str = ""
    figures: tuple[FigureState, ...] = ()
    insights: tuple[InsightState, ...] = ()
    insights_note: str = ""
    hours: Series = field(default_factory=lambda: Series(""))
    matters: tuple[Matter, ...] = ()
