"""What is due by which rules, and that nothing goes without a checkpoint, above the last place, or too early."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.retention import CLASS_OF, FOR_EVER, PRESETS, Data, Line, Segment, months_before, plan, rules

DAY = 86_400_000
NOW = int(datetime(2026, 11, 22, 8, tzinfo=UTC).timestamp() * 1000)
OLD = NOW - 400 * DAY


def line(seq: int, kind: str, at_ms: int = OLD, *, blanked: bool = False, words: bool = False) -> Line:
    return Line(seq, at_ms, kind, blanked, words)


def test_every_kind_has_a_class_or_stays_for_ever() -> None:
    assert CLASS_OF.keys() | FOR_EVER == set(Kind)
    assert not CLASS_OF.keys() & FOR_EVER


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-11-22", 12, "2025-11-22"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-01-15", 1200, "1926-01-15"),
    ],
)
def test_months_are_those_of_the_calendar(day: str, months: int, before: str) -> None:
    start, end = (int(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() * 1000) for one in (day, before))
    assert months_before(start, months) == end


@pytest.mark.parametrize("preset", PRESETS)
def test_fiscal_facts_stay_as_long_as_the_country_asks(preset: str) -> None:
    found = rules(NOW, 12, preset)
    assert {found.before[data] for data in Data if data is not Data.FISCAL} == {months_before(NOW, 12)}
    months = PRESETS[preset]
    assert found.before[Data.FISCAL] == (None if months is None else months_before(NOW, max(12, months)))


def test_a_segment_goes_when_its_newest_entry_is_due() -> None:
    wanted = rules(NOW, 12, "keep")
    signed = [line(1, Kind.JOURNAL_OPENED), line(2, Kind.STAFF_SIGNED_IN), line(3, Kind.SALE_COMPLETED)]
    young = [line(5, Kind.STAFF_SIGNED_IN), line(6, Kind.STAFF_SIGNED_OUT, NOW)]
    found = plan([*signed, line(4, Kind.CHECKPOINT), *young, line(7, Kind.CHECKPOINT, NOW)], wanted, 7)
    assert (found.segments, found.tail) == ((Segment(1, 4, (2,)),), 0)
    everything = plan([*signed, line(4, Kind.CHECKPOINT, NOW)], rules(NOW, 12, "all"), 7)
    assert everything.segments == (Segment(1, 4, (2, 3)),)


def test_nothing_goes_above_the_last_place_or_without_a_checkpoint() -> None:
    wanted = rules(NOW, 12, "all")
    lines = [line(1, Kind.SALE_COMPLETED, words=True), line(2, Kind.CHECKPOINT), line(3, Kind.SALE_COMPLETED)]
    assert plan(lines, wanted, 2).segments == (Segment(1, 2, (1,)),)
    assert plan(lines, wanted, 2).tail == 1
    held = plan(lines, wanted, 1)
    assert (held.segments, held.words, held.above, held.tail) == ((), (1,), 1, 1)
    assert plan(lines, wanted, 0).count == 0


def test_words_go_alone_where_the_rest_stays() -> None:
    wanted = rules(NOW, 12, "keep")
    lines = [
        line(1, Kind.SALE_COMPLETED, words=True), line(2, Kind.FEEDBACK_SUBMITTED, words=True),
        line(3, Kind.CHECKPOINT), line(4, "sale.dreamt", words=True), line(5, Kind.SALE_COMPLETED, NOW, words=True),
    ]  # fmt: skip
    found = plan(lines, wanted, 5)
    assert (found.segments, found.words, found.count) == ((Segment(1, 3, (2,)),), (1, 4), 3)


def test_a_segment_with_an_entry_that_must_stay_stays_whole() -> None:
    lines = [line(1, Kind.STAFF_SIGNED_IN), line(2, "sale.dreamt", words=True), line(3, Kind.CHECKPOINT)]
    found = plan(lines, rules(NOW, 12, "all"), 3, kept={2})
    assert (found.count, found.held_back) == (0, 1)


KINDS = st.sampled_from([*Kind, "sale.dreamt"])


@given(
    st.lists(st.tuples(KINDS, st.integers(0, 900), st.booleans(), st.booleans())),
    st.integers(0, 40), st.sampled_from(sorted(PRESETS)), st.sets(st.integers(1, 40), max_size=3),
)  # fmt: skip
def test_whatever_is_planned_is_due_covered_and_not_kept(
    told: list[tuple[str, int, bool, bool]], last: int, preset: str, kept: set[int]
) -> None:
    lines = [
        line(seq, kind, NOW - days * DAY, blanked=blanked, words=words and not blanked)
        for seq, (kind, days, blanked, words) in enumerate(told, 1)
    ]
    wanted = rules(NOW, 12, preset)
    found = plan(lines, wanted, last, kept)
    by_seq = {one.seq: one for one in lines}
    gone = [seq for one in found.segments for seq in one.due]
    assert len({*gone, *found.words}) == found.count
    for one in found.segments:
        assert by_seq[one.last].kind == Kind.CHECKPOINT
        assert one.last <= last
        assert not kept & set(range(one.first, one.last))
        assert set(one.due) <= set(range(one.first, one.last))
    for seq in (*gone, *found.words):
        assert wanted.due(CLASS_OF[by_seq[seq].kind] if seq in gone else Data.WORDS, by_seq[seq].at_ms)
        assert not by_seq[seq].blanked
        assert seq not in kept
    assert all(seq <= last and by_seq[seq].words for seq in found.words)
