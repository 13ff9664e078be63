"""What stands in front of the sale, by real keys: receipt, form, owner's PIN; and what the lock leaves standing."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.counter import A_LINE, CASHIER_PIN, OWNER_PIN, UNKNOWN, Counter

PAY_KEYS = ("F9", "F10", "F11", "Shift+F9")


def panel(counter: Counter) -> QWidget:
    return counter.till.panel


def to_approval(counter: Counter) -> None:
    """Fill the form of an unknown code and ask for the owner's PIN."""
    counter.keyboard.scan(UNKNOWN)
    counter.keyboard.press("Shift+F4")
    counter.keyboard.type("Huile")
    counter.keyboard.press("Tab")
    counter.keyboard.type("89,50")
    counter.keyboard.press("Shift+F4")
    assert panel(counter) is counter.till._newcomer.approval


def test_an_unknown_code_outlasts_the_lock(till: Counter) -> None:
    till.scan(1)
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("F12")
    till.sign_in("nadia")
    till.window.shell.go("till")
    assert till.quantities() == [A_LINE]
    assert till.title == f"Code inconnu : {UNKNOWN}"
    till.keyboard.press("Esc")
    assert till.title == ""


def test_a_question_goes_with_the_person_who_was_asked(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("Ctrl+Del")
    till.keyboard.press("F12")
    till.sign_in()
    assert till.title == ""


@pytest.mark.parametrize("key", PAY_KEYS)
def test_a_sale_behind_the_receipt_is_shown_before_it_is_paid(till: Counter, key: str) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.scan(1)
    till.keyboard.press("Ctrl+P")
    assert panel(till) is till.till._receipt
    till.keyboard.press(key)
    assert panel(till) is till.till._sale
    assert till.title == "Rien n’est encaissé : reste 12,50\xa0MAD à payer"
    assert till.sounds.played[-1] == "problem"
    assert len(till.tickets()) == 1
    till.keyboard.press("F10")
    assert len(till.tickets()) == 2


@pytest.mark.parametrize("key", PAY_KEYS)
def test_a_pay_key_on_a_receipt_with_nothing_to_pay_says_so(till: Counter, key: str) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("Ctrl+P")
    till.keyboard.press(key)
    assert till.till._receipt._said.text() == "La vente est vide : scannez un article."
    assert till.sounds.played[-1] == "problem"
    assert len(till.tickets()) == 1


def test_a_scan_on_the_receipt_starts_the_next_sale(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("Ctrl+P")
    till.scan(2)
    assert panel(till) is till.till._sale
    assert till.quantities() == [("Article 2", 1000)]


def test_an_unknown_code_on_the_receipt_is_told_where_it_is_seen(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("Ctrl+P")
    till.keyboard.scan(UNKNOWN)
    assert panel(till) is till.till._sale
    assert till.title == f"Code inconnu : {UNKNOWN}"


def test_a_sale_behind_the_form_is_shown_and_the_form_is_gone_on_with(till: Counter) -> None:
    till.scan(1)
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("Shift+F4")
    till.keyboard.type("Huile")
    till.keyboard.press("F9")
    assert panel(till) is till.till._sale
    assert till.title.startswith("Rien n’est encaissé")
    assert till.tickets() == []
    till.keyboard.press("Esc")
    till.keyboard.press("Shift+F4")
    assert till.till._newcomer.form._name.text() == "Huile"


def test_a_form_that_one_person_left_begins_empty_for_the_next(till: Counter) -> None:
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("Shift+F4")
    till.keyboard.type("Huile")
    till.keyboard.press("F12")
    till.sign_in()
    till.keyboard.press("Shift+F4")
    assert till.till._newcomer.form._name.text() == ""


def test_a_pay_key_on_the_form_with_nothing_to_pay_says_so(till: Counter) -> None:
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("Shift+F4")
    till.keyboard.press("F9")
    assert till.till._newcomer.form._problem.text() == "La vente est vide : scannez un article."
    assert till.sounds.played[-1] == "problem"


def test_a_sale_behind_the_owner_s_pin_is_shown_before_it_is_paid(till: Counter) -> None:
    till.scan(1)
    to_approval(till)
    till.keyboard.press("F10")
    assert panel(till) is till.till._sale
    assert till.tickets() == []


def test_a_refused_pin_is_told_in_whole_words(till: Counter) -> None:
    to_approval(till)
    till.keyboard.type(CASHIER_PIN)
    till.keyboard.press("F12")
    told = till.till._newcomer.approval._problem
    assert told.text() == "Code incorrect. Essais restants : 4."
    assert told.width() >= told.fontMetrics().horizontalAdvance(told.text())
    assert told.height() >= told.heightForWidth(told.width())
    till.keyboard.type(OWNER_PIN)
    till.keyboard.press("F12")
    assert till.quantities() == [("Huile", 1000)]


def test_giving_a_code_to_a_product_is_said_until_it_is_done_or_left(counter: Counter) -> None:
    counter.sign_in("nadia")
    counter.window.shell.go("till")
    line = counter.till._entry.line
    for way_out in ("Esc", "Return"):
        counter.keyboard.scan(UNKNOWN)
        counter.keyboard.press("Shift+F3")
        counter.keyboard.type("article 4")
        assert line._code.isVisible()
        assert line._code.text() == f"Associer {UNKNOWN} à :"
        assert line._field.placeholderText() == "Nom de l’article"
        counter.keyboard.press(way_out)
        assert not line._code.isVisible()
        assert line._field.placeholderText() == "Scannez, ou cherchez un article"


def test_the_last_ticket_is_still_known_after_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    before = Counter(qtbot, tmp_path)
    before.sign_in()
    before.scan(1)
    before.keyboard.press("F9")
    receipt = before.tickets()[0].where.receipt
    before.close()
    after = Counter(qtbot, tmp_path)
    after.sign_in()
    after.keyboard.press("Ctrl+P")
    assert panel(after) is after.till._receipt
    after.keyboard.press("Ctrl+P")
    assert (after.home.receipts / f"{receipt}.pdf").read_bytes().startswith(b"%PDF")
    assert [entry.kind for entry in after.stored.journal.unsent(100, 1 << 30)][-1] == "receipt.reprinted"
    after.keyboard.press("Esc")
    assert panel(after) is after.till._sale
    after.close()


def test_a_receipt_asked_for_before_the_first_sale_says_that_there_is_none(till: Counter) -> None:
    till.keyboard.press("Ctrl+P")
    assert till.title == "Aucune vente sur cette caisse pour l’instant"
    assert till.sounds.played[-1] == "problem"
