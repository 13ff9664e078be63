"""The window's composition: builds everything in order, hands it down, shuts it down, and tells a bug once."""

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QThreadPool,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from seraphine_pos.domain.refusal import Failure, NoStore
from seraphine_pos.paths import Home
from seraphine_pos.ui.frame import Frame
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import RESOURCES, Mode, Theme

if TYPE_CHECKING:  # nothing heavy before the first picture
    from seraphine_pos.shop import Shop
    from seraphine_pos.ui.window import Window

STOPPED: Final = 1
LOG_BYTES: Final = 1 << 20
LOGS_KEPT: Final = 3
POOL_WAIT_MS: Final = 10_000
POOL_THREADS: Final = 2
EXCHANGE_AFTER_MS: Final = 500
LOOK_AFTER_MS: Final = 60_000
EVERY_MS: Final = 86_400_000
SAVE_EVERY_MS: Final = 300_000
QT_LEVELS: Final[Mapping[QtMsgType, int]] = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# What a platform without a screen says of each window: true, and nothing to act upon.
QT_NOISE: Final = "This plugin does not support"

_log = logging.getLogger(__name__)


def run(shop: "Shop", *, hint: str = "", tour_dir: Path | None = None) -> int:
    """Show the window of an open shop until it is closed; return the exit code.

    `hint` stands under the PIN pad. With `tour_dir` the window walks through its screens by itself and saves a picture
    of each there.
    """
    application = qt_application()
    theme = _theme(application, shop.settings.theme)
    frame = Frame(theme)
    with ExitStack() as closing:
        closing.callback(frame.close)
        closing.enter_context(_last_resort(theme, frame, shop.home.logs))
        _show(frame, tour=tour_dir is not None)
        window = closing.enter_context(in_use(application, theme, frame, shop, hint))
        if tour_dir is not None:
            return _tour(window, theme, application, tour_dir)
        return _until_closed(application, frame)


def run_home(home: Home) -> int:
    """Show the window first, then open the till of a home, or found a store in an empty one; return the exit code."""
    application = qt_application()
    theme = _theme(application, "system")
    frame = Frame(theme)
    with ExitStack() as closing:
        closing.callback(frame.close)
        closing.enter_context(_last_resort(theme, frame, home.logs))
        _show(frame, tour=False)
        code = [0]
        opened = closing.enter_context(ExitStack())
        QTimer.singleShot(0, frame, lambda: _open(application, theme, frame, home, opened, code))
        return _until_closed(application, frame) or code[0]


def _open(
    application: QApplication, theme: Theme, frame: Frame, home: Home, closing: ExitStack, code: list[int]
) -> None:
    """Open the home's till behind the first picture; say why where it cannot be opened."""
    from seraphine_pos.shop import open_shop

    try:
        shop = closing.enter_context(open_shop(home))
    except NoStore:
        _found(application, theme, frame, home, closing, code)
        return
    except Failure as failure:
        code[0] = STOPPED
        frame.show_stopped(tr(failure))
        return
    if shop.settings.theme != "system":
        theme.set_mode(_mode(shop.settings.theme), application)
    closing.enter_context(in_use(application, theme, frame, shop, ""))


def _settle(shop: "Shop", pool: QThreadPool) -> None:
    """Begin what can wait for the first picture: exchange, reserve, and looking for rubbish if that was put off.

    A slow disk takes its time for the reserve, which is laid by beside the window.
    """
    shop.start()
    pool.start(shop.stored.room.lay_by)
    if not gc.isenabled():
        # What was loaded stays to the end; it is never looked through again while somebody sells.
        gc.freeze()
        gc.enable()


def _found(
    application: QApplication, theme: Theme, frame: Frame, home: Home, closing: ExitStack, code: list[int]
) -> None:
    """Show the first-run wizard; when it has made or joined a store, open that."""
    gc.enable()  # a person at the wizard has time
    from seraphine_pos.ui import pages

    pool = _pool()
    closing.callback(pool.waitForDone, POOL_WAIT_MS)
    wizard = pages.make_wizard(theme, home, pool)
    wizard.finished.connect(lambda *_made: _open(application, theme, frame, home, closing, code))
    frame.show_page(wizard, tr("Première ouverture · Seraphine"))


@contextmanager
def in_use(application: QApplication, theme: Theme, frame: Frame, shop: "Shop", hint: str) -> "Iterator[Window]":
    """Hold the till in the frame with its threads running; they are stopped and waited for at the end."""
    from seraphine_pos.devices.sound import sound_of
    from seraphine_pos.ui.bridge import Bridge
    from seraphine_pos.ui.places import Makings
    from seraphine_pos.ui.wedge import Wedge
    from seraphine_pos.ui.window import Window

    pool = _pool()
    bridge = Bridge()
    wedge = Wedge(application)
    sound = sound_of(RESOURCES / "sounds", wanted=shop.settings.sound)
    window = Window(Makings(theme, shop, pool), sound, hint)
    wedge.scanned.connect(window.scanned)
    wedge.too_long.connect(window.too_long)
    bridge.told.connect(window.show_sync)
    window.mode_chosen.connect(lambda name: theme.set_mode(_mode(name), application))
    shop.listen(bridge.tell)
    frame.show_page(window, f"{shop.store.name} · Seraphine")
    wedge.watch(frame.windowHandle())
    pool.start(lambda: _fetch_secrets(shop))
    # The server's process and the network's library would take the processor from the first picture.
    exchange = QTimer(window)
    exchange.setSingleShot(True)
    exchange.timeout.connect(lambda: _settle(shop, pool))
    exchange.start(EXCHANGE_AFTER_MS)
    try:
        with _looked_after(window, shop, pool):
            yield window
    finally:
        exchange.stop()
        wedge.stop()
        window.close_down()
        shop.sync.stop()
        pool.waitForDone(POOL_WAIT_MS)


@contextmanager
def _looked_after(window: "Window", shop: "Shop", pool: QThreadPool) -> Iterator[None]:
    """Have the till's file looked through and its backup made beside the window: after a minute, then every day.

    The backup is asked for every few minutes: it knows by itself when it is due, and when to try again.
    """
    from seraphine_pos.backups import Nightly
    from seraphine_pos.ui.bridge import Bridge

    looked, saved = Bridge(), Bridge()
    looked.told.connect(window.show_soundness)
    saved.told.connect(window.show_backup)
    nightly = Nightly(shop.home, shop.settings, shop.clock)

    def look() -> None:
        looked.tell(shop.stored.database.is_sound())
        saved.tell(nightly.run())

    def begin() -> None:
        timer.setInterval(EVERY_MS)
        pool.start(look)

    timer = QTimer(window)
    timer.setObjectName("look")
    timer.timeout.connect(begin)
    timer.start(LOOK_AFTER_MS)
    saver = QTimer(window)
    saver.setObjectName("save")
    saver.timeout.connect(lambda: pool.start(lambda: saved.tell(nightly.run())))
    saver.start(SAVE_EVERY_MS)
    try:
        yield
    finally:
        timer.stop()
        saver.stop()
        nightly.stop()


def _pool() -> QThreadPool:
    """Return the threads of the slow jobs: few, and kept, since each keeps a reading connection of the database."""
    pool = QThreadPool()
    pool.setMaxThreadCount(POOL_THREADS)
    pool.setExpiryTimeout(-1)
    return pool


def _fetch_secrets(shop: "Shop") -> None:
    """Read the keyring beside the window, before the first PIN needs it; what fails is told when a PIN does."""
    with suppress(Failure):
        shop.pepper  # noqa: B018  reading it keeps it


def _tour(window: "Window", theme: Theme, application: QApplication, folder: Path) -> int:
    from seraphine_pos.ui.tour import Tour

    return Tour(window, theme, application, folder).run()


def qt_application() -> QApplication:
    """Return the system's application, made now if it is not there yet, in the style that the sheet is written for."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    # The style as a word of Qt's own: setStyle() hands it back, and PySide makes Python of all that a style has.
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setApplicationName("seraphine-pos")
    application.setApplicationDisplayName("Seraphine")
    application.setDesktopFileName("seraphine-pos")
    return application


def _theme(application: QApplication, wanted: str) -> Theme:
    theme = Theme(_mode(wanted))
    theme.apply(application)
    return theme


def _mode(wanted: str) -> Mode:
    """Return the look that is wanted; "system" follows the desktop."""
    if wanted == "dark":
        return "dark"
    hints = QGuiApplication.styleHints()
    follows_dark = wanted == "system" and hints.colorScheme() == Qt.ColorScheme.Dark
    return "dark" if follows_dark else "light"


def _show(frame: Frame, *, tour: bool) -> None:
    """Show the first picture now; a till fills its screen."""
    if tour or QGuiApplication.platformName() == "offscreen":
        frame.show()
    else:
        frame.showMaximized()
    QApplication.processEvents()


def _until_closed(application: QApplication, frame: Frame) -> int:
    """Run the window until it is closed, whatever other window of the system is still open."""
    application.setQuitOnLastWindowClosed(False)
    # Not quit(), which asks every other window first and stays if one of them says no.
    frame.closed.connect(application.exit)
    code = application.exec()
    frame.closed.disconnect(application.exit)
    return code


class _Faults(QObject):
    """Carries a bug of any thread to the window's, where it is told; one dialog at a time."""

    met = Signal(str)

    def __init__(self, theme: Theme, frame: Frame, log: Path) -> None:
        super().__init__()
        self._theme = theme
        self._frame = frame
        self._log_path = log
        self._is_told = False
        self.met.connect(self._tell)

    def report(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """Log a bug whole, then tell it."""
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        _log.critical("a fault of the program", exc_info=(kind, error, trace))
        self.met.emit(f"{kind.__name__}: {error}"[:300])

    def _tell(self, fault: str) -> None:
        if self._is_told:
            return
        self._is_told = True
        from seraphine_pos.ui.fault import FaultDialog

        dialog = FaultDialog(self._theme, fault, str(self._log_path), self._frame)
        dialog.finished.connect(self._told)
        dialog.open()

    def _told(self) -> None:
        self._is_told = False


@contextmanager
def _last_resort(theme: Theme, frame: Frame, logs: Path) -> Iterator[None]:
    """Log and tell what nobody caught, while the window is open."""
    path = logs / "till.log"
    faults = _Faults(theme, frame, path)
    with ExitStack() as closing:
        _log_to(path, closing)
        closing.enter_context(qt_logged())
        before: Callable[..., object] = sys.excepthook
        before_threads = threading.excepthook
        sys.excepthook = faults.report
        threading.excepthook = lambda raised: faults.report(raised.exc_type, raised.exc_value, raised.exc_traceback)
        try:
            yield
        finally:
            sys.excepthook = before
            threading.excepthook = before_threads


@contextmanager
def qt_logged() -> Iterator[None]:
    """Put what Qt has to say into the log instead of on the terminal."""
    before = qInstallMessageHandler(_log_qt)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    level = logging.DEBUG if message.startswith(QT_NOISE) else QT_LEVELS.get(kind, logging.WARNING)
    _log.log(level, "Qt: %s", message)


class _Masked(logging.Formatter):
    """A line of the log, without the card numbers that a fault may have had in its hands."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        from seraphine_pos.domain.card_mask import mask_line

        return mask_line(super().format(record))


class _LogFile(logging.Handler):
    """The log on the disk; what writes it is loaded with the first record, which most days do not have."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; a file that has grown too long is set aside first."""
        if self._file is None:
            from logging.handlers import RotatingFileHandler

            # The file is opened by its own emit, which tells on the terminal what the disk refuses.
            self._file = RotatingFileHandler(
                self._path, maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8", delay=True
            )
            self._file.setFormatter(_Masked("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._file.emit(record)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
        super().close()


def _log_to(path: Path, closing: ExitStack) -> None:
    """Keep the log in a file that does not grow without end; a disk that refuses does not keep the till closed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        _log.warning("no log can be kept in %s: %s", path, error)
        return
    handler = _LogFile(path)
    root = logging.getLogger()
    root.addHandler(handler)
    closing.callback(handler.close)
    closing.callback(root.removeHandler, handler)
