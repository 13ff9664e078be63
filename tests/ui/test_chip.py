"""A chip is as wide as its words from the first picture on."""

from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.ui.chip import Chip
from seraphine_pos.ui.theme import Theme


def test_longer_words_have_their_room_at_once(qtbot: QtBot) -> None:
    bar = QWidget()
    qtbot.addWidget(bar)
    chip = Chip(Theme(), "cloud")
    row = QHBoxLayout(bar)
    row.addWidget(chip)
    row.addStretch()
    chip.show_words("Envoi", dot="good")
    bar.resize(900, 48)
    bar.show()
    qtbot.waitExposed(bar)
    short = chip.width()
    chip.show_words("Tout est envoyé ", ("14:25", True), dot="good")
    assert chip.width() == chip.sizeHint().width() > short
    chip.show_words("Envoi", dot="good")
    assert chip.width() == short
