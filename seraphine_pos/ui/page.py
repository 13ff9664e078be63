"""What every page of the window shares: its ground, and the focus, which rests on the page until Tab moves it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget


class Page(QWidget):
    """A page; `focus_first` names who takes the keys when it is shown, else the page itself does."""

    def __init__(self) -> None:
        """Make an empty page."""
        super().__init__()
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.focus_first: QWidget = self

    def signed_out(self) -> None:
        """Put away what the person typed, chose and read here, before another one comes."""

    def showEvent(self, event: QShowEvent) -> None:
        """Take the keys, so that no button stands out before a person has touched one."""
        super().showEvent(event)
        self.focus_first.setFocus()
