"""The fake clock stands, moves both its times, and the fake chance repeats."""

from tests.fakes.clock import A_BOOT_MS, A_MORNING_MS, FakeClock, seeded_bytes


def test_it_stands_and_moves() -> None:
    clock = FakeClock()
    assert (clock.now_ms(), clock.boot_ms()) == (clock.now_ms(), clock.boot_ms()) == (A_MORNING_MS, A_BOOT_MS)
    clock.pass_ms(5)
    assert (clock.now_ms(), clock.boot_ms()) == (A_MORNING_MS + 5, A_BOOT_MS + 5)


def test_chance_repeats_by_seed_and_differs_within() -> None:
    one, two = seeded_bytes(1), seeded_bytes(1)
    assert [one(10), one(10)] == [two(10), two(10)]
    assert one(10) != one(10)
