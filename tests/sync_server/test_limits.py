"""Buckets give their burst at once, fill as time passes, and forget."""

from hypothesis import given
from hypothesis import strategies as st

from sync_server.watch.limits import MINUTE_MS, Buckets, Rate


def test_a_bucket_gives_its_burst_then_its_rate_and_says_how_long_to_wait() -> None:
    buckets = Buckets(Rate(3, 60))
    assert [buckets.take("a", 0) for _ in range(3)] == [0, 0, 0]
    wait_ms = buckets.take("a", 0)
    assert wait_ms == 1001
    assert buckets.take("a", wait_ms - 2) > 0
    assert buckets.take("a", wait_ms) == 0
    assert buckets.take("b", 0) == 0
    assert [buckets.take("a", MINUTE_MS) > 0 for _ in range(4)] == [False, False, False, True]


@given(
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 20)), min_size=1, max_size=200),
    st.integers(20, 50), st.integers(1, 50),
)  # fmt: skip
def test_no_span_gives_more_than_its_share(asked: list[tuple[int, int]], burst: int, per_minute: int) -> None:
    buckets = Buckets(Rate(burst, per_minute))
    now_ms = given_out = 0
    for gap, amount in asked:
        now_ms += gap
        given_out += 0 if buckets.take("a", now_ms, amount) else amount
    assert given_out <= burst + now_ms * per_minute / MINUTE_MS + 1


def test_more_than_a_bucket_holds_is_given_by_a_full_one_and_paid_for_later() -> None:
    buckets = Buckets(Rate(10, 10))
    assert buckets.take("a", 0, 30) == 0
    assert buckets.wait_ms("a", 0) == (20 + 1) * MINUTE_MS // 10 + 1
    assert buckets.take("a", 2 * MINUTE_MS, 1) > 0
    assert buckets.take("a", 3 * MINUTE_MS, 30) == 0


def test_waiting_takes_nothing() -> None:
    buckets = Buckets(Rate(1, 1))
    assert [buckets.wait_ms("a", 0) for _ in range(5)] == [0] * 5
    assert buckets.take("a", 0) == 0


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    buckets = Buckets(Rate(1, 1))
    assert buckets.take("a", 1000) == 0
    assert buckets.take("a", 1000) > 0
    assert buckets.take("a", 0) > 0


def test_the_key_not_seen_for_longest_is_forgotten() -> None:
    buckets = Buckets(Rate(1, 1), keys_max=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0)
    assert len(buckets) == 2
    assert buckets.take("a", 0) > 0
    assert buckets.take("b", 0) == 0
