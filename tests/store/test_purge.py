"""A till empties what the server's verified backups have held for long, and stays the till that it was."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import Message, Scope, Sentiment, to_body
from seraphine_pos.domain.journal import Entry, text_digest
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.retention import GRACE_MS, PRESETS, Rules, rules
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.store import checkpoint, purge, verify, watermark
from seraphine_pos.store.purge import Purged
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.store.till import TillStore
from tests.store.folder import Folder, give_back, sell

DAY_MS = 24 * 3_600_000
CANARY = "zorglub"
WHOLE = ReportQuery("2020-01-01", "2029-12-31")


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Aging:
    """A till, and time that goes by for it."""

    folder: Folder
    sold: list[Ticket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.folder.open()

    def day(self, day: str, tickets: int = 2, *, ends: bool = True) -> None:
        """Sell on a day, give the last ticket back, say something, and end the day."""
        with self.store.journal.action() as action:
            action.record(Kind.STAFF_SIGNED_IN, {"operator_id": "amina"})
        fresh = [sell(self.store, 1 + place, day=day, note=f"{CANARY} {day}") for place in range(tickets)]
        self.sold += fresh
        if fresh:
            give_back(self.store, fresh[-1], day=day)
        with self.store.journal.action() as action:
            salt, text = action.salt(), f"Bien, {CANARY}"
            message = Message(Scope.POS, Sentiment.POSITIVE, text)
            body = to_body(message, "amina", text_digest(salt, text) or "")
            action.record(Kind.FEEDBACK_SUBMITTED, body, salt=salt, text=text)
        if ends:
            with self.store.journal.action() as action:
                checkpoint.record(action)
        self.folder.clock.pass_ms(DAY_MS)

    def back_up(self, seq: int | None = None, *, acked: int | None = None) -> None:
        """Let the server say that a verified backup holds the journal up to a place."""
        last = self.store.journal.state().seq
        self.store.journal.acknowledge(last if acked is None else acked, last if seq is None else seq)

    def wait(self, days: int, *, durable: int | None = None) -> None:
        """Let days go by, with an answer of the server on each."""
        held = self.durable if durable is None else durable
        for _ in range(days):
            self.folder.clock.pass_ms(DAY_MS)
            self.store.journal.acknowledge(self.store.journal.state().acked_seq, held)

    @property
    def durable(self) -> int:
        with self.store.database.read() as connection:
            (found,) = connection.execute("SELECT durable FROM journal ORDER BY place DESC LIMIT 1").fetchone()
            return int(found)

    def rules(self, preset: str = "keep", months: int = 12) -> Rules:
        return rules(self.folder.clock.now_ms(), months, preset)

    def purge(self, preset: str = "keep") -> Purged:
        return purge.purge(self.store, self.rules(preset), self.folder.clock.now_ms())

    def entries(self) -> list[Entry]:
        acked = self.store.journal.state().acked_seq
        found = self.store.journal.unsent(100_000, 1 << 40, after=0)
        assert acked <= len(found)
        return found

    def figures(self) -> tuple[object, ...]:
        """Return all that the ledger says."""
        ledger = self.store.ledger
        report = ledger.report(WHOLE)
        given = [ledger.given(ticket.event_id) for ticket in self.sold]
        rows = ledger.tickets(TicketFilter(), limit=1000)
        listed = [(row.event_id, row.receipt, row.refund, row.business_day, row.total, row.lines) for row in rows]
        return report.cells, report.not_included, ledger.proofs(), given, listed, ledger.open_shift("till-1")

    def problems(self) -> list[str]:
        return [*verify.chain(self.store), *verify.ledger(self.store)]

    def again(self) -> None:
        """End the program and start it again."""
        self.folder.close()
        self.store = self.folder.open()


@pytest.fixture
def aging(folder: Folder) -> Aging:
    made = Aging(folder)
    made.day("2025-03-14")
    made.day("2025-03-15")
    made.back_up()
    made.wait(400)
    return made


def test_words_feedback_and_technical_entries_go_and_tickets_stay(aging: Aging) -> None:
    before, entries = aging.figures(), aging.entries()
    purged = aging.purge()
    assert [one.classes for one in purged.survey.journals] == [{"feedback": 2, "technical": 2, "words": 4}]
    assert (purged.emptied, purged.scrubbed) == (8, True)
    *after, blanked, words = aging.entries()
    for one, other in zip(entries, after, strict=True):
        assert other.hash == one.hash
        assert other.blanked == (one.kind in {Kind.FEEDBACK_SUBMITTED, Kind.STAFF_SIGNED_IN})
        assert other.text is None
    assert (blanked.kind, words.kind) == (Kind.BODIES_BLANKED, Kind.BODIES_BLANKED)
    assert f'"last_hash":"{entries[-1].hash.hex()}"' in blanked.body
    assert '"entries":4,"from":1' in blanked.body
    assert aging.figures() == before
    assert aging.problems() == []
    found = aging.store.ledger.ticket(aging.sold[0].where.receipt)
    assert found is not None
    assert (found.total, found.note) == (aging.sold[0].total, None)
    assert aging.purge().survey.count == 0


@pytest.mark.parametrize("preset", ["keep", "all"])
def test_numbers_limits_and_figures_hold_through_restart_and_rebuild(aging: Aging, preset: str) -> None:
    with aging.store.journal.action() as action:
        checkpoint.record(action)
    aging.day("2025-03-15", 1, ends=False)  # a day of which a part stays
    before = aging.figures()
    aging.purge(preset)
    assert (aging.figures(), aging.problems()) == (before, [])
    aging.again()
    assert (aging.figures(), aging.problems()) == (before, [])
    aging.store.ledger.rebuild()
    assert (aging.figures(), aging.problems()) == (before, [])
    assert aging.store.ledger.given(aging.sold[1].event_id) == {
        line.no: Given(line.quantity, line.amount, line.tax) for line in aging.sold[1].lines
    }
    number = max(ticket.where.number for ticket in aging.sold)
    assert sell(aging.store).where.number == number + 2  # and the refund between
    assert aging.problems() == []


def test_nothing_above_durable_goes_however_much_was_acknowledged(folder: Folder) -> None:
    aging = Aging(folder)
    aging.day("2025-03-14")
    first = aging.store.journal.state().seq
    aging.day("2025-03-15")
    aging.back_up(first)
    aging.wait(400)
    purged = aging.purge("all")
    assert purged.emptied == first - 2  # all but the journal's opening and its checkpoint
    assert [one.seq for one in aging.entries() if one.blanked] == list(range(2, first))
    assert purged.survey.journals[0].plan.above > 0
    aging.back_up(0)
    assert aging.purge("all").survey.count == 0


def test_nothing_goes_without_a_checkpoint_behind_it(folder: Folder) -> None:
    aging = Aging(folder)
    aging.day("2025-03-14", ends=False)
    aging.back_up()
    aging.wait(400)
    before = aging.entries()
    purged = aging.purge("all")
    assert [one.kind for one in aging.entries()[len(before) :]] == [Kind.CHECKPOINT, Kind.BODIES_BLANKED]
    assert not any(one.blanked for one in aging.entries())
    assert purged.emptied == 3  # the words of two tickets and of the feedback
    assert aging.problems() == []
    aging.back_up()
    aging.wait(91)
    assert aging.purge("all").emptied == len(before) - 1
    assert aging.problems() == []


def test_nothing_goes_before_a_backup_has_held_it_for_ninety_days(folder: Folder) -> None:
    aging = Aging(folder)
    aging.day("2025-03-14")
    aging.folder.clock.pass_ms(500 * DAY_MS)
    aging.back_up()
    aging.wait(GRACE_MS // DAY_MS - 1)
    assert aging.purge("all").survey.count == 0
    aging.wait(1)
    assert aging.purge("all").emptied > 0


def test_a_clock_that_leaps_counts_as_a_few_days(folder: Folder) -> None:
    aging = Aging(folder)
    aging.day("2025-03-14")
    aging.back_up()
    for _ in range(5):
        aging.folder.clock.pass_ms(1000 * DAY_MS)
        assert aging.purge("all").survey.count == 0
        aging.wait(1)
    aging.wait(GRACE_MS // DAY_MS)
    assert aging.purge("all").emptied > 0


def test_a_server_put_back_is_believed_anew(aging: Aging) -> None:
    """What it held all along counts on; what it lacked for a while is to be held for ninety days again."""
    last = aging.store.journal.state().seq
    first = next(one.seq for one in aging.entries() if one.kind == Kind.CHECKPOINT)
    aging.wait(1, durable=first)
    aging.wait(1, durable=last)
    assert [one.last for one in purge.survey(aging.store, aging.rules(), aging.folder.clock.now_ms()).journals] == [
        first
    ]
    aging.wait(90, durable=last)
    assert purge.survey(aging.store, aging.rules(), aging.folder.clock.now_ms()).journals[0].last == last


def test_the_record_of_what_was_held_stays_short(store: TillStore) -> None:
    with store.database.write() as connection:
        for day in range(400):
            watermark.note(connection, "journal-1", day + 1, day * DAY_MS)
        (kept,) = connection.execute("SELECT length(value) FROM local WHERE name LIKE 'durable%'").fetchone()
        assert watermark.ripe(connection, "journal-1", 399 * DAY_MS) == 310
        assert kept < 2500
        watermark.note(connection, "journal-2", 0, 400 * DAY_MS)
        assert watermark.ripe(connection, "journal-2", 900 * DAY_MS) == 0


def test_the_words_alone_can_be_erased(store: TillStore) -> None:
    sell(store, note="midi")
    before = store.journal.unsent(10, 1 << 20)
    with store.database.write() as connection:
        connection.execute("UPDATE entry SET text = NULL WHERE seq = 2")
    store.journal.acknowledge(0, 2)
    assert store.journal.unsent(10, 1 << 20) == [before[0], replace(before[1], text=None)]
    assert list(verify.chain(store)) == []


def test_no_word_is_left_in_the_files(aging: Aging) -> None:
    def files() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(aging.folder.path.glob("till.db*")))

    assert CANARY.encode() in files()
    aging.purge()
    assert CANARY.encode() not in files()


def test_a_segment_that_does_not_agree_stays(aging: Aging) -> None:
    with aging.store.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute("UPDATE entry SET body = replace(body, 'amina', 'amine') WHERE seq = 2")
    purged = aging.purge()
    (said,) = purged.survey.problems
    assert "stay: the body of entry 2 was changed" in said
    with aging.store.database.read() as connection:
        rows = connection.execute("SELECT body FROM entry WHERE seq BETWEEN 2 AND 6").fetchall()
    assert all(body for (body,) in rows)


def test_damage_to_what_is_kept_of_emptied_tickets_is_said(aging: Aging) -> None:
    aging.purge("all")
    for table, column, where in (
        ("ticket", "total", "position = 1"), ("cell", "gross", "facet = 'total'"), ("proof", "p1", "true"),
        ("cell", "refunded", "facet = 'total'"), ("ticket", "refund", "position = 2"),
    ):  # fmt: skip
        for sign in "+-":
            with aging.store.database.write() as connection:
                connection.execute(f"UPDATE {table} SET {column} = {column} {sign} 1 WHERE {where}")
            assert bool(list(verify.ledger(aging.store))) == (sign == "+"), (table, column)


@contextmanager
def killed_after(store: TillStore, actions: int) -> Iterator[None]:
    """End the process in the middle of one of the next actions."""
    real, left = store.journal.action, [actions]

    @contextmanager
    def action() -> Iterator[object]:
        with real() as one:
            yield one
            left[0] -= 1
            if left[0] < 0:
                raise Killed

    store.journal.action = action  # type: ignore[method-assign,assignment]
    yield


@pytest.mark.parametrize("step", [0, 1])
def test_killed_in_between_the_next_one_ends_it(aging: Aging, step: int) -> None:
    before = aging.figures()
    with killed_after(aging.store, step), pytest.raises(Killed):
        aging.purge()
    aging.again()
    assert (aging.figures(), aging.problems()) == (before, [])
    purged = aging.purge()
    assert purged.scrubbed
    assert purged.emptied > 0
    assert (aging.figures(), aging.problems()) == (before, [])
    assert CANARY.encode() not in (aging.folder.path / "till.db").read_bytes()


def run_plan(path: Path, seed: int) -> int:
    """Run a till through random days, backups, waits and purges, and hold everything against what it was.

    Returns how many entries were emptied.
    """
    chance = random.Random(seed)
    folder = Folder(path)
    aging = Aging(folder)
    gone: list[int] = []
    for number in range(chance.randrange(2, 6)):
        aging.day(f"2025-03-{number + 10}", chance.randrange(3), ends=chance.random() < 0.8)
        if chance.random() < 0.6:
            last = aging.store.journal.state().seq
            # A server put back may hold less than it did, but never less than it held ninety days ago.
            least = max(gone, default=0)
            acked = chance.randint(min(least, last), last)
            aging.back_up(chance.randint(min(least, acked), acked), acked=acked)
        folder.clock.pass_ms(chance.randrange(300) * DAY_MS)
        for _ in range(chance.choice((0, 40))):
            aging.wait(3)
        before, whole = aging.figures(), aging.entries()
        durable = aging.durable
        preset = chance.choice(sorted(PRESETS))
        aging.purge(preset)
        if chance.random() < 0.3:
            aging.again()
        if chance.random() < 0.3:
            aging.store.ledger.rebuild()
        assert aging.figures() == before
        assert aging.problems() == []
        after = aging.entries()
        assert [one.hash for one in after[: len(whole)]] == [one.hash for one in whole]
        went = [one.seq for one, was in zip(after, whole, strict=False) if one.text != was.text or one.body != was.body]
        assert all(seq <= durable for seq in went)
        gone += went
    folder.close()
    return len(gone)


def test_random_plans_keep_every_promise(tmp_path: Path) -> None:
    assert sum(run_plan(tmp_path / str(seed), seed) for seed in range(8)) > 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_random_plans_keep_every_promise(tmp_path: Path) -> None:
    assert sum(run_plan(tmp_path / str(seed), seed) for seed in range(1000, 1500)) > 0
