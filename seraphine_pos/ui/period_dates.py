"""Two dates under the picker of a period: from when, until when."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QLocale, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QDateEdit, QGridLayout, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.span import Span, span_between
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_CALENDAR_PX: Final = QSize(340, 280)


def dress(field: QDateEdit, theme: Theme) -> None:
    """Make the field's calendar speak French, begin on Monday, and show all its days in one ink."""
    field.setLocale(QLocale(QLocale.Language.French))
    calendar = field.calendarWidget()
    calendar.setLocale(field.locale())
    calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
    calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames)
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    calendar.setMinimumSize(_CALENDAR_PX)
    plain = QTextCharFormat()
    plain.setForeground(theme.colour("ink"))
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, plain)


class PeriodDates(Card):
    """A small sheet that closes by itself when something else is pressed."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make the sheet, hidden."""
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.Popup)
        self._start, self._end = QDateEdit(), QDateEdit()
        grid = QGridLayout()
        grid.setSpacing(10)
        for row, (words, field) in enumerate(((tr("Du"), self._start), (tr("au"), self._end))):
            field.setCalendarPopup(True)
            dress(field, theme)
            field.setDisplayFormat("dd/MM/yyyy")
            field.setMinimumWidth(170)
            field.setAccessibleName(words)
            grid.addWidget(Label(theme, words, tone="muted"), row, 0)
            grid.addWidget(field, row, 1)
        self._theme = theme
        show = Button(theme, tr("Afficher"), kind="primary")
        show.clicked.connect(self._on_show)
        self.box.addLayout(grid)
        self.box.addSpacing(4)
        self.box.addWidget(show)

    def ask(self, span: Span, latest: date, where: QPoint) -> None:
        """Open with these dates; none after `latest` can be chosen."""
        for field, day in ((self._start, span.start), (self._end, span.end)):
            dress(field, self._theme)
            field.setMaximumDate(QDate(latest.year, latest.month, latest.day))
            field.setDate(QDate(day.year, day.month, day.day))
        self.move(where)
        self.show()
        self._start.setFocus()

    def fields(self) -> tuple[QDateEdit, QDateEdit]:
        """The two fields, first day and last day."""
        return self._start, self._end

    def _on_show(self) -> None:
        self.hide()
        start, end = (date(*field.date().getDate()) for field in self.fields())
        self.chosen.emit(span_between(start, end))
