"""A body is read exactly when the domain finds its shape right."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.event import Kind, Unreadable, check_body
from seraphine_pos.domain.journal import canonical
from sync_server import bodies, errors
from tests.sync_server.shop import ticket

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.text(max_size=2), parts, max_size=2),
    max_leaves=4,
)
SALE: Any = ticket([100, 200])
PLACES = st.sampled_from([[name] for name in SALE] + [["lines", 0, name] for name in SALE["lines"][0]])


def is_right(body: dict[str, Any]) -> bool:
    """Ask the domain."""
    try:
        check_body(Kind.SALE_COMPLETED, 1, body)
    except Unreadable:
        return False
    return True


def is_read(body: dict[str, Any]) -> bool:
    """Ask the reader."""
    try:
        bodies.read(Kind.SALE_COMPLETED, 1, json.dumps(body))
    except ValueError:
        return False
    return True


@given(place=PLACES, value=JSON, gone=st.booleans())
def test_it_agrees_with_the_domain(place: list[Any], value: object, *, gone: bool) -> None:
    body: Any = ticket([100, 200])
    part = body
    for step in place[:-1]:
        part = part[step]
    if gone:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    assert is_read(body) == is_right(body)


def test_what_is_read_is_what_was_written() -> None:
    body = ticket([100, 200])
    assert bodies.read(Kind.SALE_COMPLETED, 1, canonical(body)) == body
    assert bodies.read(Kind.SALE_COMPLETED, 1, canonical({**body, "later": [1]})) == body


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "null", '{"a":NaN}', '{"a":"\\ud800"}'])
def test_what_is_no_body_is_not_read(body: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        bodies.read(Kind.SALE_COMPLETED, 1, body)


def test_it_says_what_is_wrong_in_the_domain_s_words() -> None:
    wrong = {**SALE, "lines": [{**SALE["lines"][0], "quantity": "1"}]}
    with pytest.raises(Unreadable, match=r"^sale\.completed\.lines: quantity has the wrong type$"):
        bodies.read(Kind.SALE_COMPLETED, 1, canonical(wrong))
    with pytest.raises(Unreadable, match=r"^unknown kind sale\.dreamt version 1$"):
        bodies.read("sale.dreamt", 1, "{}")


def test_every_code_of_a_problem_is_in_the_protocol() -> None:
    told = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    codes = {one.code for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.Problem)}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in told] == []
