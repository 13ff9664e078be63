"""The settings page: this till in words, the look, the people for the owner, and failures said in place."""

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.feedback import Message
from seraphine_pos.domain.refusal import Failure, InvalidFile, StorageBusy
from seraphine_pos.domain.staff import Operator, Role, StaffMember
from seraphine_pos.settings import Settings as Own
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.settings import Settings
from seraphine_pos.ui.settings_state import SettingsDesk, SettingsState
from seraphine_pos.ui.settings_words import Standing, put_standing_in_words
from seraphine_pos.ui.theme import Theme
from tests.ui.report_sample import ZONE, at

NADIA = StaffMember("o1", "Nadia E.", Role.OWNER, "hash")
SALMA = StaffMember("o2", "Salma B.", Role.CASHIER, "hash")


def standing(operator: Operator | None = NADIA.operator, keys_notice: str | None = None) -> Standing:
    return Standing(
        settings=Own(store_name="Pharmacie Al Amal", till_label="A1", theme="dark"),
        sync=SyncState(reachable=True, last_contact_ms=at(14, 25)),
        now_ms=at(14, 26),
        contact=datetime(2026, 11, 22, 14, 25, tzinfo=ZONE),
        home=Path("/data/seraphine-pos"),
        keys_notice=keys_notice,
        versions=(("Seraphine POS", "0.1.0"), ("SQLite", "3.53.4")),
        members=(NADIA, SALMA),
        operator=operator,
        languages=(("fr", "Français"), ("en", "English")),
    )


class Till:
    """Answers with its standing; keeps what is chosen."""

    def __init__(self) -> None:
        self.state = put_standing_in_words(standing())
        self.chosen: list[str] = []
        self.failure: Failure | None = None

    def read(self) -> SettingsState:
        """Read the standing."""
        if self.failure:
            raise self.failure
        return self.state

    def choose(self, key: str) -> None:
        """Keep a choice."""
        if self.failure:
            raise self.failure
        self.chosen.append(key)

    def submit(self, message: Message) -> None:
        """Keep a word."""
        self.chosen.append(message.text)


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def page(qtbot: QtBot, till: Till, pool: QThreadPool) -> Settings:
    page = Settings(Theme(), SettingsDesk(till.read, till.choose, till.choose, till.submit), pool)
    qtbot.addWidget(page)
    page.resize(1282, 720)
    page.show()
    qtbot.waitActive(page)
    page.refresh()
    qtbot.waitUntil(lambda: "A1 · Pharmacie Al Amal" in texts(page))
    return page


def texts(page: Settings) -> list[str]:
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def press(qtbot: QtBot, page: Settings, words: str) -> None:
    button = next(one for one in page.findChildren(QPushButton) if one.isVisible() and one.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_till_says_where_it_stands(page: Settings) -> None:
    assert {"sur ce PC", "/data/seraphine-pos", "dans le trousseau du système", "3.53.4"} <= set(texts(page))
    assert "Tout est envoyé 14:25" in texts(page)


def test_the_owner_sees_the_people_and_how_to_join_another_till(page: Settings) -> None:
    assert {"Nadia E.", "Gérance", "Salma B.", "Caisse"} <= set(texts(page))
    assert any("enrol-code" in text for text in texts(page))


def test_a_cashier_sees_neither(qtbot: QtBot, page: Settings, till: Till) -> None:
    till.state = put_standing_in_words(standing(SALMA.operator))
    page.refresh()
    qtbot.waitUntil(lambda: "Nadia E." not in texts(page))
    assert not any("enrol-code" in text for text in texts(page))


def test_a_file_instead_of_a_keyring_is_said(qtbot: QtBot, page: Settings, till: Till) -> None:
    till.state = put_standing_in_words(standing(keys_notice="Ce PC n'a pas de trousseau."))
    page.refresh()
    qtbot.waitUntil(lambda: "Ce PC n'a pas de trousseau." in texts(page))


def test_showing_the_page_chooses_nothing(page: Settings, till: Till) -> None:
    assert till.chosen == []


def test_a_look_is_kept_and_told(qtbot: QtBot, page: Settings, till: Till) -> None:
    with qtbot.waitSignal(page.mode_chosen) as told:
        press(qtbot, page, "Clair")
    assert told.args == ["light"]
    assert till.chosen == ["light"]


def test_a_look_that_cannot_be_kept_is_shown_all_the_same(qtbot: QtBot, page: Settings, till: Till) -> None:
    till.failure = InvalidFile(path="settings.toml", reason="disque plein")
    with qtbot.waitSignal(page.mode_chosen):
        press(qtbot, page, "Sombre" if till.chosen else "Clair")
    assert "disque plein" in page.findChildren(Notice)[0].text


def test_a_language_changes_at_the_next_start(qtbot: QtBot, page: Settings, till: Till) -> None:
    language = next(one for one in page.findChildren(Choice) if one.accessibleName() == "Langue")
    language.setFocus()
    qtbot.keyClick(language, Qt.Key.Key_Down)
    assert till.chosen == ["en"]
    assert "prochain démarrage" in page.findChildren(Notice)[0].text


def test_a_page_that_cannot_be_read_says_so(qtbot: QtBot, page: Settings, till: Till) -> None:
    till.failure = StorageBusy()
    page.refresh()
    qtbot.waitUntil(lambda: "occupé" in page.findChildren(Notice)[0].text)
    till.failure = None
    press(qtbot, page, "Réessayer")
    qtbot.waitUntil(lambda: page.findChildren(Notice)[0].text == "")


def test_a_word_in_the_making_is_not_left_to_the_next_person(qtbot: QtBot, page: Settings, till: Till) -> None:
    field = page.findChildren(QPlainTextEdit)[0]
    field.setFocus()
    qtbot.keyClicks(field, "Parti")
    press(qtbot, page, "Envoyer")
    qtbot.keyClicks(field, "Entre nous")
    press(qtbot, page, "Pas bien")
    page.signed_out()
    assert field.toPlainText() == ""
    assert not any("Merci" in text for text in texts(page))
    qtbot.waitUntil(lambda: "Salma B." not in texts(page))
    send = next(one for one in page.findChildren(QPushButton) if one.text() == "Envoyer")
    assert not send.isEnabled()
    assert not next(one for one in page.findChildren(QPushButton) if one.text() == "Pas bien").isChecked()
    assert till.chosen == ["Parti"]
