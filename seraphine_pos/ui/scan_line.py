"""The line on top of the till: what a person types, a number waiting for its meaning, and how many of the next scan."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from seraphine_pos.domain.barcode import CODE_MAX
from seraphine_pos.ui import keys, text
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.keycap import Keycap
from seraphine_pos.ui.keypad import BACKSPACE, CLEAR, TIMES
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, Theme

HEIGHT = 52
_CODE_LETTERS = 20
_TIMES = frozenset({"*", TIMES, "x", "X"})


class _Field(QLineEdit):
    """A line edit that gives the keys of the list away."""

    stepped = Signal(int)
    times = Signal()
    remove = Signal()

    def event(self, event: QEvent) -> bool:
        """Leave the till's own shortcuts alone, which a line edit would take: Ctrl+K, Ctrl+Del, Del when empty."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._leaves(event):
            event.ignore()
            return False
        return super().event(event)

    def _leaves(self, event: QKeyEvent) -> bool:
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            return event.key() in (Qt.Key.Key_K, Qt.Key.Key_Delete, Qt.Key.Key_P)
        return event.key() == Qt.Key.Key_Delete and not self.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take up and down for the list, and × after a number."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.text() == "*" or (event.text() in _TIMES and self.text().replace(",", "").isdigit()):
            self.times.emit()
        else:
            super().keyPressEvent(event)


class ScanLine(Card):
    """The field with its icon, its key and the multiplier chip."""

    submitted = Signal(str)
    changed = Signal(str)
    stepped = Signal(int)
    times = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, across=True, margins=(17, 0, 17, 0), spacing=12)
        self.setFixedHeight(HEIGHT)
        self._field = _Field(self)
        self._field.setProperty("bare", True)
        self._field.setFont(theme.font("field"))
        self._field.setMaxLength(CODE_MAX)
        self._field.setAccessibleName(tr("Code, nom ou nombre"))
        self._times = Label(theme, "", size="key", weight=BOLD, tone="brand-deep")
        self._times.hide()
        self._code = Label(theme, "", weight=BOLD, tone="brand-deep")
        self._code.hide()
        self.box.addWidget(Icon(theme, "scan-barcode", "muted", size=22))
        self.box.addWidget(self._times)
        self.box.addWidget(self._code)
        self.box.addWidget(self._field, 1)
        self.box.addWidget(Keycap(theme, keys.SEARCH.printed))
        self.show_code("")
        self.setFocusProxy(self._field)
        self._field.textEdited.connect(self.changed)
        self._field.returnPressed.connect(lambda: self.submitted.emit(self._field.text().strip()))
        self._field.stepped.connect(self.stepped)
        self._field.times.connect(self.times)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.text().strip()

    def clear(self) -> None:
        """Empty the field."""
        if self._field.text():
            self._field.clear()
            self.changed.emit("")

    def search(self) -> None:
        """Take the focus, with what is typed chosen so that the next letter replaces it."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def press(self, key: str) -> None:
        """Take a key of the keypad."""
        if key == TIMES:
            self.times.emit()
        elif key == CLEAR:
            self.clear()
        elif key == BACKSPACE:
            self._field.backspace()
            self.changed.emit(self._field.text())
        else:
            self._field.insert(key)
            self.changed.emit(self._field.text())

    def show_times(self, quantity: int) -> None:
        """Show how many the next scan sells, in thousandths; 0 shows nothing."""
        self._times.setText(f"{text.quantity(quantity)} ×" if quantity else "")
        self._times.setVisible(bool(quantity))

    def show_code(self, code: str) -> None:
        """Say that the next product picked gets this code; "" says that it is sold as usual."""
        self._code.setText(tr("Associer {code} à :", code=text.shortened(code, _CODE_LETTERS)) if code else "")
        self._code.setVisible(bool(code))
        self._field.setPlaceholderText(tr("Nom de l’article") if code else tr("Scannez, ou cherchez un article"))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the focus on to the field."""
        self._field.setFocus(event.reason())
