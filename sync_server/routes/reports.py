"""The routes of reports: some days as JSON, CSV, a workbook, or pages to print; and their sales as CSV."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from typing_extensions import TypedDict

from seraphine_pos.domain import report_csv
from seraphine_pos.domain.report import Figures, Report, ReportQuery, Row, shape
from seraphine_pos.domain.staff import Right, StaffMember
from seraphine_pos.domain.store import Store
from sync_server import audit, reports, sales, store
from sync_server.exports import people_csv, report_pdf, report_xlsx, sales_csv
from sync_server.rights import staff
from sync_server.rights.callers import Scope
from sync_server.routes import days, streamed
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, sends
from sync_server.routes.sales import Asked

router = APIRouter(prefix="/v1", tags=["reports"], responses=FAILURES)
Reader = Annotated[Visit, Depends(require_role(till=True, right=Right.REPORTS, scope=Scope.REPORTS_READ))]
Seller = Annotated[Visit, Depends(require_role(right=Right.OWN_SALES, scope=Scope.SALES_READ))]
Format = Literal["json", "csv", "xlsx", "pdf"]
IN_MEMORY_MAX: Final = 1 << 20


class WireFigures(TypedDict):
    """Money in minor units (cents), quantity in thousandths, net of refunds where it says so."""

    sales: int
    refunds: int
    quantity: int
    gross: int
    refunded: int
    tax: int
    net: int


class WireRow(TypedDict):
    """A row of a table, and the same in the period before."""

    key: str
    label: str
    now: WireFigures
    before: WireFigures


class WireTill(TypedDict):
    """Up to when a till's entries are in the report, null for none yet."""

    till_id: str
    label: str
    through_ms: int | None
    waiting: int


class WireReport(TypedDict):
    """A report; with ``at_least`` sales and refunds may be more than told."""

    server_id: str
    start: str
    end: str
    till: str | None
    currency: str
    decimals: int
    not_included: int
    at_least: bool
    tills: list[WireTill]
    total: WireFigures
    before: WireFigures
    by_day: list[WireRow]
    by_hour: list[WireRow]
    by_tender: list[WireRow]
    by_operator: list[WireRow]
    by_tax: list[WireRow]
    products: list[WireRow]


DONE: Final[WireFigures] = {
    "sales": 2, "refunds": 0, "quantity": 3000, "gross": 1900, "refunded": 0, "tax": 317, "net": 1900,
}  # fmt: skip
NONE: Final[WireFigures] = {
    "sales": 0, "refunds": 0, "quantity": 0, "gross": 0, "refunded": 0, "tax": 0, "net": 0,
}  # fmt: skip
EXAMPLE: Final[WireReport] = {
    "server_id": SERVER_ID, "start": "2026-11-20", "end": "2026-11-20", "till": None, "currency": "MAD", "decimals": 2,
    "not_included": 0, "at_least": False,
    "tills": [{"till_id": "0199f2b0-0000-7000-8000-000000000006", "label": "A1", "through_ms": 1795334400000,
               "waiting": 0}],
    "total": DONE, "before": NONE,
    "by_day": [{"key": "2026-11-20", "label": "2026-11-20", "now": DONE, "before": NONE}],
    "by_hour": [], "by_tender": [], "by_operator": [], "by_tax": [], "products": [],
}  # fmt: skip
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": WireReport,
        "description": "The report, in the wanted format.",
        "content": {
            "application/json": {"example": EXAMPLE},
            "text/csv": {"schema": {"type": "string"}},
            streamed.XLSX: {"schema": {"type": "string", "format": "binary"}},
            streamed.PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
Wanted = Annotated[Format, Query(alias="format")]


@router.get("/reports/daily", responses=FILES)
def daily(
    visit: Reader,
    date: Annotated[str, Query(description="the business day, YYYY-MM-DD")],
    form: Wanted = "json",
    till: str | None = None,
) -> Response:
    """Return the figures of a business day beside those of the day before."""
    return _report(visit, days.one_day("date", date, visit.till_named(till), before=True), form)


@router.get("/reports/range", responses=FILES)
def of_range(
    visit: Reader,
    start: Annotated[str, Query(description="first business day, YYYY-MM-DD")],
    end: Annotated[str, Query(description="last business day, YYYY-MM-DD")],
    form: Wanted = "json",
    till: str | None = None,
) -> Response:
    """Return the figures of some business days, at most ten years, beside those of as many days before."""
    return _report(visit, days.period(start, end, visit.till_named(till), before=True), form)


@router.get(
    "/sales.csv", response_class=Response, responses=sends("The sales.", csv=";".join(sales_csv.HEADINGS) + "\r\n")
)
def sales_list(visit: Seller, query: Asked) -> Response:
    """Return all the sales that are asked for as CSV; to a cashier the own alone."""
    with visit.write() as tx:
        audit.note(tx, "sales.exported", {"from": query.start, "to": query.end, "format": "csv"})
        shop = store.read(tx.connection, tx.store_id)
        names = _names(staff.members(tx.connection, tx.store_id))
    pages = sales.all_pages(visit.read, visit.store_id, query)
    return streamed.text(sales_csv.lines(pages, shop, names), f"ventes-{query.start}-{query.end}.csv")


def _report(visit: Visit, query: ReportQuery, form: Format) -> Response:
    with visit.turn(query.days), visit.read() as connection:
        report = shape(reports.read(connection, visit.store_id, query))
        shop = store.read(connection, visit.store_id)
        names = _names(staff.members(connection, visit.store_id))
    if form == "json":
        return visit.answer(_wire(report, shop, names))
    with visit.write() as tx:
        audit.note(tx, "report.exported", {"from": query.start, "to": query.end, "till": query.till_id, "format": form})
    name = f"rapport-{query.start}.{form}" if query.start == query.end else f"rapport-{query.start}-{query.end}.{form}"
    if form == "csv":
        lines = report_csv.lines(report, shop.currency.decimals, names, report_csv.FOR_PEOPLE)
        return streamed.text(chain([people_csv.MARK], lines), name)
    if form == "pdf":
        content = report_pdf.pages(report, shop, names, visit.server.clock.now_ms())
        return streamed.whole(content, name, streamed.PDF)
    book = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_MAX)  # noqa: SIM115  closed when it was sent
    report_xlsx.write(report, shop, names, book)
    return streamed.file(book, name, streamed.XLSX)


def _names(members: Sequence[StaffMember]) -> dict[str, str]:
    return {one.staff_id: one.name for one in members}


def _wire(report: Report, shop: Store, names: Mapping[str, str]) -> dict[str, object]:
    data = report.data
    operators = [Row(row.key, names.get(row.key, row.label), row.now, row.before) for row in report.by_operator]
    return {
        "start": data.query.start, "end": data.query.end, "till": data.query.till_id, "currency": shop.currency.code,
        "decimals": shop.currency.decimals, "not_included": data.not_included, "at_least": data.at_least,
        "tills": [asdict(till) for till in data.tills], "total": _figures(report.total),
        "before": _figures(report.before), "by_day": _rows(report.by_day), "by_hour": _rows(report.by_hour),
        "by_tender": _rows(report.by_tender), "by_operator": _rows(operators), "by_tax": _rows(report.by_tax),
        "products": _rows(report.products),
    }  # fmt: skip


def _rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [
        {"key": row.key, "label": row.label, "now": _figures(row.now), "before": _figures(row.before)} for row in rows
    ]


def _figures(figures: Figures) -> dict[str, int]:
    return {**asdict(figures), "net": figures.net}
