"""A period's figures over all tills, from the rollups, with how complete they are."""

from sqlalchemy import Connection, func, select

from seraphine_pos.domain.clock import CALENDAR_END_MS
from seraphine_pos.domain.report import STORE, ReportData, ReportQuery, TillState
from seraphine_pos.domain.rollup import Delta
from sync_server import quarantine, rollups
from sync_server.schema import journals, tills


def read(connection: Connection, store_id: str, query: ReportQuery) -> ReportData:
    """Return the cells of the period and of the one before it."""
    return ReportData(
        query=query,
        source=STORE,
        cells=_cells(connection, store_id, query),
        previous=_cells(connection, store_id, query.previous()),
        tills=_tills(connection, store_id, query.till_id),
        not_included=quarantine.count(connection, store_id),
    )


def _cells(connection: Connection, store_id: str, query: ReportQuery) -> tuple[Delta, ...]:
    return rollups.condensed(connection, store_id, start=query.start, end=query.end, till_id=query.till_id)


def _tills(connection: Connection, store_id: str, till_id: str | None) -> tuple[TillState, ...]:
    """Say for each till when the last entry that reached the server was written."""
    last = (
        select(journals.c.till_id, func.max(journals.c.at_ms).label("at_ms"))
        .where(journals.c.store_id == store_id, journals.c.at_ms.between(0, CALENDAR_END_MS - 1))
        .group_by(journals.c.till_id)
        .subquery()
    )
    statement = (
        select(tills.c.till_id, tills.c.label, last.c.at_ms)
        .outerjoin(last, last.c.till_id == tills.c.till_id)
        .where(tills.c.store_id == store_id)
        .order_by(tills.c.label)
    )
    if till_id is not None:
        statement = statement.where(tills.c.till_id == till_id)
    return tuple(TillState(row.till_id, row.label, row.at_ms) for row in connection.execute(statement))
