"""The server's own analysis: reads figures and lately counted drawers, and publishes what it finds as insights.

A finding is published once for its day. A card of another day goes when the next one is told, or no longer holds;
its row stays as history. The methods are told in ``docs/insights.md``.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, func, select

from seraphine_pos.domain import store as stores_of
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.shift import local_time
from sync_server import feed, insights
from sync_server.database import Database
from sync_server.errors import Missing
from sync_server.findings import drawer, finding, named_sales, selling, trends
from sync_server.findings.finding import Finding, Ids, Words
from sync_server.findings.selling import History, Product
from sync_server.insights import CONFIDENCE_WHOLE, PREFIX, Insight
from sync_server.outgoing import outbox
from sync_server.rights import staff
from sync_server.schema import quarantine, tills
from sync_server.transaction import Transaction

JOB: Final = "insights"
RISING_MAX: Final = 5
SLOWING_MAX: Final = 5
STOPPED_MAX: Final = 10
CASH_MAX: Final = 50
CASH_SHOWN_MS: Final = 28 * 24 * 3600 * 1000
# Figures that were only added up are as sure as what was counted; the rest is for what no server can see.
ADDED_UP: Final = 990
NAMED_IN_ALL: Final = 200

Write = Callable[[], AbstractContextManager[Transaction]]


@dataclass(frozen=True, slots=True)
class Analysed:
    """What a run came to: cards published, findings that were told before, cards that no longer hold."""

    day: str
    published: int
    known: int
    withdrawn: int


def run(database: Database, store_id: str, now_ms: int, write: Write) -> Analysed:
    """Look at the days before today and publish what is found; a second run of a day publishes nothing twice."""
    with database.read() as connection:
        words = _words(connection, store_id)
        today = local_time(now_ms, words.time_zone).date()
        told = insights.runs(connection, store_id, f"{PREFIX}{JOB}:")
        found = [*_drawers(connection, store_id, now_ms, words, told), *_products(connection, store_id, today, words)]
    with write() as tx:
        fresh = [one for one in found if run_id(one) not in told]
        for one in fresh:
            insights.publish(tx, _insight(one, tx.now_ms))
        withdrawn = insights.withdraw(tx, _stale(tx, today.isoformat()))
        _ask_others(tx, today)
    return Analysed(today.isoformat(), len(fresh), len(found) - len(fresh), withdrawn)


def run_id(one: Finding) -> str:
    """Return what names a finding for ever: the job, the store's day and the finding."""
    whole = f"{PREFIX}{JOB}:{one.day}:{one.key}"
    if len(whole) <= insights.WORD_MAX:
        return whole
    kind = one.key.partition(":")[0]
    return f"{PREFIX}{JOB}:{one.day}:{kind}:{sha256(one.key.encode()).hexdigest()}"


def _drawers(connection: Connection, store_id: str, now_ms: int, words: Words, told: Collection[str]) -> list[Finding]:
    shifts = {one.rpartition(":cash:")[2] for one in told if ":cash:" in one}
    counts = drawer.counted(connection, store_id, now_ms, shifts)
    worth = [finding.cash(one, words) for one in counts if one.is_worth_telling(words.currency.decimals)]
    return worth[-CASH_MAX:]


def _products(connection: Connection, store_id: str, today: date, words: Words) -> list[Finding]:
    """Return what the figures say of products."""
    history = selling.read(connection, store_id, selling.days_before(today, trends.STOPPED_DAYS))
    by_net, by_quantity = trends.top(history, by="net"), trends.top(history, by="quantity")
    rising = trends.rising(history)[:RISING_MAX]
    slowing = trends.slowing(history)[:SLOWING_MAX]
    stopped = trends.stopped(history)[:STOPPED_MAX]
    best = {one.product_id: one for one, _ in (*by_net, *by_quantity)}
    sold = {
        **_days(history, best, history.last(trends.TOP_DAYS)),
        **_days(history, {one.product.product_id: one.product for one in rising}, history.last(trends.RISING_DAYS)),
        **_days(history, {one.product.product_id: one.product for one in slowing}, history.last(trends.SLOWING_DAYS)),
        **_days(history, {one.product.product_id: one.product for one in stopped}, history.last(trends.STOPPED_DAYS)),
    }
    ids = named_sales.of_products(connection, store_id, sold)
    day = today.isoformat()
    found = [finding.rise(day, one, ids) for one in rising]
    found += [finding.fall(day, one, ids) for one in slowing]
    found += [finding.silence(day, one, ids) for one in stopped]
    if by_net:
        confidence = _counted_part(connection, store_id, history)
        found.append(finding.best(day, by_net, by_quantity, confidence, _few(ids, best), words))
    return found


def _days(history: History, products: Mapping[str, Product], places: range) -> dict[str, tuple[str, ...]]:
    """Return the business days on which products sold, within these days."""
    return {
        key: tuple(history.days[at] for at in places if at in product.days and product.days[at].lines)
        for key, product in products.items()
    }


def _few(ids: Ids, products: Mapping[str, Product]) -> Ids:
    """Return as many sales of each product as fit one card together."""
    each = NAMED_IN_ALL // max(1, len(products))
    return {key: list(ids.get(key, ()))[:each] for key in products}


def _counted_part(connection: Connection, store_id: str, history: History) -> int:
    """Return the part of the tickets that is counted, in thousandths: what waits in quarantine is in no figure."""
    aside: int = connection.execute(
        select(func.count()).where(
            quarantine.c.store_id == store_id,
            quarantine.c.kind.in_([Kind.SALE_COMPLETED, Kind.SALE_REFUNDED]),
        )
    ).scalar_one()
    rung = history.rung(history.last(trends.TOP_DAYS))
    return min(ADDED_UP, CONFIDENCE_WHOLE * rung // max(1, rung + aside))


def _stale(tx: Transaction, today: str) -> list[str]:
    """Return the ids of the cards that are not of today; a drawer's card stays for four weeks."""
    return [
        card.insight_id
        for card in insights.cards(tx.connection, tx.store_id, f"{PREFIX}{JOB}:")
        if (
            card.created_at_ms < tx.now_ms - CASH_SHOWN_MS
            if ":cash:" in card.source_run_id
            else not card.source_run_id.startswith(f"{PREFIX}{JOB}:{today}:")
        )
    ]


def _ask_others(tx: Transaction, today: date) -> None:
    """Tell whoever computes insights outside that it is time, and of which days."""
    days = selling.days_before(today, trends.TOP_DAYS)
    data = {"store_id": tx.store_id, "day": today.isoformat(), "start": days[0], "end": days[-1]}
    outbox.enqueue(tx, outbox.INSIGHTS_REQUESTED, today.isoformat(), data)


def _insight(one: Finding, now_ms: int) -> Insight:
    return Insight(
        category=one.category,
        sourceRunId=run_id(one),
        title=one.title,
        detail=one.detail,
        confidence=one.confidence / CONFIDENCE_WHOLE,
        relatedSales=list(one.sales),
        createdAt=now_ms,
    )


def _words(connection: Connection, store_id: str) -> Words:
    """Return how the shop writes, from its own documents."""
    found = feed.find(connection, store_id, DocumentKind.SETTING, [STORE_SETTING])
    if STORE_SETTING not in found:
        raise Missing("the store's document is not in the feed: run seraphine-server verify")
    store = stores_of.from_body(found[STORE_SETTING].body)
    labels = select(tills.c.till_id, tills.c.label).where(tills.c.store_id == store_id)
    names = {one.staff_id: one.name for one in staff.members(connection, store_id)}
    return Words(store.currency, store.time_zone, {row.till_id: row.label for row in connection.execute(labels)}, names)
