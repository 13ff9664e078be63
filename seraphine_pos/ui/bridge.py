"""The one crossing between the worker's thread and the window's: a callable there, a signal here."""

from PySide6.QtCore import QObject, Qt, Signal


class Bridge(QObject):
    """`tell` may be called from any thread; `told` comes in the window's, in the order of the calls."""

    told = Signal(object)
    _crossing = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._crossing.connect(self.told, Qt.ConnectionType.QueuedConnection)

    def tell(self, state: object) -> None:
        """Hand a frozen value over to the window's thread."""
        self._crossing.emit(state)
