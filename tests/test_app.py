"""The window's composition: it opens, walks its screens, says why it cannot open, tells a bug once, and shuts down."""

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos import app
from seraphine_pos.demo import sample
from seraphine_pos.devices.keys import MemoryKeys, pepper_name
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.sealed import MAGIC, new_key_file
from seraphine_pos.domain.staff import StaffMember, peppered
from seraphine_pos.domain.staff import to_body as staff_body
from seraphine_pos.domain.store import to_body as store_body
from seraphine_pos.paths import Home
from seraphine_pos.settings import save
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.store.room import MIB, RESERVE, Limits, Room
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.ui.fault import FaultDialog
from seraphine_pos.ui.frame import Frame
from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.window import Window
from seraphine_pos.ui.wizard import Wizard
from tests.fakes.clock import seeded_bytes
from tests.silence import ExpectedLog
from tests.store.folder import Folder, page_of
from tests.ui.counter import PEPPER, SETTINGS

SCREENS = {
    "sign-in", "till-empty", "till", "till-unknown-code", "product-form", "owner-approval", "search", "help", "void",
    "till-change", "receipt", "part-payment", "other-payment", "refund-tickets", "refund-lines", "refund-confirm",
    "refund-done", "dashboard", "sales", "reports", "reports-products", "reports-hours", "reports-operators",
    "reports-tenders", "reports-taxes", "reports-proofs", "quarantine", "settings",
}  # fmt: skip


def sample_documents() -> tuple[Document, ...]:
    """Return the sample store as its feed would hold it."""
    shop = sample.read()
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    members = [
        StaffMember(one.staff_id, one.name, one.role, hasher.hash(peppered(bytes.fromhex(PEPPER), one.pin)))
        for one in shop.people
    ]
    return (
        Document("setting", "store", 1, store_body(shop.store)),
        *(
            Document("tax", tax.code, 1, {"name": tax.name, "rate": tax.rate, "included": tax.included})
            for tax in shop.taxes
        ),
        *(Document("staff", member.staff_id, 1, staff_body(member)) for member in members),
        *(Document("product", row.key, 2, row.body) for row in sample.import_rows(shop.products)),
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give a home with the sample store in its mirror, and a server's address where nobody is."""
    home = Home(tmp_path)
    home.make()
    folder = Folder(home.till)
    folder.open().mirror.apply(page_of(*sample_documents()))
    folder.close()
    save(home.settings, SETTINGS)
    return home


@pytest.fixture
def shop(home: Home) -> Iterator[Shop]:
    """Give the sample store's till, open."""
    keys = MemoryKeys()
    keys.set(pepper_name(SETTINGS.store_id), PEPPER)
    folder = Folder(home.till)
    stored = folder.open()
    made = Shop(home, SETTINGS, stored, keys, folder.clock, seeded_bytes(3))
    yield made
    made.close()


def words_of(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def open_frames() -> list[Frame]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Frame) and widget.isVisible()]


class Visit:
    """What a person does in the window while it runs; whatever happens, the window is closed at the end."""

    def __init__(self, act: Callable[["Visit"], object]) -> None:
        self._act = act
        self._error: BaseException | None = None

    @property
    def frame(self) -> Frame:
        """The window that is open."""
        (found,) = open_frames()
        return found

    def during(self, run: Callable[[], int]) -> int:
        """Run the window with the visit in it; return its exit code, or raise what went wrong in the visit."""
        QTimer.singleShot(300, self._visit)
        code = run()
        if self._error is not None:
            raise self._error
        return code

    def _visit(self) -> None:
        try:
            self._act(self)
        except BaseException as error:  # noqa: BLE001  raised again in the test
            self._error = error
        finally:
            for widget in open_frames():
                widget.close()


def test_the_tour_saves_every_screen_in_the_light_and_in_the_dark(qtbot: QtBot, shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    assert app.run(shop, hint="Essai", tour_dir=folder) == 0
    saved = {path.stem.split("-", 1)[1] for path in folder.iterdir()}
    assert saved == {f"{screen}-{mode}" for screen in SCREENS for mode in ("light", "dark")}
    assert len(shop.stored.ledger.tickets(TicketFilter())) == 3


def test_threads_hooks_and_log_are_let_go_at_the_end(qtbot: QtBot, shop: Shop) -> None:
    before = (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers))
    Visit(lambda _visit: None).during(lambda: app.run(shop))
    assert not shop.sync.alive
    assert (sys.excepthook, threading.excepthook, list(logging.getLogger().handlers)) == before


def test_the_reserve_is_laid_by_beside_the_window(qtbot: QtBot, shop: Shop) -> None:
    asked: list[threading.Thread] = []

    def free(_folder: Path) -> int:
        asked.append(threading.current_thread())
        return 1 << 40

    shop.stored = replace(shop.stored, room=Room(shop.home.till, Limits(reserve=MIB), free))
    reserve = shop.home.till / RESERVE
    Visit(lambda visit: Keyboard(visit.frame).wait_for(reserve.exists)).during(lambda: app.run(shop))
    assert reserve.stat().st_size == MIB
    assert threading.main_thread() not in asked


def test_a_second_till_on_the_same_folder_is_told_so(qtbot: QtBot, shop: Shop) -> None:
    said: list[str] = []
    visit = Visit(lambda visit: said.append(words_of(visit.frame)))
    assert visit.during(lambda: app.run_home(shop.home)) == app.STOPPED
    assert "déjà ouverte" in said[0]


def test_an_empty_home_begins_with_the_wizard(qtbot: QtBot, tmp_path: Path) -> None:
    pages: list[QWidget | None] = []
    visit = Visit(lambda visit: pages.append(visit.frame.centralWidget()))
    assert visit.during(lambda: app.run_home(Home(tmp_path / "empty"))) == 0
    assert isinstance(pages[0], Wizard)


def test_a_bug_is_logged_whole_and_told_once_and_no_scan_closes_it(
    qtbot: QtBot, shop: Shop, expected_log: ExpectedLog
) -> None:
    expected_log("a fault of the program")
    seen: list[tuple[int, str, bool]] = []

    def fail(visit: Visit) -> None:
        for _time in range(2):
            sys.excepthook(ValueError, ValueError("ce bogue"), None)
        dialogs = visit.frame.findChildren(FaultDialog)
        dialogs[0].activateWindow()
        board = Keyboard(dialogs[0])
        board.wait_for(dialogs[0].isActiveWindow)
        board.scan("4006381333931")
        seen.append((len(dialogs), words_of(dialogs[0]), dialogs[0].isVisible()))
        dialogs[0].reject()

    Visit(fail).during(lambda: app.run(shop))
    ((count, words, still_there),) = seen
    assert (count, still_there) == (1, True)
    assert "ValueError: ce bogue" in words
    assert "ce bogue" in (shop.home.logs / "till.log").read_text(encoding="utf-8")


def test_a_bug_in_another_thread_is_told_too(qtbot: QtBot, shop: Shop, expected_log: ExpectedLog) -> None:
    expected_log("a fault of the program")
    seen: list[str] = []

    def fail(visit: Visit) -> None:
        thread = threading.Thread(target=lambda: list[int]()[0])
        thread.start()
        thread.join()
        Keyboard(visit.frame).wait_for(lambda: bool(visit.frame.findChildren(FaultDialog)))
        seen.append(words_of(visit.frame.findChildren(FaultDialog)[0]))

    Visit(fail).during(lambda: app.run(shop))
    assert "IndexError" in seen[0]


def test_setters_keep_the_count_of_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses one reference to None with every setter call and dies within 500 scans."""
    theme = Theme()
    label = Label(theme, "a")
    qtbot.addWidget(label)
    gc.collect()
    before = sys.getrefcount(None)
    for number in range(5_000):
        label.setText(str(number))
        label.setProperty("number", number)
        label.setVisible(False)
        label.repaint()
    assert abs(sys.getrefcount(None) - before) < 500


def test_open_shop_is_not_loaded_before_the_first_picture() -> None:
    """Importing the window's composition brings neither SQL nor HTTP along."""
    import subprocess

    code = "import sys, seraphine_pos.app; print([m for m in ('sqlalchemy', 'httpx', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_sample_store_opens_by_itself(home: Home) -> None:
    with open_shop(home, keys=MemoryKeys()) as opened:
        assert len(opened.staff.members()) == 5


def test_when_the_wizard_has_made_a_store_its_till_opens(qtbot: QtBot, home: Home) -> None:
    home.settings.unlink()
    pages: list[QWidget | None] = []

    def found(visit: Visit) -> None:
        wizard = visit.frame.centralWidget()
        assert isinstance(wizard, Wizard)
        save(home.settings, SETTINGS)
        wizard.finished.emit()
        Keyboard(visit.frame).wait_for(lambda: isinstance(visit.frame.centralWidget(), Window))
        pages.append(visit.frame.centralWidget())

    assert Visit(found).during(lambda: app.run_home(home)) == 0
    assert isinstance(pages[0], Window)


def test_what_qt_says_stands_in_the_log_and_not_on_the_terminal(
    qtbot: QtBot, expected_log: ExpectedLog, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    expected_log("Qt: a pixmap without a size", "seraphine_pos.app")
    with caplog.at_level(logging.DEBUG), app.qt_logged():
        qWarning("a pixmap without a size")
        qWarning("This plugin does not support propagateSizeHints()")
    assert capfd.readouterr() == ("", "")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "Qt: a pixmap without a size"),
        ("DEBUG", "Qt: This plugin does not support propagateSizeHints()"),
    ]


def look_now(visit: Visit) -> None:
    """Let the minute after the start be over."""
    look = visit.frame.findChild(QTimer, "look")
    assert isinstance(look, QTimer)
    look.start(0)


def with_backups(shop: Shop) -> Path:
    """Say in the settings where the till's backups go, with a key; return the folder."""
    new_key_file(shop.home.root / "a1.key", seeded_bytes(9))
    shop.settings = replace(SETTINGS, backup_folder="usb", backup_key_file="a1.key")
    save(shop.home.settings, shop.settings)
    return shop.home.root / "usb"


def test_the_running_till_makes_its_backup_by_itself(qtbot: QtBot, shop: Shop) -> None:
    folder = with_backups(shop)
    folder.mkdir()
    intervals: list[int] = []

    def wait(visit: Visit) -> None:
        look_now(visit)
        Keyboard(visit.frame).wait_for(lambda: bool(list(folder.glob("*.backup.sealed"))), rounds=400)
        for name in ("look", "save"):
            timer = visit.frame.findChild(QTimer, name)
            assert isinstance(timer, QTimer)
            intervals.append(timer.interval())

    Visit(wait).during(lambda: app.run(shop))
    (made,) = folder.glob("*.backup.sealed")
    assert made.read_bytes().startswith(MAGIC)
    assert intervals == [app.EVERY_MS, app.SAVE_EVERY_MS]


def test_a_backup_that_failed_is_told_in_the_flow_once(qtbot: QtBot, shop: Shop, expected_log: ExpectedLog) -> None:
    expected_log("no backup in", "seraphine_pos.backups")
    with_backups(shop)
    said: list[str] = []

    def wait(visit: Visit) -> None:
        window = visit.frame.centralWidget()
        assert isinstance(window, Window)
        look_now(visit)
        Keyboard(visit.frame).wait_for(lambda: "copie de sauvegarde" in words_of(window.till))
        said.append(words_of(window.till))
        assert visit.frame.findChildren(FaultDialog) == []

    Visit(wait).during(lambda: app.run(shop))
    assert "continuer à vendre" in said[0]
