"""A receipt on the screen, as its paper would be; Ctrl+P keeps it as PDF."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from seraphine_pos.devices.receipt_bars import bars
from seraphine_pos.domain.receipt import Row, Style
from seraphine_pos.ui import keys
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

PAPER_WIDTH = 400
STEP = 80
_MARGIN = 26
_BARS = 54
_BARS_GAP = 8
_QUIET = 10
_LOOKS = {
    Style.TITLE: ("line", BOLD, 28),
    Style.CENTRE: ("small", REGULAR, 20),
    Style.PLAIN: ("body", REGULAR, 23),
    Style.SMALL: ("small", REGULAR, 20),
    Style.STRONG: ("body", SEMIBOLD, 24),
    Style.TOTAL: ("key", BOLD, 34),
    Style.BARCODE: ("small", SEMIBOLD, 26),
    Style.RULE: ("small", REGULAR, 17),
}
_CENTRED = (Style.TITLE, Style.CENTRE, Style.BARCODE)


class Paper(QWidget):
    """The paper: white in both themes, as tall as its rows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[Row, ...] = ()
        self.setFixedWidth(PAPER_WIDTH)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        self._rows = tuple(rows)
        self.setFixedHeight(sum(self._height(row) for row in self._rows) + 2 * _MARGIN)
        self.setAccessibleName("\n".join(f"{row.left} {row.right}".strip() for row in self._rows))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the paper's size."""
        return QSize(PAPER_WIDTH, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows from the top."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        top = _MARGIN
        for row in self._rows:
            height = self._height(row)
            self._paint_row(painter, row, top, height)
            top += height
        painter.end()

    def _paint_row(self, painter: QPainter, row: Row, top: int, height: int) -> None:
        room = QRect(_MARGIN, top, self.width() - 2 * _MARGIN, height)
        if row.style is Style.RULE:
            painter.setPen(QPen(self._theme.colour("line-strong"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(room.left(), top + height // 2, room.right(), top + height // 2)
            return
        if row.style is Style.BARCODE:
            room.setTop(self._paint_bars(painter, row.left, top + _BARS_GAP))
        size, weight, _height = _LOOKS[row.style]
        painter.setFont(self._theme.words_font(size, weight))
        painter.setPen(self._theme.colour("muted" if row.style in (Style.SMALL, Style.CENTRE) else "ink"))
        if row.style in _CENTRED:
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, row.left)
            return
        right = QFontMetrics(painter.font()).horizontalAdvance(row.right) + 2
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        if "-" not in row.right:
            painter.setFont(self._theme.font(size, weight))
        painter.drawText(room, flags, row.right)
        painter.setFont(self._theme.words_font(size, weight))
        indent = 12 if row.style is Style.SMALL else 0
        left = room.adjusted(indent, 0, -right - 8, 0)
        painter.drawText(left, Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap, row.left)

    def _paint_bars(self, painter: QPainter, number: str, top: int) -> int:
        """Paint dark bars on white, in both themes, that a scanner reads from the screen; return where they end."""
        dark, modules = bars(number)
        width = 2 if 2 * (modules + 2 * _QUIET) <= self.width() else 1
        left = (self.width() - width * modules) // 2
        quiet = QRect(left - width * _QUIET, top, width * (modules + 2 * _QUIET), _BARS)
        painter.fillRect(quiet, QColor("white"))
        for at, wide in dark:
            painter.fillRect(left + at * width, top, wide * width, _BARS, QColor("black"))
        return top + _BARS

    def _height(self, row: Row) -> int:
        size, weight, height = _LOOKS[row.style]
        if row.style is Style.BARCODE:
            return height + _BARS + _BARS_GAP
        if not row.left:
            return height
        metrics = QFontMetrics(self._theme.font(size, weight))
        right = metrics.horizontalAdvance(row.right) + 10 if row.right else 0
        room = PAPER_WIDTH - 2 * _MARGIN - right - (12 if row.style is Style.SMALL else 0)
        flags = int(Qt.TextFlag.TextWordWrap)
        wrapped = metrics.boundingRect(QRect(0, 0, room, 1000), flags, row.left).height()
        return max(height, wrapped + height - metrics.height())


class ReceiptView(Card):
    """The paper in a scroll area with its two keys; `left` tells that the person goes back."""

    left = Signal()

    def __init__(self, theme: Theme, write_pdf: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent, margins=(20, 14, 20, 14), spacing=10)
        self._write_pdf = write_pdf
        self._paper = Paper(theme)
        self._said = Label(theme, "", tone="muted", wraps=True)
        self._area = area = QScrollArea()
        area.setWidgetResizable(False)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._paper)
        self.box.addWidget(area, 1)
        self.box.addWidget(self._said)
        self.box.addLayout(self._keys(theme))

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show a receipt."""
        self._said.setText("")
        self._said.hide()
        self._paper.show_rows(rows)

    def step(self, by: int) -> None:
        """Move the paper down (1) or up (−1)."""
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.value() + by * STEP)

    def show_problem(self, words: str) -> None:
        """Say a problem below the paper."""
        self._said.setText(words)
        self._said.show()

    def write(self) -> None:
        """Keep the receipt as PDF and say where it is."""
        self._said.setText(self._write_pdf())
        self._said.show()

    def _keys(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        pdf = KeyButton(theme, tr("Garder en PDF"), key=keys.RECEIPT.printed, icon="download", kind="primary")
        back = KeyButton(theme, tr("Revenir à la vente"), key=keys.BACK.printed)
        pdf.clicked.connect(self.write)
        back.clicked.connect(self.left)
        row.addStretch()
        row.addWidget(pdf)
        row.addWidget(back)
        row.addStretch()
        return row
