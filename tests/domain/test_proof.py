"""A day's proof: the same in any order, batch and journal, and another one for a single cent."""

from dataclasses import replace
from hashlib import sha256
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import proof, sale
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, canonical, parse, seal
from seraphine_pos.domain.proof import Proof, Shares, none_of
from tests.domain.examples import cart_of, product, refund_of, ticket_of

DAYS = ("2026-03-14", "2026-03-15")


def entry(no: int, price: int, day: str, *, refund: bool = False, journal_id: str = "journal-1") -> Entry:
    """Return the sealed entry of one ticket."""
    sold = ticket_of(cart_of((product(1, price), 1000)), f"event-{no}")
    if refund:
        sold = refund_of(sold, list(sold.lines), f"event-{no}")
    body = sale.to_body(replace(sold, where=replace(sold.where, business_day=day, number=no)), None)
    kind = Kind.SALE_REFUNDED if refund else Kind.SALE_COMPLETED
    salt = sha256(str(no).encode()).digest()[:16]
    return seal(journal_id, no, FIRST_HASH, Draft(f"event-{no}", kind, 1, 1_773_478_800_000, salt, canonical(body)))


def proofs_of(entries: list[Entry]) -> list[Proof]:
    shares = Shares()
    for one in entries:
        shares.add(one, parse(one.body))
    return [share.proof() for share in shares.rows()]


tickets = st.lists(st.tuples(st.integers(1, 99_999), st.sampled_from(DAYS), st.booleans()), max_size=12)


@given(tickets, st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_batches_and_journals_leave_no_trace(rung: list[tuple[int, str, bool]], chance: Random, cut: int) -> None:
    entries = [entry(no, price, day, refund=refund) for no, (price, day, refund) in enumerate(rung, 1)]
    carried = [seal("journal-2", 100 - one.seq, one.hash, _draft(one)) for one in entries]
    chance.shuffle(carried)
    first, second = Shares(), Shares()
    for one in carried[:cut]:
        first.add(one, parse(one.body))
    for one in carried[cut:]:
        second.add(one, parse(one.body))
    together = [share.proof() for share in proof.gather([*second.rows(), *first.rows()])]
    assert together == proofs_of(entries)
    assert sum(one.tickets for one in together) == len(rung)
    assert sum(one.net for one in together) == sum(-price if refund else price for price, _, refund in rung)


@given(tickets.filter(bool), st.data())
def test_a_single_cent_a_lost_and_a_doubled_ticket_are_seen(
    rung: list[tuple[int, str, bool]], data: st.DataObject
) -> None:
    entries = [entry(no, price, day, refund=refund) for no, (price, day, refund) in enumerate(rung, 1)]
    place = data.draw(st.integers(0, len(rung) - 1))
    price, day, refund = rung[place]
    changed = [*entries]
    changed[place] = entry(place + 1, price + 1, day, refund=refund)
    whole = proofs_of(entries)
    for other in (changed, [*entries[:place], *entries[place + 1 :]], [*entries, entries[place]]):
        found = {one.digest for one in proofs_of(other)}
        assert found != {one.digest for one in whole}


def test_amounts_that_change_places_keep_the_sum_and_change_the_digest() -> None:
    one, other = (
        proofs_of([entry(1, first, DAYS[0]), entry(2, second, DAYS[0])]) for first, second in ((300, 500), (500, 300))
    )
    assert [(found.tickets, found.net) for found in (*one, *other)] == [(2, 800), (2, 800)]
    assert one[0].digest != other[0].digest


def test_only_tickets_are_counted() -> None:
    shares = Shares()
    drawer = seal("journal-1", 1, FIRST_HASH, Draft("event-1", Kind.DRAWER_OPENED, 1, 0, bytes(16), "{}"))
    shares.add(drawer, {})
    assert shares.rows() == []
    assert none_of(DAYS[0], "till-1") == Proof(DAYS[0], "till-1", 0, 0, "0" * 64)


def test_the_format_is_kept() -> None:
    (found,) = proofs_of([entry(1, 1250, DAYS[0]), entry(2, 990, DAYS[0], refund=True)])
    assert found == Proof(DAYS[0], "till-1", 2, 260, found.digest)
    marks = [
        int.from_bytes(sha256(b"\0".join((b"seraphine day proof 1", kind, event, one.digest))).digest())
        for kind, event, one in (
            (b"sale.completed", b"event-1", entry(1, 1250, DAYS[0])),
            (b"sale.refunded", b"event-2", entry(2, 990, DAYS[0], refund=True)),
        )
    ]
    assert found.digest == f"{sum(marks) % 2**256:064x}"


def _draft(one: Entry) -> Draft:
    return Draft(one.event_id, one.kind, one.version, one.at_ms, one.salt, one.body)
