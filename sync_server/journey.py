"""The way of one event through this server: when it came, in which request, and where it counts."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from sync_server.errors import Missing
from sync_server.schema import entries, events, journals, pushes, quarantine, rollups, sales, tills


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way: what was done, when if that is known (Unix ms), and the facts of it."""

    name: str
    at_ms: int | None
    facts: dict[str, object]


def of_event(connection: Connection, store_id: str, event_id: str) -> list[Stage]:
    """Return the steps that an event has taken, by the entry that told it first; raise Missing for one never told."""
    of_entry = [entries.c[name] == events.c[name] for name in ("store_id", "journal_id", "seq")]
    of_journal = [journals.c[name] == events.c[name] for name in ("store_id", "journal_id")]
    row = connection.execute(
        select(entries, tills.c.label)
        .select_from(events)
        .join(entries, and_(*of_entry))
        .join(journals, and_(*of_journal))
        .outerjoin(tills, (tills.c.store_id == journals.c.store_id) & (tills.c.till_id == journals.c.till_id))
        .where(events.c.store_id == store_id, events.c.event_id == event_id)
    ).one_or_none()
    if row is None:
        raise Missing(f"no entry that tells {event_id} has come to this server")
    written = {"till": row.label, "journal": row.journal_id, "seq": row.seq, "kind": row.kind, "version": row.version}
    return [
        Stage("written", row.at_ms, written),
        _pushed(connection, store_id, row.arrival),
        _applied(connection, store_id, event_id),
    ]


def _pushed(connection: Connection, store_id: str, arrival: int) -> Stage:
    """Return the push that brought an arrival."""
    row = connection.execute(
        select(pushes)
        .where(pushes.c.store_id == store_id, pushes.c.arrival <= arrival)
        .order_by(pushes.c.arrival.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Stage("received", None, {"arrival": arrival})
    told = {"arrival": arrival, "device": row.device_id, "request_id": row.request_id or None, "entries": row.entries}
    return Stage("received", row.received_at_ms, told)


def _applied(connection: Connection, store_id: str, event_id: str) -> Stage:
    """Return where an event counts: its ticket, and the figures of its day; or why it does not."""
    aside = connection.execute(
        select(quarantine.c.reason, quarantine.c.received_at_ms).where(
            quarantine.c.store_id == store_id, quarantine.c.event_id == event_id
        )
    ).one_or_none()
    if aside is not None:
        return Stage("set aside", aside.received_at_ms, {"reason": aside.reason})
    ticket = connection.execute(
        select(sales).where(sales.c.store_id == store_id, sales.c.event_id == event_id)
    ).one_or_none()
    if ticket is None:
        return Stage("applied", None, {})
    of_day = (rollups.c.day == ticket.business_day, rollups.c.till_id == ticket.till_id)
    facets = connection.execute(select(rollups.c.facet).distinct().where(rollups.c.store_id == store_id, *of_day))
    told = {"day": ticket.business_day, "receipt": ticket.receipt, "kind": ticket.kind, "total": ticket.total}
    return Stage("counted", None, {**told, "figures": ",".join(sorted(facets.scalars()))})
