"""The first run by keys and mouse: five steps to a shop, two to join one, every problem in the flow, back always."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.refusal import CodeRefused, Failure, InvalidFile, ServerUnavailable
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.founding import Founding, Goods, Step
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.option import Option
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard import Wizard
from seraphine_pos.ui.wizard_poster import WizardPoster


class Shop:
    """Founds and joins on paper; waits, fails or sums up as told."""

    def __init__(self) -> None:
        self.founded: list[Founding] = []
        self.joined: list[Founding] = []
        self.failure: Failure | None = None
        self.summary = ""
        self.gate = threading.Event()
        self.gate.set()

    def found(self, founding: Founding, say: Callable[[str], None]) -> str:
        """Found a store."""
        say("Le serveur du magasin se prépare…")
        self.gate.wait(5)
        if self.failure:
            raise self.failure
        self.founded.append(founding)
        return self.summary

    def join(self, founding: Founding, _say: Callable[[str], None]) -> str:
        """Join a store."""
        if self.failure:
            raise self.failure
        self.joined.append(founding)
        return ""


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def wizard(qtbot: QtBot, shop: Shop, pool: QThreadPool) -> Wizard:
    wizard = Wizard(Theme(), shop.found, shop.join, lambda: Path("/liste.csv"), (("fr", "Français"),), pool)
    qtbot.addWidget(wizard)
    wizard.resize(1366, 768)
    wizard.show()
    qtbot.waitActive(wizard)
    return wizard


def press(qtbot: QtBot, wizard: Wizard, words: str) -> None:
    button = next(one for one in wizard.findChildren(QPushButton) if one.isVisible() and one.text() == words)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)


def choose(qtbot: QtBot, wizard: Wizard, key: str) -> None:
    option = next(one for one in wizard.findChildren(Option) if one.isVisible() and one.key == key)
    qtbot.mouseClick(option, Qt.MouseButton.LeftButton)


def field(wizard: Wizard, name: str) -> QLineEdit:
    return next(one for one in wizard.findChildren(QLineEdit) if one.accessibleName() == name)


def write(qtbot: QtBot, wizard: Wizard, name: str, words: str) -> None:
    field(wizard, name).setFocus()
    field(wizard, name).selectAll()
    qtbot.keyClicks(field(wizard, name), words)


def notice(wizard: Wizard) -> str:
    return wizard.findChildren(Notice)[0].text


def step(wizard: Wizard) -> str:
    return wizard.findChildren(WizardPoster)[0].accessibleName()


def to_owner(qtbot: QtBot, wizard: Wizard) -> None:
    press(qtbot, wizard, "Continuer")
    press(qtbot, wizard, "Continuer")
    write(qtbot, wizard, "Nom du magasin", "Epicerie Nour")
    press(qtbot, wizard, "Continuer")


def to_catalogue(qtbot: QtBot, wizard: Wizard) -> None:
    to_owner(qtbot, wizard)
    write(qtbot, wizard, "Votre nom", "Nadia")
    write(qtbot, wizard, "Code, 4 à 6 chiffres", "2604")
    write(qtbot, wizard, "Le même code, encore une fois", "2604")
    press(qtbot, wizard, "Continuer")


def test_five_steps_make_a_shop(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    assert step(wizard) == "Étape 1 sur 5 : Langue"
    to_catalogue(qtbot, wizard)
    assert step(wizard) == "Étape 5 sur 5 : Catalogue"
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Ouvrir le magasin")
    founding = shop.founded[0]
    assert (founding.name, founding.owner, founding.pin) == ("Epicerie Nour", "Nadia", "2604")
    assert (founding.currency, founding.time_zone, founding.goods) == ("MAD", "Africa/Casablanca", Goods.SAMPLE)


def test_a_currency_brings_its_time_zone(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    press(qtbot, wizard, "Continuer")
    press(qtbot, wizard, "Continuer")
    currency, zone = (one for one in wizard.findChildren(Choice) if one.isVisible())
    currency.setFocus()
    qtbot.keyClick(currency, Qt.Key.Key_Down)
    assert (currency.key, zone.key) == ("EUR", "Europe/Paris")


def test_joining_needs_an_address_and_a_code_and_ends_there(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    press(qtbot, wizard, "Continuer")
    choose(qtbot, wizard, "join")
    assert step(wizard) == "Étape 2 sur 2 : Nouveau ou existant"
    press(qtbot, wizard, "Rejoindre le magasin")
    assert notice(wizard).startswith("Adresse du serveur\xa0: ")
    write(qtbot, wizard, "Adresse du serveur", "https://192.168.1.10:8443")
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", "ABCD")
    assert notice(wizard) == ""
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Rejoindre le magasin")
    assert (shop.joined[0].server, shop.joined[0].code) == ("https://192.168.1.10:8443", "ABCD")


def test_joining_with_the_servers_line_needs_no_address(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    line = f"seraphine:https://192.168.1.10:8443#{'p' * 43}#ABCD-EFGH"
    press(qtbot, wizard, "Continuer")
    choose(qtbot, wizard, "join")
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", line[:40])
    press(qtbot, wizard, "Rejoindre le magasin")
    assert notice(wizard).startswith("La chaîne de rattachement est incomplète")
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", line)
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Rejoindre le magasin")
    assert shop.joined[0].code == line


def test_an_address_that_is_not_encrypted_is_refused_before_anything_is_sent(
    qtbot: QtBot, wizard: Wizard, shop: Shop
) -> None:
    press(qtbot, wizard, "Continuer")
    choose(qtbot, wizard, "join")
    write(qtbot, wizard, "Adresse du serveur", "http://192.168.1.10:8420")
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", "ABCD")
    press(qtbot, wizard, "Rejoindre le magasin")
    assert "n’est pas chiffrée" in notice(wizard)
    assert shop.joined == []


def test_a_refused_code_is_said_in_the_flow_and_can_be_typed_again(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    shop.failure = CodeRefused()
    press(qtbot, wizard, "Continuer")
    choose(qtbot, wizard, "join")
    write(qtbot, wizard, "Adresse du serveur", "https://192.168.1.10:8443")
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", "OLD")
    press(qtbot, wizard, "Rejoindre le magasin")
    qtbot.waitUntil(lambda: "plus valable" in notice(wizard))
    shop.failure = None
    write(qtbot, wizard, "Chaîne ou code, valable 15 minutes", "NEW")
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Rejoindre le magasin")
    assert shop.joined[0].code == "NEW"


def test_a_pin_is_typed_twice_alike_and_only_in_digits(qtbot: QtBot, wizard: Wizard) -> None:
    to_owner(qtbot, wizard)
    write(qtbot, wizard, "Votre nom", "Nadia")
    write(qtbot, wizard, "Code, 4 à 6 chiffres", "2a6b0c4")
    write(qtbot, wizard, "Le même code, encore une fois", "2605")
    assert field(wizard, "Code, 4 à 6 chiffres").text() == "2604"
    assert field(wizard, "Code, 4 à 6 chiffres").displayText() != "2604"
    press(qtbot, wizard, "Continuer")
    assert notice(wizard) == "Code\xa0: les deux saisies diffèrent, recommencez la seconde."
    assert step(wizard) == "Étape 4 sur 5 : Gérance"


def test_back_is_always_possible_and_keeps_what_was_typed(qtbot: QtBot, wizard: Wizard) -> None:
    to_catalogue(qtbot, wizard)
    for _step in range(2):
        press(qtbot, wizard, "Retour")
    assert step(wizard) == "Étape 3 sur 5 : Magasin"
    assert field(wizard, "Nom du magasin").text() == "Epicerie Nour"
    press(qtbot, wizard, "Continuer")
    assert field(wizard, "Code, 4 à 6 chiffres").text() == "2604"


def test_enter_from_a_scanner_turns_no_page(qtbot: QtBot, wizard: Wizard) -> None:
    button = next(one for one in wizard.findChildren(QPushButton) if one.text() == "Continuer")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert step(wizard) == "Étape 1 sur 5 : Langue"


def test_progress_is_said_while_the_shop_is_made(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    shop.gate.clear()
    to_catalogue(qtbot, wizard)
    press(qtbot, wizard, "Ouvrir le magasin")
    qtbot.waitUntil(lambda: any("se prépare" in label.text() for label in wizard.findChildren(Label)))
    buttons = [one for one in wizard.findChildren(QPushButton) if one.isVisible()]
    assert not any(one.isEnabled() for one in buttons)
    with qtbot.waitSignal(wizard.finished):
        shop.gate.set()


def test_a_file_is_asked_for_and_a_wrong_one_can_be_changed(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    shop.failure = InvalidFile(path="/liste.csv", reason="il est vide")
    to_catalogue(qtbot, wizard)
    choose(qtbot, wizard, "file")
    assert any(label.text() == "Fichier : /liste.csv" for label in wizard.findChildren(Label))
    press(qtbot, wizard, "Ouvrir le magasin")
    qtbot.waitUntil(lambda: "il est vide" in notice(wizard))
    shop.failure = None
    choose(qtbot, wizard, "later")
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Ouvrir le magasin")
    assert shop.founded[0].goods is Goods.LATER


def test_what_was_not_imported_is_said_before_the_till_opens(qtbot: QtBot, wizard: Wizard, shop: Shop) -> None:
    shop.summary = "2 lignes ne sont pas importées."
    to_catalogue(qtbot, wizard)
    with qtbot.assertNotEmitted(wizard.finished):
        press(qtbot, wizard, "Ouvrir le magasin")
        qtbot.waitUntil(lambda: "2 lignes" in notice(wizard))
    with qtbot.waitSignal(wizard.finished):
        press(qtbot, wizard, "Ouvrir la caisse")
    assert len(shop.founded) == 1


def test_a_server_that_does_not_answer_is_said_whole_and_without_sales(
    qtbot: QtBot, wizard: Wizard, shop: Shop
) -> None:
    shop.failure = ServerUnavailable(reason="pas de connexion")
    wizard._show(Founding(joining=True, step=Step.SHOP, server="https://192.168.1.10:8443", code="ABCD"))
    press(qtbot, wizard, "Rejoindre le magasin")
    qtbot.waitUntil(lambda: "ne répond pas (pas de connexion)" in notice(wizard))
    assert "vente" not in notice(wizard)
    strip = wizard.findChildren(Notice)[0]
    title = next(label for label in strip.findChildren(Label) if "ne répond pas" in label.text())
    qtbot.waitUntil(lambda: title.height() >= title.heightForWidth(title.width()))
    assert title.wordWrap()
    assert strip.width() <= wizard.width()
