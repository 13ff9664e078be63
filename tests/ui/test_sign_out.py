"""What one person typed is put away at the sign-out, on every page of the window."""

from PySide6.QtWidgets import QPlainTextEdit

from tests.ui.counter import Counter


def test_a_draft_of_one_person_is_gone_when_another_signs_in(counter: Counter) -> None:
    counter.sign_in("nadia")
    counter.window.shell.go("settings")
    counter.window.shell.page("settings").findChildren(QPlainTextEdit)[0].setPlainText("Entre nous")
    counter.keyboard.press("F12")
    counter.sign_in()
    counter.window.shell.go("settings")
    assert counter.window.shell.page("settings").findChildren(QPlainTextEdit)[0].toPlainText() == ""
