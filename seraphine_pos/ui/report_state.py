"""What the reports page shows, as values."""

from dataclasses import dataclass, field
from enum import StrEnum

from seraphine_pos.ui.chart import Series
from seraphine_pos.ui.figure import FigureState
from seraphine_pos.ui.label import Tone
from seraphine_pos.ui.table_state import TableState


class Tab(StrEnum):
    """The tables of a report; the first is shown beside the chart."""

    SUMMARY = "summary"
    PRODUCTS = "products"
    HOURS = "hours"
    OPERATORS = "operators"
    TENDERS = "tenders"
    TAXES = "taxes"
    PROOFS = "proofs"


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far one till's entries are in the figures, and what comparing its days came to."""

    label: str
    words: str
    tone: Tone = "muted"
    control: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """What comparing a till's days with the server came to."""

    words: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class ReportState:
    """A report in words; `at_least` says that more was sold than it could count, empty where it counted all."""

    source: str
    offline: bool = False
    one_day: bool = False
    figures: tuple[FigureState, ...] = ()
    chart: Series = field(default_factory=lambda: Series(""))
    tables: dict[Tab, TableState] = field(default_factory=dict)
    tills: tuple[Completeness, ...] = ()
    at_least: str = ""
