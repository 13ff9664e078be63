"""Proposals meet documents: fields nobody touched are set, the others go to the owner."""

from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.feed import Merge, merge

names = st.sampled_from(["name", "price", "notes", "active"])
bodies = st.dictionaries(names, st.integers(0, 3), max_size=4)


def test_a_field_that_changed_since_is_a_conflict() -> None:
    merged = merge({"name": "Pain", "price": 150}, {"price": 7}, {"name": "Pain bis", "price": 160}, rev=5)
    assert merged == Merge({"name": "Pain bis"}, {"price": 160})


def test_what_stands_already_is_neither() -> None:
    assert merge({"price": 150}, {"price": 9}, {"price": 150}, rev=0) == Merge({}, {})


def test_a_new_field_of_a_new_document_is_set() -> None:
    assert merge({}, {}, {"name": "Pain"}, rev=0) == Merge({"name": "Pain"}, {})


@given(bodies, st.dictionaries(names, st.integers(0, 9), max_size=4), bodies, st.integers(0, 9))
def test_every_field_that_differs_goes_one_way(
    current: dict[str, object], field_revs: dict[str, int], proposed: dict[str, object], rev: int
) -> None:
    merged = merge(current, field_revs, proposed, rev)
    assert not merged.applied.keys() & merged.conflicts.keys()
    differing = {name: value for name, value in proposed.items() if current.get(name) != value}
    assert {**merged.applied, **merged.conflicts} == differing
    assert all(field_revs.get(name, 0) > rev for name in merged.conflicts)
    assert all(field_revs.get(name, 0) <= rev for name in merged.applied)


@given(bodies, st.dictionaries(names, st.integers(0, 9), max_size=4), bodies, st.integers(0, 9))
def test_applying_twice_changes_nothing_more(
    current: dict[str, object], field_revs: dict[str, int], proposed: dict[str, object], rev: int
) -> None:
    once = merge(current, field_revs, proposed, rev)
    again = merge({**current, **once.applied}, field_revs, proposed, rev)
    assert again == Merge({}, once.conflicts)
