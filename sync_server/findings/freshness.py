"""Whether the shop's figures are still fed: late insights, silent tills, missing backups, told as cards and withdrawn.

Each alarm is one insight for the time that it lasts, and leaves a row in the audit trail when it begins and ends.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from seraphine_pos.domain import store as stores_of
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.rollup import TOTAL
from seraphine_pos.domain.shift import local_time
from sync_server import audit, feed, insights
from sync_server.database import Database
from sync_server.errors import Missing
from sync_server.insights import PREFIX, Insight
from sync_server.schema import backups, devices, entries, journals, rollups, stores, tills
from sync_server.schema import insights as insights_table
from sync_server.transaction import Transaction

JOB: Final = "freshness"
HOUR_MS: Final = 3_600_000
DAY_HOURS: Final = 24
WEEK: Final = 7
WEEKS: Final = 4
# A weekday is one of a till's own when it sold on it in two of the last four weeks.
WEEKS_SOLD_MIN: Final = 2
CERTAIN: Final = 1.0

Write = Callable[[], AbstractContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is late: a night's insights have two hours' grace."""

    insight_ms: int = 26 * HOUR_MS
    till_ms: int = 24 * HOUR_MS
    backup_ms: int = 48 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is late: ``key`` names it for as long as it lasts."""

    key: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to: alarms that stand, those that are new, and how many ended."""

    alarms: tuple[Alarm, ...]
    raised: int
    ended: int


def run(database: Database, store_id: str, now_ms: int, write: Write, limits: Limits | None = None) -> Checked:
    """Raise what is late, end what is late no more."""
    with database.read() as connection:
        alarms = tuple(late(connection, store_id, now_ms, limits or Limits()))
        standing = {_key(card.source_run_id): card for card in insights.cards(connection, store_id, f"{PREFIX}{JOB}:")}
    fresh = [one for one in alarms if one.key not in standing]
    over = [card for key, card in standing.items() if key not in {one.key for one in alarms}]
    if fresh or over:
        with write() as tx:
            for one in fresh:
                _raise(tx, one)
            for card in over:
                audit.note(tx, "freshness-restored", {"alarm": _key(card.source_run_id)})
            insights.withdraw(tx, [card.insight_id for card in over])
    return Checked(alarms, len(fresh), len(over))


def late(connection: Connection, store_id: str, now_ms: int, limits: Limits) -> Iterator[Alarm]:
    """Yield what is late now."""
    born_ms = connection.execute(select(stores.c.created_at_ms).where(stores.c.store_id == store_id)).scalar_one()
    yield from _late_insights(connection, store_id, now_ms, limits)
    yield from _silent_tills(connection, store_id, now_ms, limits)
    yield from _late_backup(connection, store_id, now_ms, born_ms, limits)


def _late_insights(connection: Connection, store_id: str, now_ms: int, limits: Limits) -> Iterator[Alarm]:
    """Yield when nothing was found for too long although something came in: without tickets there is nothing to say."""
    newest = connection.execute(
        select(func.max(insights_table.c.received_at_ms)).where(
            insights_table.c.store_id == store_id,
            insights_table.c.source_run_id.not_like(f"{PREFIX}{JOB}:%"),
        )
    ).scalar_one()
    newest_entry = connection.execute(
        select(entries.c.received_at_ms)
        .where(entries.c.store_id == store_id)
        .order_by(entries.c.arrival.desc())
        .limit(1)
    ).scalar_one_or_none()
    last_ms = newest if newest is not None else _first_entry(connection, store_id)
    if newest_entry is None or last_ms is None or newest_entry <= last_ms or now_ms - last_ms <= limits.insight_ms:
        return
    yield Alarm(
        "insights",
        "Aucune observation récente",
        f"Depuis {_hours(now_ms - last_ms)}, aucune observation n’est arrivée, alors que des ventes sont là."
        " L’analyse de la nuit ou n8n ne tourne plus : voyez la liste des travaux du serveur.",
    )


def _silent_tills(connection: Connection, store_id: str, now_ms: int, limits: Limits) -> Iterator[Alarm]:
    """Yield the tills from which nothing came for a whole day of theirs, and for longer than the limit."""
    zone = _time_zone(connection, store_id)
    today = local_time(now_ms, zone).date()
    usual = _usual_weekdays(connection, store_id, today)
    heard = connection.execute(
        select(journals.c.till_id, func.max(journals.c.received_at_ms).label("heard_ms"))
        .where(journals.c.store_id == store_id, journals.c.till_id.in_(_living(connection, store_id)))
        .group_by(journals.c.till_id)
    )
    labels = {
        row.till_id: row.label
        for row in connection.execute(select(tills.c.till_id, tills.c.label).where(tills.c.store_id == store_id))
    }
    for row in sorted(heard, key=lambda one: one.till_id):
        heard_on = local_time(row.heard_ms, zone).date()
        missed = [
            day for back in range(1, (today - heard_on).days)
            if (day := today - timedelta(days=back)).weekday() in usual.get(row.till_id, ())
        ]  # fmt: skip
        if missed and now_ms - row.heard_ms > limits.till_ms:
            label = labels.get(row.till_id, row.till_id)
            yield Alarm(
                f"till:{row.till_id}",
                f"Caisse {label} : silencieuse depuis {_hours(now_ms - row.heard_ms)}",
                f"Rien n’est arrivé de la caisse {label} depuis {_hours(now_ms - row.heard_ms)}, alors qu’elle vend"
                " d’habitude ces jours-là. Ses ventes restent chez elle : vérifiez qu’elle est allumée et reliée"
                " au réseau.",
            )


def _late_backup(connection: Connection, store_id: str, now_ms: int, born_ms: int, limits: Limits) -> Iterator[Alarm]:
    made_ms = connection.execute(
        select(func.max(backups.c.made_at_ms)).where(backups.c.store_id == store_id, backups.c.problems == 0)
    ).scalar_one()
    if now_ms - max(born_ms, made_ms or 0) <= limits.backup_ms:
        return
    since = "jamais encore" if made_ms is None else f"il y a {_hours(now_ms - made_ms)}"
    yield Alarm(
        "backup",
        "Pas de sauvegarde récente",
        f"Dernière sauvegarde vérifiée : {since}. Si le disque du serveur tombe en panne, ce qui n’est plus sur les"
        " caisses serait perdu : voyez la liste des travaux du serveur.",
    )


def _usual_weekdays(connection: Connection, store_id: str, today: date) -> Mapping[str, frozenset[int]]:
    """Return the weekdays on which each till usually sells."""
    start = today - timedelta(days=WEEK * WEEKS)
    rows = connection.execute(
        select(rollups.c.till_id, rollups.c.day).where(
            rollups.c.store_id == store_id,
            rollups.c.day >= start.isoformat(),
            rollups.c.day < today.isoformat(),
            rollups.c.facet == TOTAL,
            rollups.c.sales > 0,
        )
    )
    sold: dict[str, list[int]] = {}
    for row in rows:
        sold.setdefault(row.till_id, []).append(date.fromisoformat(row.day).weekday())
    return {
        till_id: frozenset(day for day in days if days.count(day) >= WEEKS_SOLD_MIN) for till_id, days in sold.items()
    }


def _living(connection: Connection, store_id: str) -> list[str]:
    """Return the tills that still have a key."""
    return list(
        connection.execute(
            select(devices.c.till_id)
            .where(devices.c.store_id == store_id, devices.c.revoked_at_ms.is_(None))
            .distinct()
        ).scalars()
    )


def _first_entry(connection: Connection, store_id: str) -> int | None:
    return connection.execute(
        select(entries.c.received_at_ms).where(entries.c.store_id == store_id).order_by(entries.c.arrival).limit(1)
    ).scalar_one_or_none()


def _raise(tx: Transaction, alarm: Alarm) -> None:
    insights.publish(
        tx,
        Insight(
            category="watchlist", sourceRunId=f"{PREFIX}{JOB}:{tx.now_ms}:{alarm.key}", title=alarm.title,
            detail=alarm.detail, confidence=CERTAIN, relatedSales=[], createdAt=tx.now_ms,
        ),
    )  # fmt: skip
    audit.note(tx, "freshness-lost", {"alarm": alarm.key})


def _key(run_id: str) -> str:
    """Return the alarm that a run id names, without its beginning."""
    return run_id.removeprefix(f"{PREFIX}{JOB}:").partition(":")[2]


def _time_zone(connection: Connection, store_id: str) -> str:
    found = feed.find(connection, store_id, DocumentKind.SETTING, [STORE_SETTING])
    if STORE_SETTING not in found:
        raise Missing("the store's document is not in the feed: run seraphine-server verify")
    return stores_of.from_body(found[STORE_SETTING].body).time_zone


def _hours(duration_ms: int) -> str:
    """Write how long it lasts: "30 heures", "3 jours" from two days on."""
    hours = duration_ms // HOUR_MS
    days = hours // DAY_HOURS
    return f"{days} jours" if days > 1 else f"{hours} heures"
