"""The owner's pages over an open shop: the only file that knows both; pages know callables, the shop knows no page."""

import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QThreadPool, qVersion
from PySide6.QtWidgets import QFileDialog, QWidget

from seraphine_pos import settings
from seraphine_pos.devices.keys import Keys
from seraphine_pos.domain import staff
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.refusal import InvalidFile, Unavailable
from seraphine_pos.domain.remark import NEW, Remark
from seraphine_pos.domain.report import STORE, ReportQuery
from seraphine_pos.domain.report_csv import FOR_PEOPLE, to_csv
from seraphine_pos.domain.shift import local_time
from seraphine_pos.domain.staff import Right
from seraphine_pos.paths import PROGRAM, Home
from seraphine_pos.shop import Shop
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.ui.dashboard import Dashboard
from seraphine_pos.ui.dashboard_state import DashboardState
from seraphine_pos.ui.dashboard_words import Day, put_day_in_words
from seraphine_pos.ui.disk_words import why
from seraphine_pos.ui.feedback_sheet import FeedbackSheet
from seraphine_pos.ui.receipts import Receipts
from seraphine_pos.ui.report_state import ReportState, Tab
from seraphine_pos.ui.report_words import Surroundings, put_in_words
from seraphine_pos.ui.reports import Reports
from seraphine_pos.ui.sales import Sales
from seraphine_pos.ui.sales_state import OpenTicket, SalesDesk, SalesPage, SalesQuery
from seraphine_pos.ui.sales_words import sales_table
from seraphine_pos.ui.settings import Settings
from seraphine_pos.ui.settings_state import SettingsDesk, SettingsState
from seraphine_pos.ui.settings_words import Standing, put_standing_in_words
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import RESOURCES, Theme

if TYPE_CHECKING:  # hardly ever opened
    from seraphine_pos.ui.quarantine import Quarantine
    from seraphine_pos.ui.quarantine_state import QuarantineState
    from seraphine_pos.ui.wizard import Wizard

TREND_DAYS: Final = 14
PAGE_TICKETS: Final = 100
# French is the source; another language is offered once its catalogue is whole.
LANGUAGES: Final = (("fr", "Français"),)


def make_dashboard(theme: Theme, shop: Shop, pool: QThreadPool) -> Dashboard:
    """The owner's first screen over this shop."""
    return Dashboard(theme, partial(read_day, shop), partial(today, shop), pool)


def make_reports(theme: Theme, shop: Shop, pool: QThreadPool) -> Reports:
    """The reports over this shop."""
    return Reports(theme, partial(read_report, shop), partial(export, shop), ask_path, partial(today, shop), pool)


def make_sales(theme: Theme, shop: Shop, pool: QThreadPool) -> Sales:
    """The sales log over this till."""
    receipts = Receipts(shop, RESOURCES / "fonts")
    desk = SalesDesk(
        read=partial(read_sales, shop),
        open=partial(open_ticket, shop, receipts),
        keep=partial(keep_ticket, shop, receipts),
        people=partial(people, shop),
        sees_all=partial(sees_all_sales, shop),
    )
    return Sales(theme, desk, partial(today, shop), pool)


def make_settings(theme: Theme, shop: Shop, pool: QThreadPool) -> Settings:
    """The settings of this till."""
    desk = SettingsDesk(
        read=partial(read_standing, shop),
        choose_mode=partial(keep_mode, shop),
        choose_language=partial(keep_language, shop),
        submit=shop.feedback.submit,
    )
    return Settings(theme, desk, pool)


def make_quarantine(theme: Theme, shop: Shop, pool: QThreadPool) -> "Quarantine":
    """The entries that no report of this shop includes."""
    from seraphine_pos.ui.quarantine import Quarantine

    return Quarantine(theme, partial(read_quarantine, shop), pool)


def make_wizard(theme: Theme, home: Home, pool: QThreadPool, keys: Keys | None = None) -> "Wizard":
    """The first run in an empty home; without `keys`, secrets go where this system keeps them."""
    from seraphine_pos.ui import first_run
    from seraphine_pos.ui.wizard import Wizard

    found, join = partial(first_run.found, home, keys), partial(first_run.join, home, keys)
    return Wizard(theme, found, join, ask_file, LANGUAGES, pool)


def ask_file() -> Path | None:
    """Ask for the catalogue's file; None when the person changes their mind."""
    kinds = tr("Listes d’articles (*.csv *.csv.gz *.txt)")
    chosen, _kind = QFileDialog.getOpenFileName(None, tr("Choisir le catalogue"), str(Path.home()), kinds)
    return Path(chosen) if chosen else None


def ask_feedback(theme: Theme, shop: Shop, sale_id: str, parent: QWidget) -> FeedbackSheet:
    """Open the feedback form about a sale in a window; it goes by itself."""
    sheet = FeedbackSheet(theme, shop.feedback.submit, sale_id, parent)
    sheet.open()
    return sheet


def now(shop: Shop) -> datetime:
    """What the clock on the shop's wall shows."""
    return local_time(shop.clock.now_ms(), shop.store.time_zone)


def today(shop: Shop) -> date:
    """Today in the shop."""
    return now(shop).date()


def people(shop: Shop) -> tuple[tuple[str, str], ...]:
    """The active people, by id and name."""
    return tuple((member.staff_id, member.name) for member in shop.staff.members())


def surroundings(shop: Shop) -> Surroundings:
    """What figures of this shop are read with; people who have left keep their names."""
    everyone = shop.stored.mirror.all(DocumentKind.STAFF)
    names = {one.key: staff.from_body(one.key, one.body).name for one in everyone}
    currency = shop.store.currency
    zone = shop.store.time_zone
    return Surroundings(currency.code, currency.decimals, names, now(shop), lambda at_ms: local_time(at_ms, zone))


def read_day(shop: Shop, span: Span) -> DashboardState:
    """The first screen's figures; asks the server twice at most, this till's ledger where it is away."""
    report = shop.reports.report(_query(span))
    weeks = _query(Span(span.end - timedelta(days=TREND_DAYS - 1), span.end))
    trend = shop.reports.report(weeks) if report.data.source == STORE else shop.reports.own(weeks)
    said = sum(one.body.get("state") == NEW for one in shop.stored.mirror.all(DocumentKind.FEEDBACK))
    operator = shop.session.require(Right.REPORTS)
    insights = shop.insights.latest()
    day = Day(
        report=report,
        trend=trend.by_day,
        insights=insights,
        remarks=_remarks(shop) if said and report.data.source == STORE else (),
        unread=said,
        sync=shop.sync.state,
        owner=operator.name,
        here=tickets_here(shop, {sale for one in insights for sale in one.related_sales}),
    )
    return put_day_in_words(day, surroundings(shop), shop.clock.now_ms())


def tickets_here(shop: Shop, named: set[str]) -> frozenset[str]:
    """Those of the sales, by event id or number, that this till rang."""
    if not named:
        return frozenset()
    rows = shop.sales.page(TicketFilter(named=tuple(named)), limit=len(named))
    return frozenset(name for row in rows for name in (row.event_id, row.receipt)) & named


def _remarks(shop: Shop) -> tuple[Remark, ...]:
    """The words from the counter; none where the server went away meanwhile."""
    try:
        return tuple(shop.remarks.unread())
    except Unavailable:
        return ()


def read_report(shop: Shop, span: Span) -> ReportState:
    """The figures of any days, in words, and whether till and server hold the same of them."""
    from seraphine_pos.ui.proof_words import controls, limits, proof_table

    query = _query(span)
    report = shop.reports.report(query)
    in_reach = report.data.source == STORE
    own = shop.reports.own(query) if in_reach else None
    compared = shop.proofs.days(query) if in_reach else shop.proofs.own(query)
    contact_ms, around = shop.sync.state.last_contact_ms, surroundings(shop)
    contact = None if contact_ms is None else around.local(contact_ms)
    state = put_in_words(report, around, own, controls(compared))
    source = " · ".join(filter(None, (state.source, limits(compared, around, contact))))
    tables = {**state.tables, Tab.PROOFS: proof_table(compared, around, contact)}
    return replace(state, source=source, tables=tables)


def read_quarantine(shop: Shop) -> "QuarantineState":
    """The entries that no report includes, in words."""
    from seraphine_pos.ui.quarantine_words import put_quarantine_in_words

    return put_quarantine_in_words(shop.quarantine.listed(), surroundings(shop))


def export(shop: Shop, span: Span, path: Path) -> None:
    """Write the report as CSV for a spreadsheet, and note in the journal that it left the till; raise InvalidFile."""
    query = _query(span)
    report = shop.reports.report(query)
    names = surroundings(shop).names
    content = to_csv(report, shop.store.currency.decimals, names, FOR_PEOPLE)
    try:
        # The mark tells spreadsheets that the accents are UTF-8.
        path.write_text(content, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InvalidFile(path=path, reason=why(error)) from error
    shop.reports.exported(query, "csv")


def ask_path(name: str) -> Path | None:
    """Ask where a file goes; None when the person changes their mind."""
    chosen, _kind = QFileDialog.getSaveFileName(None, tr("Exporter le rapport"), str(Path.home() / name), "CSV (*.csv)")
    return Path(chosen) if chosen else None


def read_sales(shop: Shop, query: SalesQuery, before: int | None) -> SalesPage:
    """A page of this till's tickets."""
    rows = shop.sales.page(_filter(query), before=before, limit=PAGE_TICKETS)
    following = rows[-1].position if len(rows) == PAGE_TICKETS else None
    return SalesPage(sales_table(rows, surroundings(shop)), following)


def open_ticket(shop: Shop, receipts: Receipts, receipt: str) -> OpenTicket:
    """A ticket as its paper says it."""
    ticket = shop.sales.ticket(receipt)
    return OpenTicket(receipt, receipts.rows(ticket), not ticket.refund)


def keep_ticket(shop: Shop, receipts: Receipts, receipt: str) -> Path:
    """Write a ticket as PDF, marked as a copy, and note it in the journal; raise InvalidFile."""
    ticket = shop.sales.ticket(receipt)
    path = receipts.write_pdf(ticket, copy=True)
    shop.sales.reprinted(ticket)
    return path


def sees_all_sales(shop: Shop) -> bool:
    """Whether whoever is signed in may see everybody's tickets."""
    operator = shop.staff.current
    return operator is not None and operator.may(Right.ALL_SALES)


def read_standing(shop: Shop) -> SettingsState:
    """This till in words; may wait for the keyring."""
    state = shop.sync.state
    with shop.stored.database.read() as connection:
        sqlite = str(connection.execute("SELECT sqlite_version()").fetchone()[0])
    standing = Standing(
        settings=settings.load(shop.home.settings),
        sync=state,
        now_ms=shop.clock.now_ms(),
        contact=local_time(state.last_contact_ms, shop.store.time_zone) if state.last_contact_ms else None,
        home=shop.home.root,
        keys_notice=shop.keys.notice,
        versions=(("Seraphine POS", program_version()), ("SQLite", sqlite), ("Qt", qVersion())),
        members=shop.staff.members(),
        operator=shop.staff.current,
        languages=LANGUAGES,
    )
    return put_standing_in_words(standing)


def keep_mode(shop: Shop, mode: str) -> None:
    """Keep the look of this till; raise InvalidSetting, InvalidFile."""
    _keep(shop, replace(settings.load(shop.home.settings), theme=mode))


def keep_language(shop: Shop, language: str) -> None:
    """Keep the language of this till; raise InvalidSetting, InvalidFile."""
    _keep(shop, replace(settings.load(shop.home.settings), language=language))


def _keep(shop: Shop, changed: settings.Settings) -> None:
    path = shop.home.settings
    try:
        settings.save(path, changed)
    except OSError as error:
        raise InvalidFile(path=path, reason=why(error)) from error


def program_version() -> str:
    """The version of this program, from its installation or from its project file."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        project = tomllib.loads((RESOURCES.parent / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])


def _filter(query: SalesQuery) -> TicketFilter:
    return TicketFilter(
        start=query.span.start.isoformat() if query.span else None,
        end=query.span.end.isoformat() if query.span else None,
        operator_id=query.operator_id or None,
        method=query.method or None,
        receipt=query.receipt or None,
        named=query.named or None,
    )


def _query(span: Span) -> ReportQuery:
    return ReportQuery(span.start.isoformat(), span.end.isoformat())
