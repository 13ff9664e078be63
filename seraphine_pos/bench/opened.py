"""The real till, opened in a process of its own as the command opens it, and watched from inside.

It signs a cashier in as soon as the window asks, notes when the till has painted, and prints what it saw.
Called with a number of pairs it then scans beside a bare table (``lines``); else it waits for the first
exchange with the server and reads its memory.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from seraphine_pos import app
from seraphine_pos.bench.memory import resident_kib
from seraphine_pos.bench.people import CASHIER_ID, PIN
from seraphine_pos.paths import Home

LOOK_MS: Final = 1
SETTLE_LOOK_MS: Final = 10
SETTLE_S: Final = 15
FAILED: Final = 3


class Watch(QObject):
    """Looks at the window every millisecond until it has seen what it waits for."""

    def __init__(self, application: QApplication, pairs: int) -> None:
        """Begin to look once the event loop runs."""
        super().__init__(application)
        self._application = application
        self._pairs = pairs
        self._seen: dict[str, object] = {}
        self._started_ns = 0
        self._timer = QTimer(self)
        self._step = self._look
        self._timer.timeout.connect(self._tick)
        self._timer.start(LOOK_MS)

    def _tick(self) -> None:
        try:
            self._step()
        except Exception:  # noqa: BLE001  whoever measures waits for an end, not for a dialog
            traceback.print_exc()
            self._application.exit(FAILED)

    def _look(self) -> None:
        """Sign in as soon as the window asks; its module is the till's to load, in its own time."""
        module = sys.modules.get("seraphine_pos.ui.window")
        kind = getattr(module, "Window", None)
        window = next((one for one in self._application.allWidgets() if kind and isinstance(one, kind)), None)
        if window is None or not window.isVisible():
            return
        self._timer.stop()
        self._seen["sign_in_ns"] = time.monotonic_ns()
        window.sign_in.signing_in.emit(CASHIER_ID, PIN)
        self._window = window
        self._painted(window.till)
        self._seen["ready_ns"] = self._started_ns = time.monotonic_ns()
        if self._pairs:
            from seraphine_pos.bench import lines

            self._seen["lines"] = lines.measure(self._application, window, self._pairs)
            self._end()
            return
        self._step = self._settle
        self._timer.start(SETTLE_LOOK_MS)

    def _painted(self, widget: QWidget) -> None:
        """Let the event loop run until a widget has been painted."""
        filter_ = Painted(widget)
        widget.installEventFilter(filter_)
        widget.update()
        while not filter_.seen:
            self._application.processEvents()
        widget.removeEventFilter(filter_)

    def _settle(self) -> None:
        """Wait for the first exchange with the server, then read the memory."""
        shop = self._window._shop  # noqa: SLF001  the bench looks where no person can
        told = self._window._state.reachable  # noqa: SLF001
        if not told and time.monotonic_ns() - self._started_ns < SETTLE_S * 10**9:
            return
        self._timer.stop()
        self._seen["exchanged"] = told
        self._seen["products"] = shop.stored.mirror.count("product")
        self._seen["resident_kib"] = resident_kib()
        self._seen["server_resident_kib"] = _server_kib(shop.sidecar.pid if shop.sidecar else None)
        self._end()

    def _end(self) -> None:
        """Leave no sale in progress, which the next opening would have to read and show; print what was seen."""
        checkout = self._window._shop.checkout  # noqa: SLF001
        if checkout.cart.lines:
            checkout.void("bench")
        print(json.dumps(self._seen), flush=True)
        self._application.quit()


class Painted(QObject):
    """Notes that a widget has been painted."""

    seen = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note a paint and pass everything on."""
        if event.type() == QEvent.Type.Paint:
            self.seen = True
        return False


def _server_kib(pid: int | None) -> int:
    return 0 if pid is None else resident_kib(pid)


def main() -> int:
    """Open the till of a home; print what was seen."""
    home, pairs = Home(Path(sys.argv[1])), int(sys.argv[2])
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    Watch(app.qt_application(), pairs)
    return app.run_home(home)


if __name__ == "__main__":
    sys.exit(main())
