"""Ringing up: from the scan to the ticket on the disk, and nothing in between that a crash could take."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import (
    CardAboveTotal,
    EmptyCart,
    InvalidAmount,
    InvalidCode,
    InvalidText,
    NotAllowed,
    NotSignedIn,
    OddTender,
    PartlyPaid,
    Refusal,
    UnknownCode,
    UnknownLine,
)
from seraphine_pos.domain.sale import Method, Tender, Ticket
from seraphine_pos.store import verify
from tests.domain.examples import product
from tests.store.folder import Folder, page_of, product_document
from tests.till.room import CASHIER, OWNER, Room

BREAD = product(1)
CODE = BREAD.code


def ring(room: Room, *numbers: int) -> None:
    for no in numbers:
        room.checkout.scan(product(no).code)


def paid(room: Room, method: Method = Method.CASH, amount: int | None = None) -> Ticket:
    """Pay the rest and return the ticket."""
    ticket = room.checkout.pay(method, amount)
    assert ticket is not None
    return ticket


def test_a_scan_adds_the_product_with_its_tax(room: Room) -> None:
    cart = room.checkout.scan(CODE)
    (line,) = cart.lines
    assert (line.product_id, line.code, line.quantity, line.amount, line.tax) == (
        BREAD.product_id, CODE, 1000, 1250, 208,
    )  # fmt: skip
    assert room.checkout.scan(CODE.zfill(13)).lines[0].quantity == 2000
    assert room.checkout.scan(CODE, 3000).lines[0].quantity == 5000


def test_an_unknown_code_says_so_and_the_next_scan_goes_on(room: Room) -> None:
    ring(room, 1)
    before = room.checkout.cart
    for code, refusal in (("4006381333931", UnknownCode), ("nothing", UnknownCode), ("", InvalidCode)):
        with pytest.raises(refusal):
            room.checkout.scan(code)
    assert room.checkout.cart is before
    assert len(room.checkout.scan(product(2).code).lines) == 2


def test_a_pack_sells_what_is_in_it(room: Room) -> None:
    codes = [{"code": "A-1", "quantity": 1000}, {"code": "A-6", "quantity": 6000}]
    room.store.mirror.apply(page_of(product_document(9, 50, codes=codes)))
    (line,) = room.checkout.scan("A-6", 2000).lines
    assert (line.quantity, line.amount) == (12_000, 15_000)


def test_nobody_sells_without_signing_in(room: Room) -> None:
    room.session.operator = None
    for act in (lambda: room.checkout.scan(CODE), lambda: room.checkout.pay(Method.CASH)):
        with pytest.raises(NotSignedIn):
            act()


def test_exact_cash_makes_the_ticket_and_an_empty_cart(room: Room) -> None:
    ring(room, 1, 2, 1)
    room.checkout.note("  pour\u200b demain ")
    cart = room.checkout.cart
    ticket = paid(room)
    assert ticket.event_id == cart.cart_id
    assert (ticket.lines, ticket.total, ticket.tax, ticket.note) == (cart.lines, 3750, cart.tax, "pour demain")
    assert ticket.tenders == (Tender(Method.CASH, 3750, 3750),)
    assert (ticket.where.number, ticket.where.operator_id, ticket.where.currency) == (1, "amina", "MAD")
    assert room.checkout.cart.lines == ()
    assert room.checkout.cart.cart_id != cart.cart_id
    assert room.store.ledger.ticket(ticket.where.receipt) == ticket
    assert room.store.carts.latest() is None


def test_change_is_given_for_cash(room: Room) -> None:
    ring(room, 1)
    ticket = paid(room, amount=2000)
    assert (ticket.given, ticket.change, ticket.tenders) == (2000, 750, (Tender(Method.CASH, 1250, 2000, 750),))


def test_part_payments_close_the_cart_and_the_last_makes_the_ticket(room: Room) -> None:
    ring(room, 1)
    assert room.checkout.pay(Method.CARD, 250) is None
    assert room.checkout.cart.due == 1000
    with pytest.raises(PartlyPaid):
        room.checkout.scan(CODE)
    room.open()
    room.staff.take_over(CASHIER)
    assert (room.checkout.cart.paid, room.checkout.cart.due) == (250, 1000)
    ticket = paid(room, Method.CASH, 5000)
    assert [(tender.method, tender.amount) for tender in ticket.tenders] == [(Method.CARD, 250), (Method.CASH, 1000)]
    assert ticket.change == 4000


@pytest.mark.parametrize(
    ("method", "amount", "refusal"),
    [
        (Method.CARD, 1251, CardAboveTotal),
        (Method.OTHER, 1251, CardAboveTotal),
        (Method.CASH, 12_501, OddTender),
        (Method.CASH, 0, InvalidAmount),
        (Method.CASH, -5, InvalidAmount),
        (Method.CARD, -1, InvalidAmount),
    ],
)
def test_a_payment_that_cannot_be_is_refused_and_changes_nothing(
    room: Room, method: Method, amount: int, refusal: type[Refusal]
) -> None:
    ring(room, 1)
    before = room.checkout.cart
    with pytest.raises(refusal) as refused:
        room.checkout.pay(method, amount)
    assert str(refused.value)
    assert room.checkout.cart == before
    assert Kind.SALE_COMPLETED not in room.kinds()


def test_a_banknote_of_ten_times_the_price_is_taken_when_confirmed(room: Room) -> None:
    ring(room, 1)
    ticket = room.checkout.pay(Method.CASH, 20_000, confirmed=True)
    assert ticket is not None
    assert ticket.change == 18_750


def test_nothing_to_pay_is_no_sale(room: Room) -> None:
    with pytest.raises(EmptyCart):
        room.checkout.pay(Method.CASH)


def test_a_sale_that_costs_nothing_has_no_tender(room: Room) -> None:
    room.store.mirror.apply(page_of(product_document(7, 40, price=0)))
    room.checkout.scan(product(7).code)
    ticket = paid(room)
    assert (ticket.total, ticket.tenders) == (0, ())
    assert list(verify.ledger(room.store)) == []


def test_the_cart_is_there_after_the_end_of_the_program(room: Room) -> None:
    ring(room, 1, 2, 3)
    room.checkout.set_quantity(2, 2500)
    room.checkout.remove(1)
    room.checkout.note("demain")
    before = room.checkout.cart
    room.open()
    after = room.checkout.cart
    assert after == replace(before, cart_id=after.cart_id)
    assert after.cart_id != before.cart_id
    room.staff.take_over(CASHIER)
    assert paid(room).lines == before.lines


def test_a_line_taken_out_is_noted(room: Room) -> None:
    ring(room, 1, 2)
    cart = room.checkout.remove(1)
    assert [line.no for line in cart.lines] == [2]
    entry = room.store.journal.unsent(100, 1 << 20)[-1]
    body = form.parse(entry.body)
    assert entry.kind == Kind.LINE_REMOVED
    assert (body["cart_id"], body["product_id"], body["amount"]) == (cart.cart_id, BREAD.product_id, 1250)
    with pytest.raises(UnknownLine):
        room.checkout.remove(1)


def test_a_sale_given_up_is_noted_and_gone(room: Room) -> None:
    ring(room, 1, 2)
    given_up = room.checkout.cart
    assert room.checkout.void("  client\nparti ").lines == ()
    body = form.parse(room.store.journal.unsent(100, 1 << 20)[-1].body)
    assert (body["cart_id"], body["reason"], body["lines"], body["total"]) == (
        given_up.cart_id,
        "client parti",
        2,
        2500,
    )
    room.open()
    assert room.checkout.cart.lines == ()


def test_a_part_payment_that_goes_back_is_noted(room: Room) -> None:
    ring(room, 1, 2)
    room.checkout.pay(Method.CASH, 1000)
    room.checkout.void("client parti")
    body = form.parse(room.store.journal.unsent(100, 1 << 20)[-1].body)
    assert body["tenders"] == [{"method": "cash", "amount": 1000, "given": 1000, "change": 0}]


def test_giving_up_nothing_is_not_noted(room: Room) -> None:
    before = room.kinds()
    room.checkout.void("rien")
    assert room.kinds() == before


def test_another_price_needs_an_owner(room: Room) -> None:
    ring(room, 1)
    with pytest.raises(NotAllowed):
        room.checkout.set_price(1, 900)
    with pytest.raises(NotAllowed):
        room.checkout.set_price(1, 900, approved_by=CASHIER)
    with pytest.raises(NotAllowed):
        room.checkout.add(BREAD, unit_price=900)
    line = room.checkout.set_price(1, 900, approved_by=OWNER).lines[0]
    assert (line.unit_price, line.list_price, line.approved_by) == (900, 1250, "omar")
    room.staff.take_over(OWNER)
    assert room.checkout.add(BREAD, unit_price=800).lines[-1].approved_by is None
    assert room.checkout.add(BREAD, unit_price=1250).lines[-1].unit_price == 1250


@pytest.mark.parametrize("act", ["note", "void"])
def test_words_without_end_are_refused(room: Room, act: str) -> None:
    ring(room, 1)
    with pytest.raises(InvalidText):
        getattr(room.checkout, act)("x" * 10_000)
    assert len(room.checkout.cart.lines) == 1


def test_the_words_of_a_note_stand_apart_from_the_body(room: Room) -> None:
    ring(room, 1)
    room.checkout.note("pour Mme Haddad")
    paid(room)
    entry = room.store.journal.unsent(100, 1 << 20)[-1]
    assert entry.text == "pour Mme Haddad"
    assert "Haddad" not in entry.body
    assert form.parse(entry.body)["text_digest"] == form.text_digest(entry.salt, entry.text)


acts = st.one_of(
    st.tuples(st.just("scan"), st.integers(1, 5), st.integers(1, 4)),
    st.tuples(st.just("quantity"), st.integers(1, 4), st.integers(1, 3000)),
    st.tuples(st.just("remove"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("void"), st.just(0), st.just(0)),
    st.tuples(st.just("pay"), st.sampled_from([0, 1]), st.integers(-500, 3000)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@settings(max_examples=20)
@given(st.lists(acts, max_size=25))
def test_whatever_a_cashier_does_the_till_adds_up(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, int, int]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("till") / "till")
    room = Room(folder)
    room.staff.take_over(CASHIER)
    tickets: list[Ticket] = []
    for act in done:
        if act[0] == "restart":
            room.open()
            room.staff.take_over(CASHIER)
        tickets += perform(room, *act)
    assert [ticket.where.number for ticket in tickets] == list(range(1, len(tickets) + 1))
    for ticket in tickets:
        assert ticket.given - ticket.change == ticket.total == sum(line.amount for line in ticket.lines)
        assert room.store.ledger.ticket(ticket.where.receipt) == ticket
    assert list(verify.chain(room.store)) == []
    assert list(verify.ledger(room.store)) == []
    folder.close()


def perform(room: Room, act: str, which: int, amount: int) -> list[Ticket]:
    """Do one thing at the till, if it allows it; return the ticket that came of it."""
    checkout = room.checkout
    try:
        if act == "scan":
            checkout.scan(product(which).code, amount * 1000)
        elif act == "quantity":
            checkout.set_quantity(which, amount)
        elif act == "remove":
            checkout.remove(which)
        elif act == "void":
            checkout.void("x")
        elif act == "pay":
            ticket = checkout.pay([Method.CASH, Method.CARD][which], amount)
            return [ticket] if ticket is not None else []
    except Refusal:
        return []
    return []
