"""A chart in its card, under a title that says how the period before is drawn."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.chart import Chart, Series
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class ChartCard(Card):
    """Title, note and chart; `drawn` says how the period before looks."""

    def __init__(self, theme: Theme, chart: Chart, title: str, drawn: str, parent: QWidget | None = None) -> None:
        """Make a card around an empty chart."""
        super().__init__(parent, margins=(18, 14, 18, 10), spacing=10)
        self._drawn = drawn
        self._title = Label(theme, title, weight=SEMIBOLD)
        self._note = Label(theme, tone="muted")
        self._chart = chart
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addWidget(self._note, 1)
        self.box.addLayout(head)
        self.box.addWidget(chart, 1)

    @property
    def chart(self) -> Chart:
        """The chart inside."""
        return self._chart

    def show_series(self, series: Series) -> None:
        """Show these points under their own title."""
        if series.title:
            self._title.setText(series.title)
        self._note.setText(f"· {self._drawn}\xa0: {series.against}" if series.against else "")
        self._chart.show_series(series)
