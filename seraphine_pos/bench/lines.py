"""From Enter to the painted line, at the real till and in a bare table with ready strings, in turns, in one process.

The bare table is what Qt itself costs: a line edit, a dict of ready rows, a table view of the same size.
"""

from dataclasses import asdict, dataclass, field
from time import perf_counter_ns, thread_time_ns
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QTableView, QVBoxLayout, QWidget

from seraphine_pos.bench.stock import product
from seraphine_pos.domain.product import Product
from seraphine_pos.ui.window import Window

BASKETS: Final = (15, 400)
WARM_UP: Final = 20
US: Final = 1000
ROUNDS_MAX: Final = 10_000
QUIET_ROUNDS: Final = 5
SEND_S_MAX: Final = 2
WIDTH: Final = 1366
HEIGHT: Final = 768
_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()

Row = tuple[str, str, str, str]
Took = tuple[float, float]


class Stopwatch:
    """Microseconds since it was made: on the wall, and of this thread alone, which a busy PC does not stretch."""

    def __init__(self) -> None:
        """Start."""
        self._wall, self._cpu = perf_counter_ns(), thread_time_ns()

    def took(self) -> Took:
        """Return both."""
        return (perf_counter_ns() - self._wall) / US, (thread_time_ns() - self._cpu) / US


@dataclass(slots=True)
class Scans:
    """The microseconds of many scans, ours and the bare table's, on the wall and of computing alone."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ours_cpu: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)

    def note(self, ours: Took, bare: Took) -> None:
        """Add one scan of each."""
        for kept, took in (
            (self.ours, ours[0]),
            (self.bare, bare[0]),
            (self.ours_cpu, ours[1]),
            (self.bare_cpu, bare[1]),
        ):
            kept.append(took)


class Painted(QObject):
    """Notes that a widget has been painted."""

    def __init__(self, widget: QWidget) -> None:
        """Watch a widget."""
        super().__init__(widget)
        self.seen = False
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note a paint and pass everything on."""
        if event.type() == QEvent.Type.Paint:
            self.seen = True
        return False


class ReadyRows(QAbstractTableModel):
    """Rows of ready strings."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.rows: list[Row] = []

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a ready string."""
        return self.rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None

    def add(self, row: Row) -> None:
        """Append a row."""
        place = len(self.rows)
        self.beginInsertRows(_ROOT, place, place)
        self.rows.append(row)
        self.endInsertRows()

    def take(self) -> None:
        """Take the last row away."""
        place = len(self.rows) - 1
        self.beginRemoveRows(_ROOT, place, place)
        self.rows.pop()
        self.endRemoveRows()

    def change(self, place: int, row: Row) -> None:
        """Change a row."""
        self.rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, 3))


class BareTill(QWidget):
    """A line edit over a table view, and a dict that knows every code."""

    def __init__(self, count: int) -> None:
        """Make the ready rows of so many products."""
        super().__init__()
        some = (product(no) for no in range(count))
        self._known: dict[str, Row] = {one.code: ("1 ×", one.name, str(one.price), str(one.price)) for one in some}
        self._places: dict[str, int] = {}
        self.model = ReadyRows()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.field = QLineEdit()
        self.field.returnPressed.connect(self._entered)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.view)
        self.resize(WIDTH, HEIGHT)
        self.painted = Painted(self.view.viewport())

    def _entered(self) -> None:
        code = self.field.text()
        self.field.clear()
        place = self._places.get(code)
        row = self._known[code]
        if place is None:
            self._places[code] = len(self.model.rows)
            self.model.add(row)
            self.view.scrollToBottom()
        else:
            self.model.change(place, ("2 ×", *row[1:]))
            self.view.scrollTo(self.model.index(place, 0))

    def take(self, code: str) -> None:
        """Take the last row away."""
        del self._places[code]
        self.model.take()


class Bench:
    """The real till and the bare one, filled with the same basket."""

    def __init__(self, application: QApplication, window: Window, count: int) -> None:
        """Stand at both, both empty."""
        self._application = application
        self._shop = window._shop  # noqa: SLF001  the bench looks where no person can
        self._till = window.till
        self._painted = Painted(self._till._sale.cart.viewport())  # noqa: SLF001
        self._bare = BareTill(count)
        self._bare.show()
        if self._shop.checkout.cart.lines:
            self._shop.checkout.void("bench")
        self._till.refresh()
        self._idle()

    def _idle(self) -> None:
        """Let both finish all they have put off, so that neither pays for the other's paints."""
        quiet = 0
        while quiet < QUIET_ROUNDS:
            self._painted.seen = self._bare.painted.seen = False
            self._application.processEvents()
            quiet = 0 if self._painted.seen or self._bare.painted.seen else quiet + 1

    def _sent(self) -> None:
        """Wait until the server has the line that was taken out: a scan is not followed by an exchange."""
        journal, until = self._shop.stored.journal, perf_counter_ns() + SEND_S_MAX * 10**9
        while journal.state().waiting and perf_counter_ns() < until:
            self._application.processEvents()

    def fill(self, basket: list[Product]) -> None:
        """Ring a basket at both."""
        for one in basket:
            self._scan(one.code)
            self._bare_scan(one.code)

    def turn(self, code: str, *, fresh: bool) -> tuple[Took, Took]:
        """Scan one code at both; a fresh one is taken out again afterwards. Return what they took, ours first."""
        ours = self._scan(code)
        self._idle()
        bare = self._bare_scan(code)
        self._idle()
        if fresh:
            self._shop.checkout.remove(self._shop.checkout.cart.lines[-1].no)
            self._till.refresh()
            self._bare.take(code)
            self._sent()
            self._idle()
        return ours, bare

    def _scan(self, code: str) -> Took:
        """Type a code as a scanner does; return the time from Enter to the painted line."""
        for letter in code:
            self._press(self._till, ord(letter), letter)
        self._painted.seen = False
        watch = Stopwatch()
        self._press(self._till, Qt.Key.Key_Return, "\r")
        self._await(self._painted)
        return watch.took()

    def _bare_scan(self, code: str) -> Took:
        self._bare.field.setText(code)
        self._bare.painted.seen = False
        watch = Stopwatch()
        self._press(self._bare, Qt.Key.Key_Return, "\r")
        self._await(self._bare.painted)
        return watch.took()

    def _await(self, painted: Painted) -> None:
        """Let the event loop run until a paint; more rounds than any paint takes are a fault of this bench."""
        for _ in range(ROUNDS_MAX):
            self._application.processEvents()
            if painted.seen:
                return
        message = "a scan painted nothing"
        raise RuntimeError(message)

    def _press(self, widget: QWidget, key: int, text: str) -> None:
        """Press and let go a key where every key enters: at the widget's window."""
        handle = widget.window().windowHandle()
        none = Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._application.sendEvent(handle, QKeyEvent(kind, key, none, text))


def measure(application: QApplication, window: Window, pairs: int) -> dict[str, dict[str, list[float]]]:
    """Return the microseconds of each scan by basket; half the scans are new lines, half grow one."""
    count = window._shop.stored.mirror.count("product")  # noqa: SLF001
    measured: dict[str, dict[str, list[float]]] = {}
    bench = Bench(application, window, count)
    rung = 0
    for basket in BASKETS:
        bench.fill([_spread(no, count) for no in range(rung, basket)])
        rung, scans = basket, Scans()
        for no in range(WARM_UP + pairs):
            fresh = bool(no % 2)
            one = _spread(basket + 1 + no if fresh else no % basket, count)
            took = bench.turn(one.code, fresh=fresh)
            if no >= WARM_UP:
                scans.note(*took)
        measured[str(basket)] = asdict(scans)
    return measured


def _spread(no: int, count: int) -> Product:
    """Return a product from somewhere in the catalogue."""
    return product(no * 7 % count)
