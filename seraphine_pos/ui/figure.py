"""One big number with what it is compared with, and the line it grew from."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.label import Label, Tone
from seraphine_pos.ui.sparkline import Sparkline
from seraphine_pos.ui.text import NO_BREAK_SPACE
from seraphine_pos.ui.theme import BOLD, SEMIBOLD, Theme

LETTERS_LARGE: Final = 11


@dataclass(frozen=True, slots=True)
class FigureState:
    """A figure in words; `series` runs from old to new, or is empty; with `open_end` its last value still grows."""

    label: str
    value: str
    unit: str = ""
    change: str = ""
    tone: Tone = "muted"
    against: str = ""
    series: tuple[int, ...] = ()
    open_end: bool = False


class Figure(Card):
    """A card with one figure; `large` adds the sparkline."""

    def __init__(self, theme: Theme, *, large: bool = False, parent: QWidget | None = None) -> None:
        """Make a card without a figure."""
        super().__init__(parent, margins=(18, 16, 18, 14) if large else (16, 14, 16, 12), spacing=4)
        self._theme = theme
        self._sizes = ("figure", "title") if large else ("title", "key")
        self._label = Label(theme, tone="muted")
        self._value = Label(theme, size=self._sizes[0], weight=BOLD)
        self._unit = Label(theme, size="field", weight=SEMIBOLD, tone="muted")
        self._change = Label(theme, size="small", weight=SEMIBOLD)
        self._against = Label(theme, size="small", tone="muted")
        self._sparkline = Sparkline(theme, self)
        self._sparkline.setVisible(large)
        self.box.addWidget(self._label)
        self.box.addLayout(_beside(self._value, self._unit, 6))
        self.box.addLayout(_beside(self._change, self._against, 8))
        if large:
            self.box.addSpacing(4)
        self.box.addWidget(self._sparkline)
        self.box.addStretch(1)

    def show_figure(self, state: FigureState) -> None:
        """Show this figure."""
        self._label.setText(state.label)
        self._value.setText(state.value)
        self._value.setFont(self._theme.font(self._sizes[len(state.value) > LETTERS_LARGE], BOLD))
        self._unit.setText(state.unit)
        self._unit.setVisible(bool(state.unit))
        self._change.setText(state.change)
        self._change.setVisible(bool(state.change))
        self._change.set_tone(state.tone)
        self._against.setText(state.against)
        self._sparkline.show_values(state.series, open_end=state.open_end)
        words = (state.label, state.value, state.unit, state.change, state.against)
        self.setAccessibleName(NO_BREAK_SPACE.join(word for word in words if word))


def _beside(first: Label, second: Label, gap: int) -> QHBoxLayout:
    """Two labels on one baseline."""
    drop = QFontMetrics(first.font()).descent() - QFontMetrics(second.font()).descent()
    second.setContentsMargins(0, 0, 0, max(drop, 0))
    second.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    row = QHBoxLayout()
    row.setSpacing(gap)
    row.addWidget(first, 0, Qt.AlignmentFlag.AlignBottom)
    row.addWidget(second, 1, Qt.AlignmentFlag.AlignBottom)
    return row
