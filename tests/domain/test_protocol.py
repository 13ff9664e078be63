"""The wire: what is sent is what arrives, and what is no entry or document is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import protocol
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.journal import Entry
from tests.domain.examples import chain
from tests.domain.test_journal import bodies, texts


def over_the_wire(wire: dict[str, object]) -> dict[str, object]:
    """Return what arrives as JSON."""
    arrived: dict[str, object] = json.loads(json.dumps(wire))
    return arrived


@given(st.lists(bodies, min_size=1, max_size=4), st.one_of(st.none(), texts))
def test_an_entry_arrives_as_it_was_sent(written: list[dict[str, object]], words: str | None) -> None:
    for entry in chain(written):
        sent = replace(entry, text=words)
        arrived = protocol.entry_from_wire(entry.journal_id, over_the_wire(protocol.entry_to_wire(sent)))
        assert arrived == sent


def test_bytes_travel_as_lower_case_hexadecimal() -> None:
    wire = protocol.entry_to_wire(chain([{}])[0])
    assert wire["prev_hash"] == "00" * 32
    assert str(wire["hash"]) == str(wire["hash"]).lower()


def one_entry() -> Entry:
    return chain([{"n": 1}])[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", "1"), ("seq", True), ("seq", 1.0), ("seq", None), ("at_ms", None), ("kind", 5), ("version", "1"),
        ("event_id", None), ("salt", "xyz"), ("salt", None), ("body", {"n": 1}), ("text", 5), ("digest", "0"),
        ("prev_hash", 0), ("hash", None),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_refused(name: str, value: object) -> None:
    wire = protocol.entry_to_wire(one_entry())
    with pytest.raises(ValueError):  # noqa: PT011  whichever of the sentences
        protocol.entry_from_wire("journal-1", {**wire, name: value})
    with pytest.raises(KeyError):
        protocol.entry_from_wire("journal-1", {key: wire[key] for key in wire if key != name})


@given(texts, texts, st.integers(0, 2**53), bodies, st.booleans())
def test_a_document_arrives_as_it_was_sent(
    kind: str, key: str, rev: int, body: dict[str, object], deleted: bool
) -> None:
    sent = Document(kind, key, rev, body, deleted)
    assert protocol.document_from_wire(over_the_wire(protocol.document_to_wire(sent))) == sent


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", None), ("key", 5), ("rev", "1"), ("rev", True), ("body", None), ("body", []), ("deleted", 0)],
)
def test_what_is_no_document_is_refused(name: str, value: object) -> None:
    wire = protocol.document_to_wire(Document("tax", "TVA20", 1, {"rate": 2000}))
    with pytest.raises(ValueError):  # noqa: PT011  whichever of the sentences
        protocol.document_from_wire({**wire, name: value})
