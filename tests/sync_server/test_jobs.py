"""The jobs of a night: one at a time, in the store's own night, each run kept, and a missed one made up."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync_server import cli
from sync_server.backups.archive import CutShort, Ended
from sync_server.database import open_database
from sync_server.errors import Missing, Refused, Unready
from sync_server.purge.purge_archive import ArchiveFailed
from sync_server.settings import BackupSettings, RetentionSettings, Settings
from sync_server.store_server import StoreServer
from sync_server.upkeep import jobs
from sync_server.upkeep.jobs import JobRunning
from sync_server.upkeep.nightly import JOBS, Job, Ran
from sync_server.upkeep.nights import HOUR_MS, Nights
from sync_server.upkeep.scheduler import scheduled
from tests.silence import ExpectedLog
from tests.sync_server.shop import Shop, found_shop

CASABLANCA = ZoneInfo("Africa/Casablanca")
PATIENCE_S = 20
DAY_MS = 24 * HOUR_MS


class Deed:
    """A job that counts how often it was done, and does what it is told to."""

    def __init__(self, name: str, order: list[str]) -> None:
        self.name, self.order = name, order
        self.ran: Ran | Exception = Ran({"figure": 3})
        self.inside = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, server: StoreServer, store_id: str, ended: Ended) -> Ran:
        self.order.append(self.name)
        self.inside.set()
        assert self.go_on.wait(PATIENCE_S)
        if isinstance(self.ran, Exception):
            raise self.ran
        return self.ran


class Deeds:
    """Two nightly jobs and an hourly one in the place of the real ones."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.first, self.second, self.hourly = (Deed(name, self.order) for name in ("first", "second", "hourly"))
        self.jobs: Mapping[str, Job] = {
            "first": Job(self.first),
            "second": Job(self.second),
            "hourly": Job(self.hourly, hourly=True),
            "elsewhere": Job(Deed("elsewhere", self.order), lambda _: False, "set elsewhere.folder"),
        }


@pytest.fixture
def deeds(monkeypatch: pytest.MonkeyPatch) -> Deeds:
    """Give jobs of the test's own."""
    made = Deeds()
    monkeypatch.setattr(jobs, "JOBS", made.jobs)
    return made


def never() -> bool:
    return False


def at(shop: Shop, text: str) -> None:
    """Set the clock on the shop's wall."""
    shop.clock.wall_ms = int(datetime.fromisoformat(text).replace(tzinfo=CASABLANCA).timestamp()) * 1000


def due(shop: Shop) -> list[str]:
    """Do what is due and return what that was."""
    return names(jobs.run_due(jobs.agenda_of(shop.server), never))


def names(begun: Sequence[tuple[str, str]]) -> list[str]:
    return [name for _, name in begun]


def states(shop: Shop) -> dict[str, str]:
    return {one.name: one.state for one in jobs.standings(shop.server, shop.store_id)}


def test_a_night_s_jobs_are_done_once_in_their_order(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T02:59")
    assert due(shop) == ["hourly"], "the store was made after the hour of the night before"
    at(shop, "2026-11-23T03:00")
    assert due(shop) == ["first", "second"]
    at(shop, "2026-11-23T03:59")
    assert due(shop) == ["hourly"]
    at(shop, "2026-11-24T02:58")
    assert due(shop) == ["hourly"]
    at(shop, "2026-11-24T03:00")
    assert due(shop) == ["first", "second"]
    assert deeds.order.count("first") == 2


def test_a_missed_night_is_made_up_once(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-27T09:30")
    assert due(shop) == ["first", "second", "hourly"]
    assert due(shop) == []
    (first, *_) = jobs.standings(shop.server, shop.store_id)
    assert first.due_at_ms == int(datetime(2026, 11, 28, 3, tzinfo=CASABLANCA).timestamp()) * 1000


def test_a_new_store_waits_for_its_first_night(shop: Shop, deeds: Deeds) -> None:
    assert due(shop) == []
    assert states(shop)["first"] == "never"


@pytest.mark.parametrize("problem", [Unready("the disk is gone"), ZeroDivisionError("a bug")])
def test_what_fails_is_kept_and_tried_again_an_hour_later(
    shop: Shop, deeds: Deeds, problem: Exception, expected_log: ExpectedLog
) -> None:
    at(shop, "2026-11-23T03:00")
    deeds.first.ran = problem
    expected_log("job first of store")
    assert due(shop) == ["first", "second", "hourly"], "the others are done all the same"
    first, second, *_ = jobs.standings(shop.server, shop.store_id)
    assert (first.state, second.state) == ("failed", "done")
    assert first.detail["problem"] in ("the disk is gone", "a fault in the program; it is in the log")
    assert second.detail == {"figure": 3}
    assert due(shop) == []
    shop.clock.pass_ms(HOUR_MS)
    deeds.first.ran = Ran({}, found=True)
    assert due(shop) == ["first", "hourly"]
    assert states(shop)["first"] == "found"
    shop.clock.pass_ms(HOUR_MS)
    assert due(shop) == ["hourly"], "what was found waits for a person, not for another hour"


def test_a_run_that_was_cut_off_is_shown_and_does_not_block(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T03:00")
    with shop.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO job_runs (store_id, run_id, job, started_at_ms, detail)"
            f" VALUES ('{shop.store_id}', '0', 'first', {shop.clock.now_ms()}, '{{}}')"
        )
    assert states(shop)["first"] == "cut off"
    assert jobs.run(shop.server, shop.store_id, "first").detail == {"figure": 3}
    assert states(shop)["first"] == "done"


def test_one_runner_at_a_time_over_all_replicas(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T03:00")
    deeds.first.go_on.clear()
    working = threading.Thread(target=jobs.run, args=(shop.server, shop.store_id, "first"))
    working.start()
    assert deeds.first.inside.wait(PATIENCE_S)
    with closing(open_database(shop.database.url)) as database:
        replica = StoreServer(database, shop.clock, shop.random_bytes)
        with pytest.raises(JobRunning, match="another job runs"):
            jobs.run(replica, shop.store_id, "second")
        assert jobs.run_due(jobs.agenda_of(replica), never) == []
        assert {one.name: one.state for one in jobs.standings(replica, shop.store_id)}["first"] == "running"
        deeds.first.go_on.set()
        working.join()
        assert names(jobs.run_due(jobs.agenda_of(replica), never)) == ["second", "hourly"]
    assert due(shop) == [], "what a replica did is done"
    assert deeds.order.count("first") == 1


def test_a_turn_is_lost_with_the_connection_that_holds_it(empty_postgres: str) -> None:
    shop = found_shop(empty_postgres)
    with closing(shop.database), shop.database.turn("jobs") as mine:
        assert mine
        with shop.database.write() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            ).fetchall()
            free = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            while connection.exec_driver_sql(free).scalar_one():
                continue
        with shop.database.turn("jobs") as theirs:
            assert theirs


def test_turns_of_different_names_do_not_meet(shop: Shop) -> None:
    with shop.database.turn("one") as one, shop.database.turn("other") as other, shop.database.turn("one") as second:
        assert (one, other, second) == (True, True, False)
    with shop.database.turn("one") as again:
        assert again


def test_a_clock_that_was_a_year_ahead_stops_no_backup(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2027-11-23T03:00")
    assert due(shop) == ["first", "second", "hourly"]
    at(shop, "2026-11-23T03:00")
    assert due(shop) == ["first", "second", "hourly"]


def test_what_is_not_set_up_is_not_due_and_says_what_it_lacks(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T03:00")
    assert "elsewhere" not in due(shop)
    assert {one.name: one.due_at_ms for one in jobs.standings(shop.server, shop.store_id)}["elsewhere"] is None
    with pytest.raises(Refused, match=r"set elsewhere\.folder"):
        jobs.run(shop.server, shop.store_id, "elsewhere")
    with pytest.raises(Missing, match="there are first, second"):
        jobs.run(shop.server, shop.store_id, "third")


def test_whoever_stops_is_asked_before_each_job(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T03:00")
    assert names(jobs.run_due(jobs.agenda_of(shop.server), lambda: bool(deeds.order))) == ["first"]


def test_runs_of_long_ago_are_forgotten(shop: Shop, deeds: Deeds) -> None:
    jobs.run(shop.server, shop.store_id, "first")
    shop.clock.pass_ms(401 * DAY_MS)
    jobs.run(shop.server, shop.store_id, "second")
    assert [row["job"] for row in shop.rows("job_runs")] == ["second"]


def test_the_scheduler_does_what_is_due_and_ends_in_order(shop: Shop, deeds: Deeds) -> None:
    at(shop, "2026-11-23T03:00")
    with scheduled(shop.server, pause_s=0.001):
        assert deeds.hourly.inside.wait(PATIENCE_S)
    assert deeds.order == ["first", "second", "hourly"]
    assert set(states(shop).values()) == {"done", "never"}
    assert "jobs" not in {thread.name for thread in threading.enumerate()}


def test_the_scheduler_outlives_a_database_that_does_not_answer(
    shop: Shop, deeds: Deeds, expected_log: ExpectedLog
) -> None:
    at(shop, "2026-11-23T03:00")
    looked = threading.Event()

    class Stumbling(StoreServer):
        """Cannot read its clock the first time."""

        def __init__(self) -> None:
            self.database, self.clock, self.settings = shop.database, self, shop.server.settings
            self.random_bytes, self.named = shop.random_bytes, ""

        def boot_ms(self) -> int:
            return shop.clock.boot_ms()

        def now_ms(self) -> int:
            if not looked.is_set():
                looked.set()
                raise Unready("no answer")
            return shop.clock.now_ms()

    expected_log("could not be looked at")
    with scheduled(Stumbling(), pause_s=0.001):
        assert deeds.hourly.inside.wait(PATIENCE_S)


def test_verifying_is_cut_short_when_the_server_stops(shop: Shop) -> None:
    till = shop.till()
    till.sell(100)
    till.push()
    with pytest.raises(CutShort):
        jobs.run(shop.server, shop.store_id, "verify", lambda: True)
    assert states(shop)["verify"] == "failed"


def test_the_real_jobs_find_what_is_wrong(shop: Shop) -> None:
    till = shop.till()
    till.sell(100)
    till.push()
    assert jobs.run(shop.server, shop.store_id, "verify").detail["entries"] == 1
    assert jobs.run(shop.server, shop.store_id, "proofs") == Ran({"differing": 0, "said": []})
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE rollups SET gross = 1 WHERE facet = 'hour'")
    assert jobs.run(shop.server, shop.store_id, "verify").found


def test_every_job_of_a_store_is_done_in_its_night(shop: Shop, tmp_path: Path) -> None:
    till = shop.till()
    till.sell(100)
    till.push()
    shop.server.settings = Settings(
        backup=BackupSettings(folder=tmp_path), retention=RetentionSettings(archive=tmp_path / "archive")
    )
    (tmp_path / "archive").mkdir()
    at(shop, "2026-11-23T03:00")
    assert due(shop) == list(JOBS)
    assert states(shop) == {**dict.fromkeys(JOBS, "done")}


def test_the_night_does_not_make_an_archive_whose_disk_is_not_plugged_in(shop: Shop, tmp_path: Path) -> None:
    missing = tmp_path / "unplugged" / "archive"
    shop.server.settings = Settings(retention=RetentionSettings(archive=missing))
    with pytest.raises(ArchiveFailed, match="plugged in"):
        jobs.run(shop.server, shop.store_id, "retention")
    assert not missing.parent.exists()


@pytest.mark.parametrize(
    ("now", "last", "then"),
    [
        ("2026-11-23T02:00+01:00", "2026-11-23T02:00+01:00", "2026-11-24T02:00+01:00"),
        ("2026-11-23T01:59+01:00", "2026-11-22T02:00+01:00", "2026-11-23T02:00+01:00"),
        # The hour that the summer takes away, and the one that the winter gives twice.
        ("2026-03-29T12:00+02:00", "2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"),
        ("2026-10-25T12:00+01:00", "2026-10-25T02:00+02:00", "2026-10-26T02:00+01:00"),
    ],
)
def test_a_night_begins_by_the_clock_on_the_wall(now: str, last: str, then: str) -> None:
    def ms(text: str) -> int:
        return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * 1000

    nights, nightly = Nights(ZoneInfo("Europe/Paris"), 2), Job(lambda *_: Ran())
    assert nights.last(ms(now)) == ms(last)
    assert nights.due(nightly, ms(last), ms(now)) == ms(then)
    assert nights.due(nightly, ms(last) - 1, ms(now)) == ms(last)


def test_the_command_lists_and_runs(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--database-url", shop.database.url, "--home", str(tmp_path))
    assert cli.main(["jobs", "run", "verify", *place]) == 0
    assert capsys.readouterr().out.startswith('verify: done {"entries":0')
    assert cli.main(["jobs", "run", "backup", *place]) == 2
    assert "under [backup] in server/settings.toml" in capsys.readouterr().err
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE stores SET arrival = 7")
    assert cli.main(["jobs", "run", "verify", *place]) == 1
    capsys.readouterr()
    with shop.database.turn("jobs"):
        assert cli.main(["jobs", "run", "proofs", *place]) == 2
    assert "another job runs now" in capsys.readouterr().err
    assert cli.main(["jobs", "list", *place]) == 0
    listed = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert list(listed) == list(JOBS)
    assert " found " in listed["verify"]
    assert "7 arrivals were counted" in listed["verify"]
    assert "next not set up" in listed["backup"]
    assert "last - " in listed["insights"]
