"""All keys on one sheet, over the page, until a key or a touch."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.keycap import Keycap
from seraphine_pos.ui.keys import HELP_SHEET, Key
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class HelpSheet(QWidget):
    """A veil with a card of the keys; it takes the size of its parent."""

    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.hide()
        sheet = Card(margins=(32, 26, 32, 28), spacing=18)
        sheet.box.addWidget(Label(theme, tr("Les touches de la caisse"), size="title", weight=SEMIBOLD))
        columns = QGridLayout()
        columns.setHorizontalSpacing(40)
        for place, group in enumerate(HELP_SHEET):
            columns.addLayout(self._group(theme, group), 0, place, Qt.AlignmentFlag.AlignTop)
        sheet.box.addLayout(columns)
        note = tr("Un scan n’appuie jamais sur une touche : il ajoute l’article, où que l’on soit.")
        sheet.box.addWidget(Label(theme, note, tone="muted"))
        outer = QVBoxLayout(self)
        outer.addStretch()
        outer.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch()

    def toggle(self) -> None:
        """Show the sheet, or take it away."""
        if self.isVisible():
            self.hide()
            return
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the veil."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(8, 16, 13, 120))
        painter.end()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Leave at a touch."""
        self.hide()
        self.left.emit()

    def _group(self, theme: Theme, group: tuple[Key, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(10)
        grid.setHorizontalSpacing(12)
        for row, key in enumerate(group):
            does = Label(theme, tr(key.does), wraps=True)
            does.setFixedWidth(230)
            grid.addWidget(Keycap(theme, key.printed), row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(does, row, 1)
        return grid
