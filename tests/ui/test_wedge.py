"""A scanner that types is heard wherever the focus is; a person's typing arrives where it was typed."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.wedge import Wedge

CODE = "4006381333931"


class Desk:
    """A window with a field and a button, a wedge over it, and what it heard."""

    def __init__(self, qtbot: QtBot) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.window = QWidget()
        self.field = QLineEdit()
        self.button = QPushButton("Non")
        self.presses = 0
        self.button.clicked.connect(self._pressed)
        column = QVBoxLayout(self.window)
        column.addWidget(self.field)
        column.addWidget(self.button)
        qtbot.addWidget(self.window)
        self.wedge = Wedge(application)
        self.heard: list[str] = []
        self.too_long: list[int] = []
        self.wedge.scanned.connect(self.heard.append)
        self.wedge.too_long.connect(self.too_long.append)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.wedge.watch(self.window.windowHandle())
        self.field.setFocus()
        self.keyboard = Keyboard(self.window)

    def _pressed(self) -> None:
        self.presses += 1


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.wedge.stop()


def test_a_scan_is_heard_and_leaves_the_field_alone(desk: Desk) -> None:
    desk.field.setText("abc")
    desk.keyboard.scan(CODE)
    assert desk.heard == [CODE]
    assert desk.field.text() == "abc"


def test_typing_arrives_in_the_field(desk: Desk) -> None:
    desk.keyboard.type("lait 2")
    assert desk.field.text() == "lait 2"
    assert desk.heard == []


def test_the_last_letter_arrives_by_itself_after_a_blink(desk: Desk) -> None:
    desk.keyboard._send("7", Qt.Key.Key_7, 200)
    assert desk.field.text() == ""
    assert desk.keyboard.wait_for(lambda: desk.field.text() == "7")


def test_a_scan_presses_no_button_that_has_the_focus(desk: Desk) -> None:
    desk.button.setFocus()
    desk.keyboard.scan("A B C")
    assert (desk.heard, desk.presses) == (["A B C"], 0)


def test_a_person_still_presses_a_button_with_space(desk: Desk) -> None:
    desk.button.setFocus()
    desk.keyboard.type(" ")
    assert desk.presses == 1


def test_a_scan_closes_no_dialog(desk: Desk, qtbot: QtBot) -> None:
    dialog = QDialog(desk.window)
    ok = QPushButton("OK")
    ok.setDefault(True)
    ok.clicked.connect(dialog.accept)
    QVBoxLayout(dialog).addWidget(ok)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    Keyboard(dialog).scan(CODE)
    assert dialog.isVisible()
    assert desk.heard == [CODE]
    dialog.reject()


def test_ten_scans_back_to_back_are_ten(desk: Desk) -> None:
    for number in range(10):
        desk.keyboard.scan(f"{CODE}{number}")
    assert desk.heard == [f"{CODE}{number}" for number in range(10)]


def test_a_scan_of_ten_thousand_characters_is_told_by_its_length(desk: Desk) -> None:
    desk.keyboard.scan("9" * 10_000)
    assert (desk.heard, desk.too_long, desk.field.text()) == ([], [10_000], "")


def test_a_key_that_is_no_letter_lets_the_held_ones_arrive_first(desk: Desk) -> None:
    desk.keyboard._send("7", Qt.Key.Key_7, 200)
    assert desk.field.text() == ""
    desk.keyboard.press("F9")
    assert desk.field.text() == "7"


def test_a_key_held_down_repeats_and_is_no_scan(desk: Desk) -> None:
    for _repeat in range(12):
        desk.keyboard._send("8", Qt.Key.Key_8, 30)
    assert desk.keyboard.wait_for(lambda: desk.field.text() == "8" * 12)
    assert desk.heard == []


def test_nothing_is_heard_after_the_end(desk: Desk) -> None:
    desk.wedge.stop()
    desk.keyboard.scan(CODE)
    assert desk.heard == []
    assert desk.field.text() == CODE
