"""A week of the sample shop rung up at a real till: everything lands in the journal, at its own time."""

from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from seraphine_pos.demo import sample
from seraphine_pos.demo.clock import PastClock
from seraphine_pos.demo.history import History
from seraphine_pos.demo.rhythm import Oddity, Visit
from seraphine_pos.demo.sample import Sample
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.report import ReportQuery, shape
from seraphine_pos.store.till import TillStore
from tests.demo.counter import open_counter

UNTIL = datetime(2026, 11, 22, 14, 26, tzinfo=ZoneInfo("Africa/Casablanca"))
UNTIL_MS = int(UNTIL.timestamp() * 1000)


class Rung:
    """What the module's tests look at."""

    def __init__(self, shop: Sample, visits: list[Visit], history: History, kept: TillStore) -> None:
        self.shop, self.visits, self.history, self.kept = shop, visits, history, kept
        self.steps: list[tuple[int, int]] = []
        self.entries: list[Entry] = kept.journal.unsent(100_000, 1 << 30)

    def kinds(self) -> Count[str]:
        return Count(entry.kind for entry in self.entries)


@pytest.fixture(scope="module")
def rung(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rung]:
    shop = sample.read()
    chance = Random(3)
    visits = list(shop.rhythm.visits(UNTIL, 7, chance))
    clock = PastClock(int(visits[0].at.timestamp() * 1000) - 60_000, UNTIL_MS)
    folder: Path = tmp_path_factory.mktemp("till")
    with open_counter(folder, shop, clock) as (counter, kept):
        history = History(shop, counter, clock, chance)
        steps: list[tuple[int, int]] = []
        history.ring(visits, lambda done, total: steps.append((done, total)))
        found = Rung(shop, visits, history, kept)
        found.steps = steps
        yield found


def test_every_visit_but_the_voided_ones_is_a_sale(rung: Rung) -> None:
    voided = sum(visit.oddity is Oddity.VOID for visit in rung.visits)
    assert voided > 0
    assert rung.kinds()[Kind.SALE_COMPLETED] == len(rung.visits) - voided == len(rung.history.tickets)
    assert rung.kinds()[Kind.CART_VOIDED] == voided


def test_refunds_and_removed_lines_are_there(rung: Rung) -> None:
    assert rung.kinds()[Kind.SALE_REFUNDED] > 0
    removed = sum(visit.oddity is Oddity.REMOVED_LINE for visit in rung.visits)
    assert rung.kinds()[Kind.LINE_REMOVED] == removed > 0


def test_a_lowered_price_names_the_owner_who_allowed_it(rung: Rung) -> None:
    lowered = [line for ticket in rung.history.tickets for line in ticket.lines if line.unit_price != line.list_price]
    assert lowered
    assert all(line.unit_price < line.list_price for line in lowered)
    owners = [ticket.where.operator_id for ticket in rung.history.tickets]
    assert all(line.approved_by == "nadia" for line in lowered) or "nadia" in owners


def test_each_day_has_its_shift_and_no_clock_was_changed(rung: Rung) -> None:
    days = {visit.at.date() for visit in rung.visits}
    assert rung.kinds()[Kind.SHIFT_OPENED] == len(days)
    assert rung.kinds()[Kind.CLOCK_CHANGED] == 0


def test_entries_keep_the_time_of_the_past(rung: Rung) -> None:
    times = [entry.at_ms for entry in rung.entries]
    assert times == sorted(times)
    assert times[-1] <= UNTIL_MS
    assert times[0] < UNTIL_MS - timedelta(days=7) // timedelta(milliseconds=1)


def test_people_stand_where_the_rhythm_puts_them(rung: Rung) -> None:
    served = {visit.staff_id for visit in rung.visits}
    assert {ticket.where.operator_id for ticket in rung.history.tickets} == served
    assert rung.kinds()[Kind.STAFF_SIGNED_IN] == rung.kinds()[Kind.STAFF_SIGNED_OUT]


def test_what_people_say_is_kept_in_their_words(rung: Rung) -> None:
    said = [entry.text for entry in rung.entries if entry.kind == Kind.FEEDBACK_SUBMITTED]
    assert sorted(said, key=str) == sorted(one["message"] for one in rung.shop.feedback)


def test_cash_gives_change_and_cards_do_not(rung: Rung) -> None:
    change = Count[str]()
    for ticket in rung.history.tickets:
        change[ticket.tenders[0].method] += ticket.change
    assert change["cash"] > 0
    assert change["card"] == change["other"] == 0


def test_the_tills_own_report_shows_the_week(rung: Rung) -> None:
    rung.kept.ledger.fold_figures()
    start = rung.visits[0].at.date().isoformat()
    report = shape(rung.kept.ledger.report(ReportQuery(start, UNTIL.date().isoformat())))
    assert report.total.gross == sum(ticket.total for ticket in rung.history.tickets)
    assert report.total.sales == len(rung.history.tickets)
    assert len([row for row in report.by_hour if row.now.sales]) > 10


def test_progress_counts_every_visit(rung: Rung) -> None:
    assert rung.steps[0] == (1, len(rung.visits))
    assert rung.steps[-1] == (len(rung.visits), len(rung.visits))


def test_nothing_is_rung_where_nobody_comes(tmp_path: Path) -> None:
    shop = sample.read()
    clock = PastClock(UNTIL_MS, UNTIL_MS)
    with open_counter(tmp_path, shop, clock) as (counter, kept):
        History(shop, counter, clock, Random(1)).ring([], lambda _done, _total: None)
        assert kept.journal.state().seq == 1


def test_the_past_goes_forward_only_and_not_beyond_the_present() -> None:
    clock = PastClock(1_000, 5_000)
    clock.reach(3_000)
    clock.reach(2_000)
    assert (clock.now_ms(), clock.boot_ms()) == (3_000, 2_000)
    clock.pass_ms(9_000)
    assert clock.now_ms() == 5_000


def test_goods_come_back_just_after_a_word_about_the_till(tmp_path: Path) -> None:
    """Who said something has left: somebody must stand there again before the refund."""
    chance = Random(3)
    said = {**sample.read().feedback[0], "age_minutes": 180}
    shop = replace(sample.read(), feedback=(said,))
    first, second, *_ = shop.rhythm.visits(UNTIL, 2, chance)
    brings_back = replace(first, oddity=Oddity.REFUND, back_after_s=2 * 3600)
    comes_later = replace(second, oddity=Oddity.NONE, at=first.at + timedelta(hours=4))
    clock = PastClock(int(first.at.timestamp() * 1000) - 60_000, UNTIL_MS)
    with open_counter(tmp_path, shop, clock) as (counter, kept):
        History(shop, counter, clock, chance).ring([brings_back, comes_later], lambda _done, _total: None)
        kinds = [entry.kind for entry in kept.journal.unsent(1000, 1 << 30)]
    assert kinds.index(Kind.FEEDBACK_SUBMITTED) < kinds.index(Kind.SALE_REFUNDED)
    assert kinds.count(Kind.SALE_COMPLETED) == 2
