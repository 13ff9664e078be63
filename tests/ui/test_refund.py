"""Giving back, by real keys on the real window."""

from tests.ui.counter import Counter, code_of


def total(counter: Counter) -> str:
    return counter.till._pay.total.words.figure


def change(counter: Counter) -> str:
    assert counter.till.panel is counter.till._change
    return counter.till._change.words.figure


def sold(counter: Counter, *numbers: int) -> str:
    """Sell products and return the receipt's number."""
    counter.scan(*numbers)
    counter.keyboard.press("F9")
    return counter.tickets()[-1].where.receipt


def test_lines_of_a_ticket_are_given_back(till: Counter) -> None:
    till.scan(1, 1, 2)
    till.keyboard.press("F9")
    (sold,) = till.tickets()
    till.keyboard.press("F7")
    till.keyboard.scan(sold.where.receipt)
    assert till.till._refund.has_ticket
    till.scan(1)
    assert total(till) == "12,50"
    till.keyboard.press("F9")
    assert len(till.tickets()) == 1
    till.keyboard.press("Shift+F3")
    assert change(till) == "12,50"
    refund = till.tickets()[1]
    assert (refund.refund, refund.total, refund.lines[0].quantity) == (True, 1250, 1000)


def test_a_scanned_receipt_opens_its_refund_and_confirms_nothing(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    receipt = till.tickets()[0].where.receipt
    till.keyboard.scan(receipt)
    till.keyboard.scan(receipt)
    assert till.till.panel is till.till._refund
    assert len(till.tickets()) == 1


def test_an_article_that_is_not_on_the_ticket_is_not_chosen(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.scan(till.tickets()[0].where.receipt)
    till.scan(2)
    assert till.sounds.played[-1] == "unknown"
    assert total(till) == "0,00"
    till.scan(1, 1)
    assert total(till) == "12,50"


def test_a_refund_of_nothing_is_refused_in_the_flow(till: Counter) -> None:
    till.keyboard.press("F7")
    till.keyboard.press("F9")
    assert till.till._refund._strip.notice.title.startswith("Choisissez")
    till.keyboard.press("Esc")
    till.keyboard.press("Esc")
    assert till.till.panel is till.till._sale


def test_a_refund_s_keys_say_that_they_give_back(till: Counter) -> None:
    till.keyboard.press("F7")
    assert till.till._pay.tenders._printed == "F9 · rembourser"
    assert till.till._pay.notes.amounts == ()
    till.keyboard.press("Esc")
    assert till.till._pay.tenders._printed == "F9 · compte juste"
    assert till.till._pay.notes.amounts


def test_a_ticket_is_taken_from_the_last_ones_and_given_back_whole(till: Counter) -> None:
    sold(till, 1, 1, 2)
    till.keyboard.press("F7")
    till.keyboard.press("F2")
    till.keyboard.press("F3")
    assert total(till) == "37,50"
    till.keyboard.press("F10")
    till.keyboard.press("Shift+F3")
    refund = till.tickets()[1]
    assert [(line.name, line.quantity) for line in refund.lines] == [("Article 1", 2000), ("Article 2", 1000)]


def test_never_more_comes_back_than_was_sold_even_in_two_steps(till: Counter) -> None:
    receipt = sold(till, 1)
    for _time in range(2):
        till.keyboard.press("F7")
        till.keyboard.scan(receipt)
        till.keyboard.press("F3")
        till.keyboard.press("F9")
        till.keyboard.press("Shift+F3")
    assert sum(ticket.total for ticket in till.tickets() if ticket.refund) == 1250


def test_a_refund_confirmed_twice_gives_back_once(till: Counter) -> None:
    receipt = sold(till, 1, 1)
    till.keyboard.scan(receipt)
    till.keyboard.press("F3")
    till.keyboard.press("F9")
    till.keyboard.press("Shift+F3")
    till.keyboard.press("Shift+F3")
    till.keyboard.press("F9")
    assert len(till.tickets()) == 2


def test_arrows_choose_lines_and_quantities(till: Counter) -> None:
    receipt = sold(till, 1, 2, 2)
    till.keyboard.scan(receipt)
    till.keyboard.press("Down")
    till.keyboard.press("Right")
    till.keyboard.press("Right")
    till.keyboard.press("Left")
    assert total(till) == "12,50"


def test_the_sale_in_progress_waits_behind_a_refund(till: Counter) -> None:
    receipt = sold(till, 1)
    till.scan(2)
    till.keyboard.scan(receipt)
    till.keyboard.press("Esc")
    till.keyboard.press("Esc")
    assert till.quantities() == [("Article 2", 1000)]
    assert total(till) == "12,50"


def test_an_unknown_receipt_is_told_in_the_flow(till: Counter) -> None:
    till.keyboard.scan("A1-ZZZ-000001")
    assert till.till._refund._strip.notice.title.startswith("Ticket A1-ZZZ-000001 introuvable")
    assert till.sounds.played[-1] == "problem"


def strip(counter: Counter) -> str:
    return counter.till._refund._strip.notice.title


def test_an_article_scanned_once_more_than_was_sold_is_all_chosen(till: Counter) -> None:
    till.keyboard.scan(sold(till, 1, 1))
    till.scan(1, 1, 1)
    assert strip(till) == "« Article 1 » : déjà tout choisi"
    assert total(till) == "25,00"


def test_an_article_that_came_back_already_is_said_to_have(till: Counter) -> None:
    receipt = sold(till, 1, 2)
    till.keyboard.scan(receipt)
    till.scan(1)
    till.keyboard.press("F9")
    till.keyboard.press("Shift+F3")
    till.keyboard.scan(receipt)
    till.scan(1)
    assert strip(till) == "« Article 1 » : déjà remboursé"
    assert total(till) == "0,00"


def test_an_article_of_another_ticket_is_named_by_the_code_under_its_bars(till: Counter) -> None:
    till.keyboard.scan(sold(till, 1))
    till.scan(2)
    assert strip(till) == f"L’article {code_of(2).lstrip('0')} n’est pas sur ce ticket"


def test_the_receipt_of_a_refund_is_known_for_what_it_is(till: Counter) -> None:
    till.keyboard.scan(sold(till, 1))
    till.keyboard.press("F3")
    till.keyboard.press("F9")
    till.keyboard.press("Shift+F3")
    refund = till.tickets()[-1].where.receipt
    till.keyboard.scan(refund)
    assert strip(till).startswith(f"Le ticket {refund} est déjà un retour")
    assert not till.till._refund.has_ticket
