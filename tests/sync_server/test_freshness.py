"""What is late is told once for as long as it lasts, and goes when it is late no more."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from sync_server import insights
from sync_server.findings import freshness
from sync_server.findings.freshness import Checked, Limits
from sync_server.insights import Insight
from sync_server.schema import backups
from sync_server.settings import Settings
from sync_server.upkeep import jobs
from sync_server.upkeep.nightly import Ran
from tests.sync_server.shop import Shop, Till

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SUNDAY = date(2026, 11, 22)


def check(shop: Shop) -> Checked:
    """Run the job now."""
    return freshness.run(
        shop.database, shop.store_id, shop.clock.now_ms(), lambda: shop.server.write(shop.store_id, "job:freshness")
    )


def keys(shop: Shop) -> set[str]:
    """Return what is late now."""
    return {one.key for one in check(shop).alarms}


def backed_up(shop: Shop) -> None:
    """Note a good backup."""
    with shop.database.write() as connection:
        connection.execute(
            insert(backups).values(
                store_id=shop.store_id, backup_id=f"b{shop.clock.now_ms()}", made_at_ms=shop.clock.now_ms(), path="p",
                size=1, encrypted=0, digest="d", problems=0,
            )
        )  # fmt: skip


def found_something(shop: Shop, run_id: str = "n8n-1") -> None:
    """Publish an insight."""
    with shop.server.write(shop.store_id, "test") as tx:
        insights.publish(
            tx,
            Insight(
                category="watchlist", sourceRunId=run_id, title="t", confidence=1.0, createdAt=tx.now_ms
            ),
        )  # fmt: skip


def sold_for_weeks(till: Till, weekdays: tuple[int, ...] = tuple(range(7))) -> None:
    """Sell one thing on each of these weekdays of the last four weeks."""
    for back in range(28, 0, -1):
        day = SUNDAY - timedelta(days=back)
        if day.weekday() in weekdays:
            till.sell(100, business_day=day.isoformat())
    till.push()


def shown(till: Till) -> list[str]:
    """Return the titles of the cards that the till shows."""
    return [str(one.body["title"]) for one in till.pull().documents if one.kind == "insight" and not one.deleted]


def test_a_new_store_is_not_late(shop: Shop, till: Till) -> None:
    shop.clock.pass_ms(47 * HOUR_MS)
    assert check(shop) == Checked((), 0, 0)


def test_a_missing_backup_is_told_once_and_goes_with_the_next_backup(shop: Shop, till: Till) -> None:
    shop.clock.pass_ms(49 * HOUR_MS)
    first = check(shop)
    assert [one.key for one in first.alarms] == ["backup"]
    assert "jamais encore" in first.alarms[0].detail
    assert shown(till) == ["Pas de sauvegarde récente"]
    shop.clock.pass_ms(HOUR_MS)
    again = check(shop)
    assert (len(again.alarms), again.raised, again.ended) == (1, 0, 0)
    backed_up(shop)
    assert check(shop) == Checked((), 0, 1)
    assert shown(till) == []
    shop.clock.pass_ms(49 * HOUR_MS)
    assert "il y a 2 jours" in check(shop).alarms[0].detail
    done = [(str(row["action"]), json.loads(str(row["detail"]))) for row in shop.rows("audit")]
    assert sorted(action for action, said in done if said == {"alarm": "backup"}) == [
        "freshness-lost", "freshness-lost", "freshness-restored",
    ]  # fmt: skip


def test_late_insights_are_told_only_when_something_came_in_since(shop: Shop, till: Till) -> None:
    till.sell(100)
    till.push()
    found_something(shop)
    shop.clock.pass_ms(27 * HOUR_MS)
    assert "insights" not in keys(shop)
    late = till.sell(100)
    till.push([late])
    assert "insights" in keys(shop)
    assert shown(till)[-1] == "Aucune observation récente"
    found_something(shop, "n8n-2")
    assert "insights" not in keys(shop)


def test_an_alarm_is_no_insight_that_keeps_another_alarm_quiet(shop: Shop, till: Till) -> None:
    till.sell(100)
    till.push()
    shop.clock.pass_ms(50 * HOUR_MS)
    till.push([till.sell(100)])
    assert keys(shop) == {"backup", "insights"}
    assert keys(shop) == {"backup", "insights"}


@pytest.mark.parametrize(("days", "silent"), [(1, False), (2, True)])
def test_a_till_is_silent_after_a_whole_day_of_its_own(shop: Shop, till: Till, days: int, silent: bool) -> None:
    sold_for_weeks(till)
    shop.clock.pass_ms(days * DAY_MS)
    assert (f"till:{till.enrolment.till_id}" in keys(shop)) is silent


def test_a_till_that_never_sells_on_a_monday_is_not_silent_on_tuesday(shop: Shop, till: Till) -> None:
    sold_for_weeks(till, weekdays=(1, 2, 3, 4, 5, 6))
    shop.clock.pass_ms(2 * DAY_MS)
    assert not any(key.startswith("till:") for key in keys(shop))
    shop.clock.pass_ms(DAY_MS)
    assert f"till:{till.enrolment.till_id}" in keys(shop)


def test_a_till_that_speaks_again_or_lost_its_key_is_no_alarm(shop: Shop, till: Till) -> None:
    other = shop.till()
    sold_for_weeks(till)
    sold_for_weeks(other)
    shop.clock.pass_ms(3 * DAY_MS)
    assert {f"till:{one.enrolment.till_id}" for one in (till, other)} <= keys(shop)
    till.push([till.sell(100)])
    with shop.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE devices SET revoked_at_ms = 1 WHERE till_id = '{other.enrolment.till_id}'")
    assert not any(key.startswith("till:") for key in keys(shop))


def test_the_hourly_job_heeds_the_settings_and_says_what_is_late(shop: Shop, till: Till) -> None:
    shop.server.settings = Settings.model_validate_json('{"freshness": {"backup_hours": 1}}')
    assert jobs.run(shop.server, shop.store_id, "freshness") == Ran({"late": [], "raised": 0, "ended": 0}, found=False)
    shop.clock.pass_ms(2 * HOUR_MS)
    told = {"late": ["backup"], "raised": 1, "ended": 0}
    assert jobs.run(shop.server, shop.store_id, "freshness") == Ran(told, found=True)


def test_the_limits_can_be_set(shop: Shop, till: Till) -> None:
    shop.clock.pass_ms(2 * HOUR_MS)
    with shop.database.read() as connection:
        late = freshness.late(connection, shop.store_id, shop.clock.now_ms(), Limits(backup_ms=HOUR_MS))
        assert [one.key for one in late] == ["backup"]
