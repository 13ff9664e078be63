"""What every page of the first-run wizard shares: a title, a sentence, and fields that tell what was entered."""

from abc import abstractmethod

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from seraphine_pos.ui.founding import Founding
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.option import Option
from seraphine_pos.ui.theme import BOLD, MEDIUM, Theme


class WizardPage(QWidget):
    """One step; `told` hands over the fields of the founding that a person changed."""

    told = Signal(object)

    def __init__(self, theme: Theme, title: str, detail: str) -> None:
        """Make a page with its words."""
        super().__init__()
        self._theme = theme
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(12)
        self.box.addWidget(Label(theme, title, size="title", weight=BOLD, wraps=True))
        self.box.addWidget(Label(theme, detail, size="field", tone="muted", wraps=True))
        self.box.addSpacing(10)

    @abstractmethod
    def show_founding(self, founding: Founding) -> None:
        """Show what was entered so far."""

    @abstractmethod
    def begin(self) -> None:
        """Put the focus where a person starts."""

    def add_fields(self, *fields: tuple[str, QWidget]) -> None:
        """Put fields under each other, each below its name."""
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        for place, (name, field) in enumerate(fields):
            label = Label(self._theme, name, size="small", weight=MEDIUM, tone="muted")
            label.setBuddy(field)
            field.setAccessibleName(name)
            grid.addWidget(label, 3 * place, 0)
            grid.addWidget(field, 3 * place + 1, 0)
            grid.setRowMinimumHeight(3 * place + 2, 5)
        self.box.addLayout(grid)

    def add_options(self, options: list[Option], field: str) -> None:
        """Put large answers under each other; choosing one tells `field`."""
        for option in options:
            self.box.addWidget(option)
            option.clicked.connect(lambda _checked=False, key=option.key: self.told.emit({field: key}))
