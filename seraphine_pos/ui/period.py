"""The picker of a day or a range: presets in a menu, any two dates below them."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.period_dates import PeriodDates
from seraphine_pos.ui.span import Preset, Span, preset_name, span_name, span_of
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_CHEVRON: Final = 16
_PADDING: Final = 14
# The style sheet centres the words; these spaces keep the chevron's place free.
_CHEVRON_ROOM: Final = "\u2003\u2002"


class Period(Button):
    """A button that names the span shown; pressing it offers others."""

    chosen = Signal(object)

    def __init__(
        self,
        theme: Theme,
        today: Callable[[], date],
        *,
        presets: tuple[Preset, ...] = tuple(Preset),
        free: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Make a picker that stands on today; `free` adds the two dates."""
        super().__init__(theme, "", icon="calendar", parent=parent)
        self._today = today
        self._menu = QMenu(self)
        self._dates = PeriodDates(theme, self)
        for preset in presets:
            self._menu.addAction(preset_name(preset), partial(self._choose_preset, preset))
        if free:
            self._menu.addSeparator()
            self._menu.addAction(tr("Du … au …"), self._ask_dates)
        self._dates.chosen.connect(self._choose)
        self.clicked.connect(self._offer)
        self.show_span(span_of(Preset.TODAY, today()))

    @property
    def span(self) -> Span:
        """The span that is shown."""
        return self._span

    def show_span(self, span: Span) -> None:
        """Name another span on the button."""
        self._span = span
        self.setText(span_name(span, self._today()) + _CHEVRON_ROOM)
        self.setAccessibleName(tr("Période : {name}", name=span_name(span, self._today())))

    def rest(self, words: str = "") -> None:
        """Name what stands instead of the span, and offer none; without words the span counts again."""
        self.setEnabled(not words)
        if words:
            self.setText(words + _CHEVRON_ROOM)
            self.setAccessibleName(tr("Période : {name}", name=words))
        else:
            self.show_span(self._span)

    def begin_anew(self) -> None:
        """Stand on today again; nothing is emitted."""
        self.show_span(span_of(Preset.TODAY, self._today()))
        self._dates.hide()

    def menu_of_presets(self) -> QMenu:
        """The menu the button opens."""
        return self._menu

    def dates(self) -> PeriodDates:
        """The pair of dates the last entry opens."""
        return self._dates

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button, and the chevron that says that it opens."""
        super().paintEvent(event)
        painter = QPainter(self)
        chevron = self._theme.pixmap("chevron-down", "ink", _CHEVRON)
        painter.drawPixmap(self.width() - _CHEVRON - _PADDING, (self.height() - _CHEVRON) // 2, chevron)
        painter.end()

    def _offer(self) -> None:
        self._menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    def _ask_dates(self) -> None:
        self._dates.ask(self._span, self._today(), self.mapToGlobal(QPoint(0, self.height() + 4)))

    def _choose_preset(self, preset: Preset) -> None:
        self._choose(span_of(preset, self._today()))

    def _choose(self, span: Span) -> None:
        self.show_span(span)
        self.chosen.emit(span)
