"""What stands around the pages once somebody is signed in: the rail, the status bar, the page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.ui.places import BELOW, places
from seraphine_pos.ui.rail import Rail
from seraphine_pos.ui.status_bar import StatusBar
from seraphine_pos.ui.theme import Theme


class Shell(QWidget):
    """Rail at the side, chips on top, one page; a page is made when it is first visited."""

    def __init__(self, theme: Theme, make: Callable[[str], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make = make
        self._pages: dict[str, QWidget] = {}
        self.current = ""
        self.rail = Rail(theme, places())
        self.status = StatusBar(theme)
        self._stack = QStackedWidget()
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.status)
        column.addWidget(self._stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(column, 1)
        self.rail.went.connect(self.go)

    def page(self, name: str) -> QWidget:
        """Return a page, made now if this is the first visit."""
        if name not in self._pages:
            self._pages[name] = self._make(name)
            self._stack.addWidget(self._pages[name])
        return self._pages[name]

    def made(self) -> tuple[QWidget, ...]:
        """Return the pages made so far."""
        return tuple(self._pages.values())

    def go(self, name: str) -> None:
        """Show a page and let it look again."""
        page = self.page(name)
        self.current = name
        self._stack.setCurrentWidget(page)
        self.rail.mark(BELOW.get(name, name))
        refresh = getattr(page, "refresh", None)
        if refresh is not None:
            refresh()
