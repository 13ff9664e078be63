"""Buckets give what a minute holds, fill as time passes, and forget."""

from hypothesis import given
from hypothesis import strategies as st

from sync_server.watch.limits import MINUTE_MS, Buckets


def test_a_bucket_holds_a_minute_and_says_how_long_to_wait() -> None:
    buckets = Buckets(3)
    assert [buckets.take("a", 0) for _ in range(3)] == [0, 0, 0]
    wait_ms = buckets.take("a", 0)
    assert wait_ms > 0
    assert buckets.take("a", wait_ms - 2) > 0
    assert buckets.take("a", wait_ms) == 0
    assert buckets.take("b", 0) == 0


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=200), st.integers(1, 50))
def test_no_span_gives_more_than_its_share(gaps: list[int], per_minute: int) -> None:
    buckets = Buckets(per_minute)
    now_ms = given_out = 0
    for gap in gaps:
        now_ms += gap
        given_out += buckets.take("a", now_ms) == 0
    assert given_out <= per_minute + now_ms * per_minute / MINUTE_MS + 1


def test_waiting_takes_nothing() -> None:
    buckets = Buckets(1)
    assert [buckets.wait_ms("a", 0) for _ in range(5)] == [0] * 5
    assert buckets.take("a", 0) == 0


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    buckets = Buckets(1)
    assert buckets.take("a", 1000) == 0
    assert buckets.take("a", 1000) > 0
    assert buckets.take("a", 0) > 0


def test_the_key_not_seen_for_longest_is_forgotten() -> None:
    buckets = Buckets(1, keys_max=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0)
    assert len(buckets) == 2
    assert buckets.take("a", 0) > 0
    assert buckets.take("b", 0) == 0
