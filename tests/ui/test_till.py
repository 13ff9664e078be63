"""The till's page by real keys on the real window: what a cashier does all day."""

import pytest

from seraphine_pos.domain.sale import Method
from tests.ui.counter import A_LINE, CASHIER_PIN, OWNER_PIN, UNKNOWN, Counter, code_of


def total(counter: Counter) -> str:
    return counter.till._pay.total.words.figure


def change(counter: Counter) -> str:
    assert counter.till.panel is counter.till._change
    return counter.till._change.words.figure


def test_a_scan_adds_the_product_and_shows_it(till: Counter) -> None:
    till.scan(1)
    assert till.quantities() == [A_LINE]
    assert till.till._sale.cart.row_at(0).name == "Article 1"
    assert till.till._sale.last_line.words.price == "1 × 12,50"
    assert total(till) == "12,50"
    assert till.sounds.played == ["scan"]


def test_scans_back_to_back_lose_nothing(till: Counter) -> None:
    till.scan(1, 2, 1, 3, 1)
    assert till.quantities() == [("Article 1", 3000), ("Article 2", 1000), ("Article 3", 1000)]


def test_the_newest_line_stands_on_top(till: Counter) -> None:
    till.scan(1, 2)
    assert [till.till._sale.cart.row_at(place).name for place in (0, 1)] == ["Article 2", "Article 1"]


def test_an_unknown_code_is_told_and_takes_no_scan_away(till: Counter) -> None:
    till.scan(1)
    till.keyboard.scan(UNKNOWN)
    assert till.title == f"Code inconnu : {UNKNOWN}"
    assert till.sounds.played[-1] == "unknown"
    till.scan(2)
    assert till.quantities() == [A_LINE, ("Article 2", 1000)]
    assert till.title == f"Code inconnu : {UNKNOWN}"
    till.keyboard.press("Esc")
    assert till.title == ""


def test_two_unknown_codes_wait_their_turn(till: Counter) -> None:
    till.keyboard.scan(UNKNOWN)
    till.keyboard.scan("ABC-1")
    assert till.title.endswith(UNKNOWN)
    till.keyboard.press("Esc")
    assert till.title.endswith("ABC-1")


def test_a_scan_s_enter_confirms_nothing_on_a_strip(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("Ctrl+Del")
    assert till.title == "Annuler la vente ?"
    till.scan(2)
    assert till.quantities() == [A_LINE, ("Article 2", 1000)]


@pytest.mark.parametrize("length", [129, 10_000])
def test_a_scan_that_is_no_code_is_told_and_harms_nothing(till: Counter, length: int) -> None:
    till.scan(1)
    till.keyboard.scan("7" * length)
    assert till.title == "Code illisible"
    assert till.quantities() == [A_LINE]
    assert till.till._entry.typed == ""
    till.scan(1)
    assert till.quantities() == [("Article 1", 2000)]


def test_a_cashier_creates_a_product_with_an_owner_s_pin(till: Counter) -> None:
    board = till.keyboard
    board.scan(UNKNOWN)
    board.press("Shift+F4")
    board.type("Huile d'argan")
    board.press("Tab")
    board.type("89,50")
    board.press("Shift+F4")
    assert till.till.panel is till.till._newcomer.approval
    board.type(OWNER_PIN)
    board.press("F12")
    assert till.quantities() == [("Huile d'argan", 1000)]
    assert total(till) == "89,50"
    assert till.title == ""
    product = till.shop.catalogue.find(UNKNOWN)
    assert product is not None
    assert product.price == 8950


def test_a_cashier_s_own_pin_approves_nothing(till: Counter) -> None:
    board = till.keyboard
    board.scan(UNKNOWN)
    board.press("Shift+F4")
    board.type("Huile")
    board.press("Tab")
    board.type("1")
    board.press("Shift+F4")
    board.type(CASHIER_PIN)
    board.press("F12")
    assert till.till.panel is till.till._newcomer.approval
    assert till.shop.catalogue.find(UNKNOWN) is None


def test_a_form_without_a_price_says_so(till: Counter) -> None:
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("Shift+F4")
    till.keyboard.type("Huile")
    till.keyboard.press("Shift+F4")
    assert till.till.panel is till.till._newcomer.form
    assert "n’est pas un montant" in till.till._newcomer.form._problem.text()


def test_a_scan_while_the_form_is_open_is_rung_and_leaves_the_form(till: Counter) -> None:
    till.keyboard.scan(UNKNOWN)
    till.keyboard.press("Shift+F4")
    till.keyboard.type("Huile")
    till.scan(1)
    assert till.quantities() == [A_LINE]
    assert till.till._newcomer.form._name.text() == "Huile"
    assert till.till.panel is till.till._newcomer.form


def test_an_unknown_code_is_given_to_a_product_that_is_searched(counter: Counter) -> None:
    counter.sign_in("nadia")
    counter.window.shell.go("till")
    counter.keyboard.scan(UNKNOWN)
    counter.keyboard.press("Shift+F3")
    counter.keyboard.type("article 4")
    counter.keyboard.press("Return")
    assert counter.quantities() == [("Article 4", 1000)]
    counter.keyboard.scan(UNKNOWN)
    assert counter.quantities() == [("Article 4", 2000)]


def test_a_product_is_found_by_its_name_while_typing(till: Counter) -> None:
    till.keyboard.press("Ctrl+K")
    till.keyboard.type("artic 3")
    assert [product.name for product in till.till._entry._found.products] == ["Article 3"]
    till.keyboard.press("Return")
    assert till.quantities() == [("Article 3", 1000)]
    assert till.till._entry.typed == ""


def test_a_code_typed_by_hand_is_rung(till: Counter) -> None:
    till.keyboard.type(code_of(2))
    till.keyboard.press("Return")
    assert till.quantities() == [("Article 2", 1000)]


@pytest.mark.parametrize("times", ["*", "F3"])
def test_a_number_first_multiplies_the_next_scan_alone(till: Counter, times: str) -> None:
    till.keyboard.type("3")
    if times == "F3":
        till.keyboard.press("F3")
    else:
        till.keyboard.type("*")
    till.scan(1, 1)
    assert till.quantities() == [("Article 1", 4000)]


def test_a_chosen_line_takes_the_number(till: Counter) -> None:
    till.scan(1, 2)
    till.keyboard.press("Down")
    till.keyboard.press("Down")
    till.keyboard.type("5")
    till.keyboard.press("F3")
    assert till.quantities() == [("Article 1", 5000), ("Article 2", 1000)]


def test_del_takes_the_last_line_out_and_the_journal_notes_it(till: Counter) -> None:
    till.scan(1, 2)
    till.keyboard.press("Del")
    assert till.quantities() == [A_LINE]
    kinds = [entry.kind for entry in till.stored.journal.unsent(100, 1 << 30)]
    assert kinds.count("line.removed") == 1


def test_a_sale_is_given_up_only_when_confirmed(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("Ctrl+Del")
    till.keyboard.press("Esc")
    assert till.quantities() == [A_LINE]
    till.keyboard.press("Ctrl+Del")
    till.keyboard.press("Shift+F3")
    assert till.quantities() == []
    assert total(till) == "0,00"


def test_exact_cash_is_one_key(till: Counter) -> None:
    till.scan(1, 2)
    till.keyboard.press("F9")
    assert change(till) == "25,00"
    (ticket,) = till.tickets()
    assert (ticket.total, ticket.change, ticket.tenders[0].method) == (2500, 0, Method.CASH)


def test_an_amount_then_cash_gives_change(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("20")
    till.keyboard.press("F9")
    assert change(till) == "7,50"
    assert "1 × 5" in till.till._change.words.detail


def test_a_digit_still_held_when_cash_is_pressed_counts(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("2")
    till.keyboard._send("0", 0x30, 200)  # type: ignore[arg-type]  # no pause before the key that follows
    till.keyboard.press("F9")
    assert change(till) == "7,50"


def test_less_cash_is_a_part_and_the_rest_stays_due(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("5")
    till.keyboard.press("F9")
    assert till.tickets() == []
    assert total(till) == "7,50"
    till.keyboard.press("F10")
    (ticket,) = till.tickets()
    assert [(tender.method, tender.amount) for tender in ticket.tenders] == [(Method.CASH, 500), (Method.CARD, 750)]


def test_a_quick_note_is_one_key(till: Counter) -> None:
    till.scan(1)
    assert till.till._pay.notes.amounts[0] == 2000
    till.keyboard.press("Shift+F9")
    assert change(till) == "7,50"


def test_another_payment_asks_for_a_note(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F11")
    till.keyboard.type("Bon 17")
    till.keyboard.press("F11")
    (ticket,) = till.tickets()
    assert (ticket.tenders[0].method, ticket.note) == (Method.OTHER, "Bon 17")


def test_pay_pressed_twice_pays_once(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("F9")
    till.keyboard.press("F10")
    assert len(till.tickets()) == 1
    assert change(till) == "12,50"


def test_the_next_scan_starts_the_next_sale(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.scan(2)
    assert till.till.panel is till.till._sale
    assert till.quantities() == [("Article 2", 1000)]


def test_an_empty_sale_is_not_paid(till: Counter) -> None:
    till.keyboard.press("F9")
    assert "vide" in till.title
    till.scan(1)
    assert till.title == ""


def test_an_odd_amount_is_asked_about_first(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("2000")
    till.keyboard.press("F9")
    assert "2\u202f000,00\xa0MAD" in till.title
    assert till.tickets() == []
    till.keyboard.press("Shift+F3")
    assert change(till) == "1\u202f987,50"


def test_a_card_never_exceeds_what_is_due(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("20")
    till.keyboard.press("F10")
    assert "12,50\xa0MAD" in till.title
    assert till.tickets() == []


def test_the_receipt_is_shown_and_kept_as_pdf(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("Ctrl+P")
    assert till.till.panel is till.till._receipt
    till.keyboard.press("Ctrl+P")
    (ticket,) = till.tickets()
    assert (till.home.receipts / f"{ticket.where.receipt}.pdf").read_bytes().startswith(b"%PDF")


def test_help_comes_and_goes(till: Counter) -> None:
    till.keyboard.press("F1")
    assert till.window._help is not None
    assert till.window._help.isVisible()
    till.keyboard.press("F1")
    assert not till.window._help.isVisible()


def test_no_letter_and_no_enter_is_a_shortcut(till: Counter) -> None:
    till.scan(1)
    for key in "abcdefghijklmnopqrstuvwxyz":
        till.keyboard.type(key)
    till.keyboard.press("Esc")
    for key in ("Return", "Enter", "Tab", "Space"):
        till.keyboard.press(key)
    assert till.tickets() == []
    assert till.quantities() == [A_LINE]


def test_the_keypad_writes_where_the_keyboard_does(till: Counter) -> None:
    till.scan(1)
    for key in ("2", "0"):
        till.till._pay.keypad.pressed.emit(key)
    till.keyboard.press("F9")
    assert change(till) == "7,50"


def test_an_amount_typed_after_a_scan_has_closed_a_note_is_counted(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F11")
    till.scan(2)
    till.keyboard.type("50")
    till.keyboard.press("F9")
    assert [(tender.given, tender.change) for tender in till.tickets()[-1].tenders] == [(5000, 2500)]


def test_a_long_unknown_code_does_not_widen_the_window(till: Counter) -> None:
    width = till.window.width()
    till.keyboard.scan("8" * 127 + "1")
    assert till.till.minimumSizeHint().width() <= width
    assert till.window.minimumSizeHint().width() <= 1366


def test_a_part_paid_sale_that_is_given_up_says_what_goes_back_until_it_is_read(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("5")
    till.keyboard.press("F9")
    till.keyboard.press("Ctrl+Del")
    till.keyboard.press("Shift+F3")
    assert till.title == "Rendez 5,00\xa0MAD au client"
    till.scan(2)
    assert till.title == "Rendez 5,00\xa0MAD au client"
    till.keyboard.press("Esc")
    assert till.title == ""
