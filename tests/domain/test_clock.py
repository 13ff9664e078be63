"""Ids made where the finger is: valid, unique by chance, in the order of time."""

import os
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.clock import new_id

moments = st.integers(0, (1 << 48) - 1)


@given(moments, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7(at_ms: int, chance: bytes) -> None:
    text = new_id(at_ms, lambda count: chance[:count])
    value = UUID(text)
    assert str(value) == text
    assert value.variant == RFC_4122
    assert value.version == 7
    assert value.int >> 80 == at_ms


@given(moments, moments, st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_ids_sort_by_time(first_ms: int, second_ms: int, first: bytes, second: bytes) -> None:
    ids = (new_id(first_ms, lambda _: first), new_id(second_ms, lambda _: second))
    if first_ms != second_ms:
        assert (ids[0] < ids[1]) == (first_ms < second_ms)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(1_773_478_800_000, os.urandom) for _ in range(1000)}) == 1000


def test_a_clock_before_1970_still_gives_ids() -> None:
    assert UUID(new_id(-5, os.urandom)).int >> 80 == 0
