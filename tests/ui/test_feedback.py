"""The feedback form by keys and mouse: what is sent, and what is said when it cannot be kept."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.feedback import MESSAGE_MAX, Message, Scope, Sentiment
from seraphine_pos.domain.refusal import StorageFull
from seraphine_pos.ui.feedback import Feedback
from seraphine_pos.ui.feedback_sheet import FeedbackSheet
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.theme import Theme


class Box:
    """Keeps messages, or says that the disk is full."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.full = False

    def submit(self, message: Message) -> str:
        """Keep one."""
        if self.full:
            raise StorageFull
        self.kept.append(message)
        return "event"


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def form(qtbot: QtBot, box: Box) -> Feedback:
    form = Feedback(Theme(), box.submit)
    qtbot.addWidget(form)
    form.about(Scope.SETTINGS)
    form.show()
    qtbot.waitActive(form)
    return form


def button(form: QWidget, words: str) -> QPushButton:
    return next(one for one in form.findChildren(QPushButton) if one.text() == words)


def write(qtbot: QtBot, form: QWidget, words: str) -> None:
    field = form.findChildren(QPlainTextEdit)[0]
    field.setFocus()
    qtbot.keyClicks(field, words)


def said(form: QWidget) -> str:
    return " ".join(label.text() for label in form.findChildren(Label))


def test_a_word_is_sent_with_what_it_is_about_and_how_it_felt(qtbot: QtBot, form: Feedback, box: Box) -> None:
    qtbot.mouseClick(button(form, "Pas bien"), Qt.MouseButton.LeftButton)
    write(qtbot, form, "Le lecteur coupe")
    with qtbot.waitSignal(form.sent):
        qtbot.mouseClick(button(form, "Envoyer"), Qt.MouseButton.LeftButton)
    assert box.kept == [Message(Scope.SETTINGS, Sentiment.NEGATIVE, "Le lecteur coupe")]
    assert "Merci" in said(form)
    assert form.findChildren(QPlainTextEdit)[0].toPlainText() == ""


def test_nothing_is_sent_without_words(qtbot: QtBot, form: Feedback, box: Box) -> None:
    write(qtbot, form, "   ")
    qtbot.mouseClick(button(form, "Envoyer"), Qt.MouseButton.LeftButton)
    assert box.kept == []


def test_too_many_words_are_counted(qtbot: QtBot, form: Feedback) -> None:
    form.findChildren(QPlainTextEdit)[0].setPlainText("a" * (MESSAGE_MAX + 3))
    assert "3 caractères de trop" in said(form)
    assert not button(form, "Envoyer").isEnabled()


def test_words_that_cannot_be_kept_stay_in_the_form(qtbot: QtBot, form: Feedback, box: Box) -> None:
    box.full = True
    write(qtbot, form, "Bonjour")
    qtbot.mouseClick(button(form, "Envoyer"), Qt.MouseButton.LeftButton)
    assert "Disque plein" in said(form)
    assert form.findChildren(QPlainTextEdit)[0].toPlainText() == "Bonjour"


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    qtbot.waitActive(window)
    return window


@pytest.fixture
def sheet(window: QWidget, box: Box) -> FeedbackSheet:
    sheet = FeedbackSheet(Theme(), box.submit, "sale-1", window)
    sheet.open()
    return sheet


def test_the_sheet_speaks_of_its_sale_and_goes_once_kept(qtbot: QtBot, sheet: FeedbackSheet, box: Box) -> None:
    write(qtbot, sheet, "Parfait")
    with qtbot.waitSignal(sheet.destroyed):
        qtbot.mouseClick(button(sheet, "Envoyer"), Qt.MouseButton.LeftButton)
    assert box.kept == [Message(Scope.POS, Sentiment.NEUTRAL, "Parfait", "sale-1")]


def test_enter_sends_no_sheet_and_escape_takes_it_away(qtbot: QtBot, sheet: FeedbackSheet, box: Box) -> None:
    write(qtbot, sheet, "Bien")
    send = button(sheet, "Envoyer")
    send.setFocus()
    qtbot.keyClick(send, Qt.Key.Key_Return)
    assert box.kept == []
    assert sheet.isVisible()
    with qtbot.waitSignal(sheet.destroyed):
        qtbot.keyClick(send, Qt.Key.Key_Escape)
    assert box.kept == []


def test_the_sheet_holds_nothing_else_up(sheet: FeedbackSheet, window: QWidget) -> None:
    assert sheet.isVisible()
    assert not sheet.isWindow()
    assert window.isEnabled()
