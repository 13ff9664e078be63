"""What the owner's first screen shows, as values."""

from dataclasses import dataclass, field

from seraphine_pos.ui.attention import Matter
from seraphine_pos.ui.chart import Series
from seraphine_pos.ui.figure import FigureState
from seraphine_pos.ui.insight_card import InsightState


@dataclass(frozen=True, slots=True)
class DashboardState:
    """One day of the shop in words; the empty one is shown until the first answer is there."""

    greeting: str
    subtitle: str = ""
    offline: bool = False
    figures: tuple[FigureState, ...] = ()
    insights: tuple[InsightState, ...] = ()
    insights_note: str = ""
    hours: Series = field(default_factory=lambda: Series(""))
    matters: tuple[Matter, ...] = ()
