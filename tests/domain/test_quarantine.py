"""What is wrong with an entry, what can be read of it all the same, and the way of the list over the wire."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import sale
from seraphine_pos.domain.clock import CALENDAR_END_MS
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, canonical, seal
from seraphine_pos.domain.quarantine import (
    EXCERPT_LETTERS,
    Nature,
    Quarantine,
    SetAside,
    describe,
    from_wire,
    nature_of,
    of_this_till,
    to_wire,
)
from seraphine_pos.domain.report import STORE, THIS_TILL
from tests.domain.examples import cart_of, product, ticket_of

BODY: dict[str, Any] = json.loads(canonical(sale.to_body(ticket_of(cart_of((product(), 1000))), None)))


def sealed(body: str, *, kind: str = Kind.SALE_COMPLETED, at_ms: int = 1_795_000_000_000) -> Entry:
    return seal("journal", 7, FIRST_HASH, Draft("event", kind, 1, at_ms, b"salt", body))


def described(entry: Entry) -> SetAside:
    nature = nature_of(entry.kind, entry.version, entry.body)
    return describe(entry, till="A1", nature=nature, reason="why", came_at_ms=5)


@pytest.mark.parametrize(
    ("kind", "version", "body", "nature"),
    [
        ("sale.dreamt", 1, "{}", Nature.NEWER),
        (Kind.SALE_COMPLETED, 2, canonical(BODY), Nature.NEWER),
        (Kind.SALE_COMPLETED, 1, "{", Nature.DAMAGED),
        (Kind.SALE_COMPLETED, 1, "[]", Nature.DAMAGED),
        (Kind.SALE_COMPLETED, 1, '{"a":' * 100_000, Nature.DAMAGED),
        (Kind.SALE_COMPLETED, 1, '{"total":1}', Nature.INCOMPLETE),
        (Kind.SALE_COMPLETED, 1, canonical({**BODY, "total": "1"}), Nature.INCOMPLETE),
        (Kind.SALE_COMPLETED, 1, canonical({**BODY, "total": BODY["total"] + 1}), Nature.INCONSISTENT),
        (Kind.SALE_COMPLETED, 1, canonical({**BODY, "hour": 24}), Nature.INCONSISTENT),
        (Kind.SALE_COMPLETED, 1, canonical({**BODY, "business_day": "demain"}), Nature.INCONSISTENT),
        (Kind.SALE_COMPLETED, 1, canonical(BODY), Nature.REFUSED),
        (Kind.STAFF_SIGNED_IN, 1, '{"operator_id":"salma"}', Nature.REFUSED),
    ],
)
def test_each_nature_has_its_name(kind: str, version: int, body: str, nature: Nature) -> None:
    assert nature_of(kind, version, body) is nature


def test_what_a_ticket_says_is_said() -> None:
    one = described(sealed(canonical({**BODY, "tax": 10**6})))
    assert (one.receipt, one.total, one.operator_id) == (BODY["receipt"], BODY["total"], BODY["operator_id"])
    assert (one.seq, one.till, one.nature, one.at_ms) == (7, "A1", Nature.INCONSISTENT, 1_795_000_000_000)


@pytest.mark.parametrize("value", [None, 1, True, [], "x" * 65, "a\nb", {"a": 1}])
def test_what_is_no_name_is_not_shown_as_one(value: object) -> None:
    assert described(sealed(json.dumps({"receipt": value}))).receipt == ""


@pytest.mark.parametrize("value", [None, "1", True, 1.5, 1 << 62, -(1 << 62), []])
def test_what_is_no_amount_is_not_shown_as_one(value: object) -> None:
    assert described(sealed(json.dumps({"total": value}))).total is None


def test_a_long_body_is_shown_by_its_beginning() -> None:
    one = described(sealed("x" * (EXCERPT_LETTERS + 9)))
    assert (len(one.excerpt), one.letters) == (EXCERPT_LETTERS, EXCERPT_LETTERS + 9)


@pytest.mark.parametrize("at_ms", [-1, CALENDAR_END_MS, 1 << 62])
def test_a_moment_that_no_calendar_has_is_replaced_by_when_it_came(at_ms: int) -> None:
    assert described(sealed("{}", at_ms=at_ms)).at_ms == 5


@given(body=st.text(st.characters(codec="utf-8"), min_size=1), count=st.integers(0, 1 << 40))
def test_the_list_comes_over_the_wire_as_it_is(body: str, count: int) -> None:
    found = Quarantine(STORE, count, (described(sealed(body)), described(sealed(canonical(BODY)))))
    assert from_wire(json.loads(json.dumps(to_wire(found)))) == found


def test_a_nature_of_a_later_server_is_read_as_a_refusal() -> None:
    one = described(sealed("{}"))
    wire = to_wire(Quarantine(STORE, 1, (one,)))
    wire["entries"][0]["nature"] = "haunted"  # type: ignore[index]  # its entries
    assert from_wire(wire).entries == (replace(one, nature=Nature.REFUSED),)


@pytest.mark.parametrize("change", [{"seq": "7"}, {"till": None}, {"total": "1"}, {"at_ms": True}, {"excerpt": 1}])
def test_what_is_no_entry_is_refused(change: dict[str, object]) -> None:
    wire = to_wire(Quarantine(STORE, 1, (described(sealed("{}")),)))
    wire["entries"][0].update(change)  # type: ignore[index]  # its entries
    with pytest.raises(ValueError, match="not an entry"):
        from_wire(wire)


@pytest.mark.parametrize("wire", [{}, {"count": 1}, {"count": "1", "entries": []}, {"count": 0, "entries": {}}])
def test_what_is_no_list_is_refused(wire: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        from_wire(wire)


def test_a_till_s_own_list_counts_itself() -> None:
    one = described(sealed("{}"))
    assert of_this_till([one]) == Quarantine(THIS_TILL, 1, (one,))
