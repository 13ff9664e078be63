"""Many stores in one database: each in its own night, none held up by another, and no query where nothing is due."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from sync_server import cli
from sync_server.errors import Unready
from sync_server.findings import freshness
from sync_server.outgoing import outbox
from sync_server.outgoing.outbound import Deliveries, NotDelivered
from sync_server.outgoing.outbox import INSIGHTS_REQUESTED
from sync_server.settings import BackupSettings, Settings
from sync_server.store_server import StoreServer
from sync_server.upkeep import courier, jobs, second_try
from sync_server.upkeep.agenda import AGAIN_MS
from sync_server.upkeep.nightly import JOBS, Job, Ran
from sync_server.upkeep.nights import HOUR_MS
from tests.silence import ExpectedLog
from tests.sync_server.shop import Shop

CASABLANCA = "Africa/Casablanca"
TOKYO = "Asia/Tokyo"
COPIED = {
    "stores": "{id}, name, feed_id, rev, opening, arrival, pepper, created_at_ms",
    "documents": "{id}, kind, key, rev, body, deleted, fields",
}


def never() -> bool:
    return False


def more(shop: Shop, count: int, zone: str = CASABLANCA) -> list[str]:
    """Add stores that are copies of the first one but for their time zone, and return their ids."""
    ids = [f"zz-{number:04d}" for number in range(count)]
    with shop.database.write() as connection:
        for store_id in ids:
            for table, columns in COPIED.items():
                names, chosen = columns.format(id="store_id"), columns.format(id=f"'{store_id}'")
                connection.exec_driver_sql(
                    f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE store_id = '{shop.store_id}'"
                )
        connection.exec_driver_sql(
            f"UPDATE documents SET body = replace(body, '{CASABLANCA}', '{zone}') WHERE store_id >= 'zz-'"
        )
    return ids


def at(shop: Shop, text: str, zone: str = CASABLANCA) -> None:
    """Set the clock on a shop's wall."""
    shop.clock.wall_ms = int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


class Deeds:
    """Two nightly jobs, an hourly one and one of the whole database; each fails for the stores in ``failing``."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.failing: set[str] = set()
        self.jobs: Mapping[str, Job] = {
            "whole": Job(self._job("whole"), whole=True),
            "first": Job(self._job("first")),
            "second": Job(self._job("second")),
            "hourly": Job(self._job("hourly"), hourly=True),
        }

    def _job(self, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  a Work
        def work(_server: StoreServer, store_id: str, _ended: object) -> Ran:
            self.done.append((store_id, name))
            if store_id in self.failing:
                raise Unready("its disk is gone")
            return Ran()

        return work


@pytest.fixture
def deeds(monkeypatch: pytest.MonkeyPatch) -> Deeds:
    """Give jobs of the test's own."""
    made = Deeds()
    monkeypatch.setattr(jobs, "JOBS", made.jobs)
    return made


@contextmanager
def counted() -> Iterator[list[str]]:
    """Note the statements that are executed meanwhile."""
    asked: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SELECT pg_")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield asked
    event.remove(Engine, "before_cursor_execute", look)


def test_each_store_has_its_own_night_and_the_database_one_backup(shop: Shop, deeds: Deeds) -> None:
    (tokyo,) = more(shop, 1, TOKYO)
    agenda = jobs.agenda_of(shop.server)
    at(shop, "2026-11-23T03:30", TOKYO)
    assert jobs.run_due(agenda, never) == [
        (tokyo, "first"), (tokyo, "second"), (shop.store_id, "hourly"), (tokyo, "hourly"),
    ]  # fmt: skip
    at(shop, "2026-11-23T03:10")
    done = jobs.run_due(agenda, never)
    assert done == [
        (shop.store_id, "whole"), (shop.store_id, "first"), (shop.store_id, "second"),
        (shop.store_id, "hourly"), (tokyo, "hourly"),
    ]  # fmt: skip
    assert jobs.run_due(agenda, never) == []
    for store_id in (shop.store_id, tokyo):
        found = {one.name: one.state for one in jobs.standings(shop.server, store_id)}
        assert found == dict.fromkeys(deeds.jobs, "done")


def test_a_store_that_fails_stops_no_other_and_is_tried_again(
    shop: Shop, deeds: Deeds, expected_log: ExpectedLog
) -> None:
    one, other = more(shop, 2)
    deeds.failing = {shop.store_id, one}
    expected_log("its disk is gone")
    agenda = jobs.agenda_of(shop.server)
    at(shop, "2026-11-23T03:00")
    done = jobs.run_due(agenda, never)
    # Each store its first job before any has its second one.
    assert [name for _, name in done] == ["whole", *["first"] * 3, *["second"] * 3, *["hourly"] * 3]
    deeds.failing = set()
    shop.clock.pass_ms(HOUR_MS)
    again = jobs.run_due(agenda, never)
    assert Counter(store_id for store_id, _ in again) == {shop.store_id: 4, one: 3, other: 1}
    assert jobs.run_due(agenda, never) == []


def test_three_hundred_stores_cost_a_query_for_many_and_none_where_nothing_is_due(shop: Shop, deeds: Deeds) -> None:
    every = sorted([shop.store_id, *more(shop, 299)])
    with shop.database.write() as connection:
        later = "UPDATE stores SET created_at_ms = created_at_ms + 1 WHERE store_id >= 'zz-0060'"
        connection.exec_driver_sql(later)
    agenda = jobs.agenda_of(shop.server)
    with counted() as asked:
        assert agenda.due(500) == []
    assert len(asked) == 3, "which store is the first, a page of all of them, and that there is no further one"
    with counted() as asked:
        for _ in range(50):
            shop.clock.pass_ms(60_000)
            assert jobs.run_due(agenda, never) == []
    assert asked == []
    shop.clock.pass_ms(10 * 60_000)
    with counted() as asked:
        done = jobs.run_due(agenda, never)
    assert done == [(store_id, "hourly") for store_id in every[:61]]
    looks = [one for one in asked if one.startswith("SELECT")]
    assert len(looks) == 3 + 2 * 2, "two turns, before and after each of which one query asks for fifty stores"


def test_whoever_waits_longest_comes_first(shop: Shop, deeds: Deeds) -> None:
    early, late = more(shop, 2)
    at(shop, "2026-11-22T12:00")
    with shop.database.write() as connection:
        for store_id, minute in ((late, 20), (early, 0), (shop.store_id, 10)):
            connection.exec_driver_sql(
                f"UPDATE stores SET created_at_ms = {shop.clock.now_ms() + minute * 60_000}"
                f" WHERE store_id = '{store_id}'"
            )
    agenda = jobs.agenda_of(shop.server)
    assert agenda.due(9) == []
    shop.clock.pass_ms(HOUR_MS - 1)
    assert agenda.due(9) == []
    shop.clock.pass_ms(30 * 60_000)
    assert agenda.due(2) == [early, shop.store_id]
    assert agenda.due(2) == [late]


def test_a_store_that_is_new_is_noticed_within_the_hour(shop: Shop, deeds: Deeds) -> None:
    agenda = jobs.agenda_of(shop.server)
    assert agenda.due(9) == []
    (new,) = more(shop, 1)
    shop.clock.pass_ms(HOUR_MS)
    assert (new, "hourly") in jobs.run_due(agenda, never)


def test_another_replica_works_and_this_one_looks_again_in_a_minute(shop: Shop, deeds: Deeds) -> None:
    more(shop, 1)
    mine, theirs = jobs.agenda_of(shop.server), jobs.agenda_of(shop.server)
    at(shop, "2026-11-23T03:00")
    with shop.database.turn(jobs.TURN):
        assert jobs.run_due(mine, never) == []
    assert len(jobs.run_due(theirs, never)) == 7
    shop.clock.pass_ms(AGAIN_MS)
    assert jobs.run_due(mine, never) == [], "what a replica did is done"


def test_a_server_of_one_store_does_no_other_s_jobs_but_the_database_s(shop: Shop, deeds: Deeds) -> None:
    one, _other = more(shop, 2)
    shop.server.named = one
    at(shop, "2026-11-23T03:00")
    done = jobs.run_due(jobs.agenda_of(shop.server), never)
    assert done == [(shop.store_id, "whole"), (one, "first"), (one, "second"), (one, "hourly")]


def test_a_database_that_fails_in_between_loses_nothing(shop: Shop, deeds: Deeds) -> None:
    more(shop, 1)
    agenda = jobs.agenda_of(shop.server)
    at(shop, "2026-11-23T03:00")
    good = agenda.server

    class Stumbling(StoreServer):
        """Has no database."""

        def __init__(self) -> None:
            self.clock, self.settings, self.named = good.clock, good.settings, ""

        @property
        def database(self):  # type: ignore[no-untyped-def,override]  # noqa: ANN202
            raise Unready("no answer")

    agenda.due(0)
    agenda.server = Stumbling()
    with pytest.raises(Unready):
        jobs.run_due(agenda, never)
    agenda.server = good
    assert len(jobs.run_due(agenda, never)) == 7


def test_one_backup_counts_for_every_store(shop: Shop, tmp_path: Path) -> None:
    (other,) = more(shop, 1)
    shop.server.settings = Settings(backup=BackupSettings(folder=tmp_path, keep_days=1))
    at(shop, "2026-11-27T03:00")
    assert len(jobs.run_due(jobs.agenda_of(shop.server), never)) == 2 * len(JOBS) - 3
    assert sorted(str(row["store_id"]) for row in shop.rows("backups")) == sorted([shop.store_id, other])
    assert len(list(tmp_path.glob("*.zip"))) == 1
    with shop.database.read() as connection:
        for store_id in (shop.store_id, other):
            assert list(freshness.late(connection, store_id, shop.clock.now_ms(), freshness.Limits())) == []
    shop.clock.pass_ms(24 * HOUR_MS + 60_000)
    jobs.run(shop.server, other, "backup")
    rows = shop.rows("backups")
    assert (len(rows), len([row for row in rows if row["removed_at_ms"] is None])) == (4, 2)
    assert len(list(tmp_path.glob("*.zip"))) == 1


def test_the_commands_mean_the_database_where_it_has_several_stores(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (other,) = more(shop, 1)
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "settings.toml").write_text(f"[backup]\nfolder = {json.dumps(str(tmp_path))}\n")
    place = ("--database-url", shop.database.url, "--home", str(tmp_path))
    assert cli.main(["jobs", "run", "backup", *place]) == 0
    assert cli.main(["backup", str(tmp_path / "mine.zip"), *place]) == 0
    assert len(shop.rows("backups")) == 4
    assert cli.main(["jobs", "run", "verify", *place]) == 2
    assert "--store ID" in capsys.readouterr().err
    assert cli.main(["jobs", "run", "verify", "--store", other, *place]) == 0
    with shop.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE stores SET arrival = 7 WHERE store_id = '{shop.store_id}'")
    assert cli.main(["jobs", "run", "verify", "--store", shop.store_id, *place]) == 1
    capsys.readouterr()
    assert cli.main(["jobs", "list", *place]) == 0
    said, summed = capsys.readouterr().out.splitlines()
    assert said.startswith(f"{shop.store_id}  verify ")
    assert " found " in said
    assert summed.startswith("2 stores, 1 jobs to be looked at")
    assert cli.main(["jobs", "list", "--store", other, *place]) == 0
    listed = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if "  last " in line}
    assert all(" done " in listed[name] for name in ("backup", "verify"))
    assert "last - " in listed["proofs"]


class Receiving:
    """Takes what is sent; whoever stands in ``dead`` does not answer."""

    def __init__(self, dead: Sequence[str] = ()) -> None:
        self.dead = dead
        self.got: list[str] = []

    def send(self, url: str, _headers: Mapping[str, str], _body: bytes) -> int:
        self.got.append(url)
        if url in self.dead:
            raise NotDelivered("no answer")
        return 204


def tell(shop: Shop, store_ids: Sequence[str], messages: int) -> list[str]:
    """Put messages for a receiver of each of these stores and return where they go."""
    urls = [f"https://hooks.example/{store_id}" for store_id in store_ids]
    for store_id, url in zip(store_ids, urls, strict=True):
        with shop.server.write(store_id, "test") as tx:
            outbox.add(tx, url, tuple(outbox.TOPICS))
            for number in range(messages):
                outbox.enqueue(tx, INSIGHTS_REQUESTED, str(number), {})
    return urls


def test_a_receiver_that_does_not_answer_holds_up_no_other_store(shop: Shop) -> None:
    stores = [shop.store_id, *more(shop, 2)]
    urls = tell(shop, stores, 3)
    receiving = Receiving(urls[:1])
    assert courier.carry_round(shop.server, receiving) == Deliveries(2, 1)
    assert sorted(receiving.got) == sorted(urls), "one message of each"
    shop.server.named = stores[1]
    assert courier.carry_round(shop.server, receiving) == Deliveries(1, 0)
    shop.server.named = ""
    while (done := courier.carry_round(shop.server, receiving)).delivered or done.failed:
        continue
    assert Counter(receiving.got) == dict.fromkeys(urls, 3)


def test_one_query_finds_the_messages_of_all_stores(shop: Shop) -> None:
    tell(shop, more(shop, 60), 1)
    shop.clock.pass_ms(-1)
    with counted() as asked:
        assert courier.carry_round(shop.server, Receiving()) == Deliveries(0, 0)
    assert len(asked) == 1
    shop.clock.pass_ms(1)
    assert courier.carry_round(shop.server, Receiving()).delivered == 60


def test_a_store_whose_messages_cannot_be_taken_stops_no_other(shop: Shop, expected_log: ExpectedLog) -> None:
    (other,) = more(shop, 1)
    tell(shop, [shop.store_id, other], 1)
    good = shop.server

    class Stumbling(StoreServer):
        """Cannot write in the first store."""

        def __init__(self) -> None:
            self.database, self.clock, self.named = good.database, good.clock, ""

        def write(self, store_id: str, actor: str, request_id: str = ""):  # type: ignore[no-untyped-def]  # noqa: ANN202
            if store_id == shop.store_id:
                raise Unready("no room")
            return good.write(store_id, actor, request_id)

    expected_log("no room")
    assert courier.carry_round(Stumbling(), Receiving()) == Deliveries(1, 0)


def test_the_quarantine_of_every_store_is_tried_again(shop: Shop) -> None:
    till = shop.till()
    till.write("sale.completed", {"odd": 1})
    till.push()
    assert second_try.waiting(shop.server) == [shop.store_id]
    (other,) = more(shop, 1)
    shop.server.named = other
    assert second_try.waiting(shop.server) == []
