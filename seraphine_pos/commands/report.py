"""The command ``report``: the figures of some days, from the server for all tills, or from this till alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from seraphine_pos.commands.opening import Place, opened
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal
from seraphine_pos.domain import report_csv
from seraphine_pos.domain.money import plain, written_quantity
from seraphine_pos.domain.report import STORE, Figures, Report, ReportQuery, Row
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop

TABLE: Final = "table"
JSON: Final = "json"
CSV: Final = "csv"
FORMATS: Final = (TABLE, JSON, CSV)
SELLERS_SHOWN: Final = 10
# Rates are hundredths of a percent.
PERCENT: Final = 100
AMOUNTS: Final = ("gross", "refunded", "net", "tax", "net before")
TICKETS: Final = ("sales", "refunds", *AMOUNTS)
# No tax belongs to one tender of a ticket more than to another.
TENDERS: Final = ("sales", "refunds", "gross", "refunded", "net", "net before")
# Under a tax its lines are counted: one ticket may bear several.
LINES: Final = ("lines sold", "lines refunded", *AMOUNTS)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: days as YYYY-MM-DD, empty for today (in the store's time zone)."""

    start: str = ""
    end: str = ""
    form: str = TABLE


def run(wish: Wish, place: Place, terminal: Terminal) -> int:
    """Write the report; return the exit code, which tells when tills or entries are missing from it."""
    with opened(place, terminal, beside=True) as shop:
        today = local_time(place.clock.now_ms(), shop.store.time_zone).date().isoformat()
        end = wish.end or today
        report = shop.reports.report(ReportQuery(wish.start or end, end))
        names = {one.staff_id: one.name for one in shop.staff.members()}
        decimals = shop.store.currency.decimals
        if wish.form == JSON:
            terminal.say(json.dumps(as_json(report, shop.store.currency.code, decimals, names), ensure_ascii=False))
        elif wish.form == CSV:
            terminal.out.write(report_csv.to_csv(report, decimals, names, report_csv.FOR_PROGRAMS))
        else:
            _tell(report, shop, names, terminal)
        _tell_gaps(report, shop, terminal)
    return DONE if report.data.source == STORE and not report.data.not_included else FOUND


def as_json(report: Report, currency: str, decimals: int, names: Mapping[str, str]) -> dict[str, object]:
    """Return the report for a program: amounts in minor units, quantities in thousandths."""
    data = report.data
    return {
        "from": data.query.start, "to": data.query.end, "source": data.source, "currency": currency,
        "decimals": decimals, "not_included": data.not_included,
        "at_least": data.at_least, "tills": [asdict(till) for till in data.tills],
        "total": _figures(report.total), "before": _figures(report.before),
        "by_day": _rows(report.by_day), "by_hour": _rows(report.by_hour), "by_tender": _rows(report.by_tender),
        "by_operator": _rows([_named(row, names) for row in report.by_operator]),
        "by_tax": _tax_rows(report.by_tax), "products": _rows(report.products),
    }  # fmt: skip


def _rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [
        {"key": row.key, "label": row.label, "now": _figures(row.now), "before": _figures(row.before)} for row in rows
    ]


def _tax_rows(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return the rows of taxes by rate, each with it as a number too (hundredths of a percent)."""
    rated = sorted(rows, key=_rate)
    named = _rows([replace(row, label=_percent(row)) for row in rated])
    return [{**told, "rate": _rate(row)[0]} for told, row in zip(named, rated, strict=True)]


def _rate(row: Row) -> tuple[int, str]:
    """Return a tax's rate in hundredths of a percent, which its cells bear as their label, and its code."""
    return (int(row.label) if row.label.isdecimal() else 0, row.key)


def _percent(row: Row) -> str:
    """Return a rate as people write it: "20 %", "5.5 %"."""
    whole, rest = divmod(_rate(row)[0], PERCENT)
    fraction = f"{rest:02d}".rstrip("0")
    return f"{whole}.{fraction} %" if fraction else f"{whole} %"


def _rated(row: Row) -> Row:
    return replace(row, label=f"{_percent(row)} ({row.key})" if row.key else _percent(row))


def _named(row: Row, names: Mapping[str, str]) -> Row:
    return replace(row, label=names.get(row.key, row.label))


def _figures(figures: Figures) -> dict[str, int]:
    return {**asdict(figures), "net": figures.net}


def _tell(report: Report, shop: Shop, names: Mapping[str, str], terminal: Terminal) -> None:
    query, currency, decimals = report.data.query, shop.store.currency.code, shop.store.currency.decimals
    terminal.say(f"{shop.store.name}, {query.start} to {query.end}, in {currency}")
    if report.data.at_least:
        terminal.say(_at_least(report, decimals))
    total = Row("", "all", report.total, report.before)
    for title, rows, columns in (
        ("", [total], TICKETS),
        ("day", report.by_day, TICKETS),
        ("hour", report.by_hour, TICKETS),
        ("tender", report.by_tender, TENDERS),
        ("operator", [_named(row, names) for row in report.by_operator], TICKETS),
        ("tax", [_rated(row) for row in sorted(report.by_tax, key=_rate)], LINES),
    ):
        shown = [_cells(row, decimals, columns) for row in rows if row is total or row.now != Figures()]
        if shown:
            terminal.say()
            terminal.table(shown, (title, *columns))
    if report.products:
        terminal.say()
        terminal.table(
            [
                (f"{row.label} ({row.key})", written_quantity(row.now.quantity, mark="."), plain(row.now.net, decimals))
                for row in report.products[:SELLERS_SHOWN]
            ],
            ("top sellers", "quantity", "net"),
        )


def _cells(row: Row, decimals: int, columns: Sequence[str]) -> tuple[str, ...]:
    now = row.now
    amounts = (now.gross, now.refunded, now.net, now.tax, row.before.net)
    sales, refunds = f"{now.sales:,}", f"{now.refunds:,}"
    cells = {
        "sales": sales, "refunds": refunds, "lines sold": sales, "lines refunded": refunds,
        **{name: plain(amount, decimals) for name, amount in zip(AMOUNTS, amounts, strict=True)},
    }  # fmt: skip
    return (row.label or row.key or "-", *(cells[column] for column in columns))


def _at_least(report: Report, decimals: int) -> str:
    """Say how many entries are not included, and what the amounts therefore are."""
    count, total = report.data.not_included, report.total
    entries = "1 entry is" if count == 1 else f"{count:,} entries are"
    gross, refunded = plain(total.gross, decimals), plain(total.refunded, decimals)
    return f"{entries} not included: gross sales are at least {gross}, refunds at least {refunded}"


def _tell_gaps(report: Report, shop: Shop, terminal: Terminal) -> None:
    """Say on standard error what the figures do not hold."""
    if report.data.source != STORE:
        terminal.tell("note: the store's server is out of reach; these are the figures of this till only")
    for till in report.data.tills:
        if till.waiting:
            through = "nothing yet"
            if till.through_ms is not None:
                through = f"{local_time(till.through_ms, shop.store.time_zone):%Y-%m-%d %H:%M}"
            terminal.tell(f"note: till {till.label}: {till.waiting} entries not sent yet (complete through {through})")
    if report.data.at_least:
        who = "“seraphine-server quarantine”" if report.data.source == STORE else "“seraphine-pos verify”"
        terminal.tell(f"note: {_at_least(report, shop.store.currency.decimals)}; {who} names them")
    waiting = shop.stored.journal.state().waiting
    if report.data.source == STORE and waiting:
        terminal.tell(f"note: {waiting:,} entries of this till are not sent yet; “seraphine-pos sync” sends them")
