"""Bodies and their shapes: every kind has one, and what does not fit is unreadable, never a crash."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import event
from seraphine_pos.domain.event import SHAPES, Kind, Unreadable, check_body
from tests.golden.stored import golden_entries

BODIES = {(entry.kind, entry.version): body for entry, body in golden_entries()}


def test_every_kind_has_a_first_version() -> None:
    assert {(kind, 1) for kind in Kind} <= SHAPES.keys()


def places(shape: Mapping[str, object], body: dict[str, object]) -> Iterator[tuple[dict[str, object], str, object]]:
    """Give every field that a shape names in a body, nested ones too: its object, its name, what is wanted."""
    for name, wanted in shape.items():
        yield body, name, wanted
        inner = wanted[0] if isinstance(wanted, tuple | list) else wanted
        value = body[name]
        for part in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping) and isinstance(part, dict):
                yield from places(inner, part)


@pytest.mark.parametrize("which", SHAPES, ids=lambda which: f"{which[0]}.{which[1]}")
def test_every_field_of_every_kind_is_checked(which: tuple[str, int]) -> None:
    body = BODIES[which]
    check_body(*which, body)
    for part, name, wanted in list(places(SHAPES[which], body)):
        kept = part.pop(name)
        with pytest.raises(Unreadable, match=f"{name} is missing"):
            check_body(*which, body)
        for wrong in wrong_values(wanted):
            part[name] = wrong
            with pytest.raises(Unreadable):
                check_body(*which, body)
        part[name] = kept
    check_body(*which, body)


def wrong_values(wanted: object) -> list[object]:
    """Return values of other types; True is no integer and 1 is no truth."""
    if wanted is bool:
        return [1, "true", None]
    if wanted is int:
        return [True, 1.0, "1", None, [1]]
    if isinstance(wanted, tuple):
        return [True, 1.5, ["x"]]
    if isinstance(wanted, list):
        return [None, {}, "x", [None], ["x"]]
    return [True, 5, None, ["x"]]


def test_a_later_program_may_say_more() -> None:
    check_body("staff.signed_in", 1, {"operator_id": "amina", "mood": "good"})


@pytest.mark.parametrize(("kind", "version"), [("sale.imagined", 1), ("sale.completed", 99), ("", 0)])
def test_an_unknown_kind_or_version_is_unreadable(kind: str, version: int) -> None:
    with pytest.raises(Unreadable, match="unknown kind"):
        check_body(kind, version, {})


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda parts: st.one_of(st.lists(parts, max_size=3), st.dictionaries(st.text(max_size=5), parts, max_size=3)),
    max_leaves=8,
)


@given(st.sampled_from(sorted(BODIES)), st.data())
def test_no_body_is_more_than_unreadable(which: tuple[str, int], data: st.DataObject) -> None:
    names = sorted(SHAPES[which])
    body = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=len(names)))
    with suppress(Unreadable):
        event.check_body(*which, {**BODIES[which], **body})
