"""The chain: one form for a body, and no change anywhere that goes unnoticed."""

import json
import unicodedata
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import journal
from seraphine_pos.domain.journal import BODY_BYTES_MAX, FIRST_HASH, Damaged, Draft, Entry, canonical, parse, seal
from tests.domain.examples import chain

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), texts)
values = st.recursive(
    leaves,
    lambda parts: st.one_of(st.lists(parts, max_size=4), st.dictionaries(texts, parts, max_size=4)),
    max_leaves=12,
)
bodies = st.dictionaries(texts, values, max_size=4)


def composed(value: object) -> object:
    """Return a value with every text in NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(part) for part in value]
    if isinstance(value, dict):
        return {composed(name): composed(part) for name, part in value.items()}
    return value


def same_names_when_composed(value: object) -> bool:
    """Tell whether two names of one object become one."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    merged = isinstance(value, dict) and len({unicodedata.normalize("NFC", name) for name in value}) < len(value)
    return merged or any(same_names_when_composed(part) for part in parts)


@given(bodies)
def test_a_body_is_read_back_from_its_one_form(body: dict[str, object]) -> None:
    written = canonical(body)
    if not same_names_when_composed(body):
        assert parse(written) == composed(body)
    assert canonical(parse(written)) == written
    assert unicodedata.is_normalized("NFC", written)


@given(bodies, st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(body: dict[str, object], random: object) -> None:
    names = list(body)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert canonical({name: body[name] for name in names}) == canonical(body)


def test_the_one_form() -> None:
    body = {"é": ["e\u0301", 1, True, None], "a": {"z": -5, "b": '"\\\n'}}
    assert canonical(body) == '{"a":{"b":"\\"\\\\\\n","z":-5},"é":["é",1,true,null]}'


def test_names_are_sorted_after_they_are_composed() -> None:
    assert canonical({"e\u0301": 1, "f": 2}) == '{"f":2,"é":1}'


@pytest.mark.parametrize(
    "body",
    [
        {"a": 1.5},
        {"a": float("nan")},
        {"a": [{"b": float("inf")}]},
        {"a": (1, 2.0)},
        {"a": "\ud800"},
        {"a": "x" * BODY_BYTES_MAX},
        {"a": "é" * (BODY_BYTES_MAX // 2)},
    ],
)
def test_what_has_no_one_form_is_refused(body: object) -> None:
    with pytest.raises(ValueError, match=r"float|bytes|surrogates"):
        canonical(body)


def test_a_body_of_the_greatest_size_is_taken() -> None:
    assert len(canonical({"a": "x" * (BODY_BYTES_MAX - 8)})) == BODY_BYTES_MAX


@pytest.mark.parametrize(
    "body",
    ["", "[]", '"a"', "1", "null", "{", '{"a":1.5}', '{"a":NaN}', '{"a":-Infinity}', '{"a":1e3}', "[" * 100_000,
     '{"a":' * 100_000, '{"a":' + "9" * 10_000 + "}"],
)  # fmt: skip
def test_what_is_no_body_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whichever of the reader's sentences
        parse(body)


@given(st.lists(bodies, min_size=1, max_size=5))
def test_a_sealed_chain_verifies(written: list[dict[str, object]]) -> None:
    last = FIRST_HASH
    for seq, entry in enumerate(chain(written), 1):
        journal.check(entry, seq, last)
        last = entry.hash


def changed(entry: Entry) -> list[Entry]:
    """Return the entry with each of its fields changed, one at a time."""
    values: dict[str, list[object]] = {
        "journal_id": ["journal-2", ""],
        "seq": [entry.seq + 1, entry.seq - 1, 0, -1, 2**64],
        "at_ms": [entry.at_ms + 1, -entry.at_ms, 2**63, -(2**70)],
        "kind": ["drawer.open", ""],
        "version": [2, 0, -1, 2**32],
        "event_id": ["event-x", "\ud800"],
        "salt": [bytes(16), entry.salt[:-1], entry.salt + b"\0"],
        "body": [entry.body + " ", entry.body.replace("1", "2"), "\ud800", " "],
        "text": ["other words", ""],
        "digest": [bytes(32), b""],
        "prev_hash": [bytes(31) + b"\1", b""],
        "hash": [bytes(32), b""],
    }
    assert values.keys() == {field.name for field in fields(Entry)}
    return [replace(entry, **{name: value}) for name, some in values.items() for value in some]  # type: ignore[arg-type]


def test_any_change_of_any_field_of_any_entry_is_found() -> None:
    words = "le client revient"
    draft = Draft("event-9", "sale.flagged", 1, 5, b"s" * 16, "", words)
    body = canonical({"n": 1, "text_digest": journal.text_digest(draft.salt, words)})
    entries = chain([{"n": 1}, {"n": 11}])
    entries.append(seal("journal-1", 3, entries[-1].hash, replace(draft, body=body)))
    last = FIRST_HASH
    for seq, entry in enumerate(entries, 1):
        journal.check(entry, seq, last)
        for forged in changed(entry):
            with pytest.raises(Damaged):
                journal.check(forged, seq, last)
        last = entry.hash


def test_an_entry_taken_out_or_moved_is_found() -> None:
    first, second, third = chain([{"n": 1}, {"n": 2}, {"n": 3}])
    for entry, seq, last in [(third, 2, first.hash), (third, 3, first.hash), (second, 3, second.hash)]:
        with pytest.raises(Damaged):
            journal.check(entry, seq, last)


def test_words_can_be_erased_alone() -> None:
    words = "au revoir"
    body = canonical({"text_digest": journal.text_digest(b"s" * 16, words)})
    entry = seal("journal-1", 1, FIRST_HASH, Draft("e", "sale.flagged", 1, 5, b"s" * 16, body, words))
    journal.check(replace(entry, text=None), 1, FIRST_HASH)


def test_a_blanked_entry_keeps_its_place_in_the_chain() -> None:
    entry = chain([{"n": 1}])[0]
    stone = replace(entry, salt=b"", body="", text=None)
    assert stone.blanked
    assert not entry.blanked
    journal.check(stone, 1, FIRST_HASH)
    with pytest.raises(Damaged):
        journal.check(replace(stone, text="words"), 1, FIRST_HASH)
    with pytest.raises(Damaged):
        journal.check(replace(stone, digest=bytes(32)), 1, FIRST_HASH)


def test_the_digest_of_no_words_is_none() -> None:
    assert journal.text_digest(b"salt", None) is None
    assert journal.text_digest(b"salt", "") == journal.text_digest(b"salt", "")
    assert journal.text_digest(b"salt", "a") != journal.text_digest(b"pepper", "a")


def test_the_fields_of_a_hash_cannot_flow_into_each_other() -> None:
    one = journal.entry_hash("ab", 1, FIRST_HASH, 5, "c", 1, "d", bytes(32))
    other = journal.entry_hash("a", 1, FIRST_HASH, 5, "bc", 1, "d", bytes(32))
    assert one != other


@given(st.text(max_size=40))
def test_any_text_is_a_body_or_refused(text: str) -> None:
    try:
        body = parse(text)
    except ValueError:
        return
    assert body == json.loads(text)
