"""A word about the till, begun from a finished sale: it never stands in the way of the next one."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from seraphine_pos.ui.feedback_sheet import FeedbackSheet
from seraphine_pos.ui.theme import BOLD
from tests.ui.counter import Counter


def open_sheet(counter: Counter) -> FeedbackSheet:
    """Sell an article, given 50,00, and begin a word about it."""
    counter.scan(1)
    counter.keyboard.type("50")
    counter.keyboard.press("F9")
    counter.till._change.feedback.emit()
    (sheet,) = counter.window.findChildren(FeedbackSheet)
    return sheet


def words(sheet: FeedbackSheet) -> str:
    return sheet.findChildren(QPlainTextEdit)[0].toPlainText()


def test_a_scan_takes_the_keys_back_so_that_an_amount_counts(till: Counter) -> None:
    sheet = open_sheet(till)
    till.keyboard.type("Le lecteur coupe")
    till.scan(2)
    assert till.quantities() == [("Article 2", 1000)]
    assert not sheet.isVisible()
    till.keyboard.type("50")
    till.keyboard.press("F9")
    assert [(tender.given, tender.change) for tender in till.tickets()[-1].tenders] == [(5000, 3750)]


def test_what_was_written_before_the_scan_is_gone_on_with(till: Counter) -> None:
    sheet = open_sheet(till)
    till.keyboard.type("Le lecteur")
    till.scan(2)
    till.keyboard.press("F9")
    till.till._change.feedback.emit()
    assert sheet.isVisible()
    till.keyboard.type(" coupe")
    assert words(sheet) == "Le lecteur coupe"


def test_a_sheet_without_words_goes_with_the_scan(till: Counter) -> None:
    open_sheet(till)
    till.scan(2)
    assert till.keyboard.wait_for(lambda: not till.window.findChildren(FeedbackSheet))


def test_a_word_of_one_person_is_gone_when_another_signs_in(till: Counter) -> None:
    open_sheet(till)
    till.keyboard.type("Entre nous")
    till.keyboard.press("F12")
    assert till.keyboard.wait_for(lambda: not till.window.findChildren(FeedbackSheet))
    till.sign_in("nadia")
    till.window.shell.go("till")
    till.till._change.feedback.emit()
    (fresh,) = till.window.findChildren(FeedbackSheet)
    assert words(fresh) == ""


def test_escape_takes_the_sheet_away_and_the_next_key_is_typed_on_the_line(till: Counter) -> None:
    open_sheet(till)
    till.keyboard.press("Esc")
    assert till.keyboard.wait_for(lambda: not till.window.findChildren(FeedbackSheet))
    assert till.keyboard.wait_for(till.till._entry.line._field.hasFocus)
    assert till.quantities() == []


def test_the_sheet_leaves_the_change_due_uncovered(till: Counter) -> None:
    sheet = open_sheet(till)
    panel = till.till._change
    figure = QFontMetrics(till.theme.font("change", BOLD)).horizontalAdvance(panel.words.figure)
    at = panel.mapTo(till.window, panel.rect().topLeft())
    middle = at.x() + panel.width() // 2
    shown = QRect(middle - figure // 2, at.y(), figure, panel.height())
    assert sheet.isVisible()
    assert till.window.rect().contains(sheet.geometry())
    assert sheet.minimumSizeHint().width() <= sheet.width()
    assert not sheet.geometry().intersects(shown)


def test_the_sheet_covers_no_other_page(till: Counter) -> None:
    sheet = open_sheet(till)
    till.keyboard.type("Le lecteur")
    QTest.mouseClick(till.window.shell.rail._buttons["sales"], Qt.MouseButton.LeftButton)
    assert till.window.shell.current == "sales"
    assert not sheet.isVisible()
