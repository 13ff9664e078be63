"""The sales as rows that can be asked for by day, person or till; the whole ticket stays in its entry."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from sqlalchemy import Connection, Select, select

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.sale import Method
from sync_server import flags
from sync_server.errors import Missing
from sync_server.paging import Order, Page
from sync_server.schema import entries, sales, tills

COLUMNS: Final = (
    "store_id", "event_id", "journal_id", "seq", "kind", "till_id", "business_day", "hour", "at_ms", "operator_id",
    "receipt", "currency", "total", "tax", "methods",
)  # fmt: skip

LISTED_MAX: Final = 500

Row = tuple[object, ...]
Read = Callable[[], AbstractContextManager[Connection]]


def row_of(store_id: str, entry: Entry, body: Mapping[str, object]) -> Row:
    """Return the row of a sale or refund whose body the fold has taken."""
    kind = "sale" if entry.kind == Kind.SALE_COMPLETED else "refund"
    return (
        store_id, entry.event_id, entry.journal_id, entry.seq, kind, body["till_id"], body["business_day"],
        body["hour"], entry.at_ms, body["operator_id"], body["receipt"], body["currency"], body["total"], body["tax"],
        " ".join(sorted({tender["method"] for tender in cast("list[dict[str, str]]", body["tenders"])})),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SalesQuery:
    """Business days from ``start`` to ``end``, both included, and whatever else a ticket must be.

    ``flagged`` asks for those with an open flag, or those without one; ``after`` is where the page before ended.
    """

    start: str
    end: str
    till_id: str | None = None
    operator_id: str | None = None
    method: Method | None = None
    kind: str | None = None
    flagged: bool | None = None
    newest_first: bool = False
    after: str = ""

    def after_place(self, place: str) -> "SalesQuery":
        """Return the question that goes on after a place."""
        return replace(self, after=place)


def listed(connection: Connection, store_id: str, query: SalesQuery, rows_max: int = LISTED_MAX) -> Page:
    """Return the next tickets of some days, by day and then by event id, which rises with the time they were rung at.

    Each has its till's label and its flag, if somebody found it odd.
    """
    order = Order((sales.c.business_day, sales.c.event_id), (str, str), falling=query.newest_first)
    page = order.page(connection, _asked(store_id, query), query.after, rows_max)
    flagged = flags.of_sales(connection, store_id, [row["event_id"] for row in page.rows])
    return replace(page, rows=[_told(row, flagged.get(row["event_id"])) for row in page.rows])


def all_pages(read: Read, store_id: str, query: SalesQuery) -> Iterator[Page]:
    """Yield page after page to the end, each in a transaction of its own that ``read`` opens."""
    while True:
        with read() as connection:
            page = listed(connection, store_id, query)
        yield page
        if page.after is None:
            return
        query = query.after_place(page.after)


def ticket(connection: Connection, store_id: str, event_id: str, operator_id: str | None = None) -> dict[str, object]:
    """Return a sale with its whole ticket, which is None once retention has emptied it; raise Missing.

    With ``operator_id`` only that person's own are there.
    """
    wanted = _joined(store_id).where(sales.c.event_id == event_id)
    if operator_id is not None:
        wanted = wanted.where(sales.c.operator_id == operator_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise Missing("there is no such sale")
    of_sale = [entries.c[name] == value for name, value in (("journal_id", row["journal_id"]), ("seq", row["seq"]))]
    entry = connection.execute(
        select(entries.c.body, entries.c.text, entries.c.received_at_ms).where(entries.c.store_id == store_id, *of_sale)
    ).one()
    flag = flags.of_sales(connection, store_id, [event_id]).get(event_id)
    return {
        **_told(row, flag),
        "received_at_ms": entry.received_at_ms,
        "note": None if entry.text is None else mask(entry.text.decode(errors="replace")),
        "ticket": json.loads(entry.body) if entry.body else None,
    }


def _joined(store_id: str) -> Select[Any]:
    of_till = (tills.c.store_id == sales.c.store_id) & (tills.c.till_id == sales.c.till_id)
    columns = [sales.c[name] for name in COLUMNS[1:]]
    return (
        select(*columns, tills.c.label.label("till"))
        .select_from(sales.outerjoin(tills, of_till))
        .where(sales.c.store_id == store_id)
    )


def _asked(store_id: str, query: SalesQuery) -> Select[Any]:
    statement = _joined(store_id).where(sales.c.business_day >= query.start, sales.c.business_day <= query.end)
    for column, wanted in (
        (sales.c.till_id, query.till_id), (sales.c.operator_id, query.operator_id), (sales.c.kind, query.kind),
    ):  # fmt: skip
        if wanted is not None:
            statement = statement.where(column == wanted)
    if query.method is not None:
        statement = statement.where((" " + sales.c.methods + " ").like(f"% {query.method.value} %"))
    if query.flagged is not None:
        is_open = flags.is_open(sales.c.store_id, sales.c.event_id)
        statement = statement.where(is_open if query.flagged else ~is_open)
    return statement


def _told(row: Mapping[Any, Any], flag: flags.Flag | None) -> dict[str, object]:
    return {**row, "methods": str(row["methods"]).split(), "till": row["till"] or "", "flag": flag}
