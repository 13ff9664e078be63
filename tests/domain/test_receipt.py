"""What a receipt says, on screens and on paper of every width."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.cart import add
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.receipt import COLUMNS, Row, Style, as_text, rows
from seraphine_pos.domain.sale import Method, Tender, Ticket
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax
from tests.domain import examples

STORE = Store("Pharmacie Al Amal", "3, rue du Port\n20000 Casablanca", Currency("MAD", 2), "Africa/Casablanca", "fr")


def sold(**changes: object) -> Ticket:
    cart = examples.cart_of((examples.product(1), 2000), (examples.product(2), 1000))
    cart = add(cart, examples.product(3), Tax("TVA7", "TVA 7 %", 700), 500)
    ticket = replace(examples.ticket_of(cart), tenders=(Tender(Method.CASH, cart.total, 5000, 5000 - cart.total),))
    return replace(ticket, **changes)  # type: ignore[arg-type]


def said(ticket: Ticket, store: Store = STORE, *, copy: bool = False) -> list[tuple[str, str]]:
    return [(row.left, row.right) for row in rows(ticket, store, "Salma B.", copy=copy)]


def test_it_names_shop_ticket_person_lines_total_payment_change_and_taxes() -> None:
    ticket = sold()
    words = said(ticket)
    assert words[:3] == [("Pharmacie Al Amal", ""), ("3, rue du Port", ""), ("20000 Casablanca", "")]
    assert ("Ticket", ticket.where.receipt) in words
    assert ("Servi par", "Salma B.") in words
    assert ("Article 1", "25,00") in words
    assert ("2 × 12,50", "") in words
    assert ("Total", "43,75 MAD") in words
    assert ("Espèces", "50,00") in words
    assert ("Rendu", "6,25") in words
    assert ("dont TVA 20 % sur 31,25 HT", "6,25") in words
    assert ("dont TVA 7 % sur 5,84 HT", "0,41") in words
    assert words[-1] == (ticket.where.receipt, "")


def test_a_heading_of_the_shop_stands_instead_of_its_name() -> None:
    words = said(sold(), replace(STORE, receipt_header="AL AMAL\nICE 000", receipt_footer="À bientôt"))
    assert words[:2] == [("AL AMAL", ""), ("ICE 000", "")]
    assert ("À bientôt", "") in words
    assert ("Pharmacie Al Amal", "") not in words


def test_a_copy_and_a_refund_say_so() -> None:
    assert ("DUPLICATA", "") in said(sold(), copy=True)
    refund = said(sold(refund=True, reason="Article abîmé"))
    assert ("RETOUR", "") in refund
    assert ("Total remboursé", "43,75 MAD") in refund
    assert ("Motif : Article abîmé", "") in refund


def test_a_refund_names_the_sales_it_gives_back_and_promises_no_exchange() -> None:
    store = replace(STORE, receipt_footer="Échange sous 7 jours avec ce ticket")
    receipt = rows(sold(refund=True), store, "Salma B.", gives_back=("A1-7QK-000001", "A1-7QK-000004"))
    words = [(row.left, row.right) for row in receipt]
    number = words.index(("Ticket", sold().where.receipt))
    assert [row for row in words[number:] if row[0] == "Retour du ticket"] == [
        ("Retour du ticket", "A1-7QK-000001"),
        ("Retour du ticket", "A1-7QK-000004"),
    ]
    assert ("Échange sous 7 jours avec ce ticket", "") not in words
    assert ("Échange sous 7 jours avec ce ticket", "") in said(sold(), store)


def test_a_note_and_a_discount_are_told() -> None:
    ticket = sold(note="Bon 17")
    ticket = replace(ticket, lines=(replace(ticket.lines[0], discount=250), *ticket.lines[1:]))
    words = said(ticket)
    assert ("Note : Bon 17", "") in words
    assert ("Remise", "−2,50") in words


def test_words_are_translated_before_their_places_are_filled() -> None:
    english = {"Ticket": "Receipt", "dont TVA {rate} % sur {net} HT": "of which VAT {rate}% on {net}"}
    receipt = rows(sold(), STORE, "", translate=lambda word: english.get(word, word))
    assert any(row.left == "Receipt" for row in receipt)
    assert any(row.left.startswith("of which VAT 20% on") for row in receipt)
    assert not any(row.left == "Servi par" for row in receipt)


@pytest.mark.parametrize("columns", COLUMNS)
def test_no_row_is_wider_than_the_paper(columns: int) -> None:
    ticket = sold()
    name = "Lait infantile premier âge, boîte de quatre cents grammes " * 3
    ticket = replace(ticket, lines=(replace(ticket.lines[0], name=name), *ticket.lines[1:]))
    lines = as_text(rows(ticket, STORE, "Salma"), columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert "43,75 MAD" in "\n".join(lines)


@given(left=st.text(max_size=120), right=st.text("0123456789,", max_size=12), columns=st.sampled_from(COLUMNS))
def test_both_sides_are_written_whole_and_within_the_paper(left: str, right: str, columns: int) -> None:
    left = left.replace("\n", " ").replace("\r", " ")
    lines = as_text((Row(left, right),), columns).removesuffix("\n").split("\n")
    assert max(map(len, lines)) <= columns
    assert lines[-1].endswith(right)
    assert "".join("".join(lines).split()) == "".join((left + right).split())


def test_a_rule_crosses_the_paper() -> None:
    assert as_text((Row(style=Style.RULE),), 32) == "-" * 32 + "\n"
