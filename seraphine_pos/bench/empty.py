"""The bare reference of a start: an empty window of PySide6 in a process of its own, and what memory it takes.

It loads nothing of the product but how memory is read.
"""

import json
import sys
import time

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from seraphine_pos.bench.memory import resident_kib


class Empty(QWidget):
    """A window that notes when it was painted first."""

    painted_ns = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Note the first time."""
        self.painted_ns = self.painted_ns or time.monotonic_ns()


def main() -> int:
    """Show the window until it is painted; print when that was and what it took."""
    application = QApplication(sys.argv[:1])
    window = Empty()
    window.resize(1366, 768)
    window.show()
    while not window.painted_ns:
        application.processEvents()
    print(json.dumps({"ready_ns": time.monotonic_ns(), "resident_kib": resident_kib()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
