"""A report in words: figures, series, tables and where they come from, each beside the period before.

Pure: names, money and time are handed in; no widget, no reading.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from seraphine_pos.domain.report import STORE, Figures, Report, Row, TillState
from seraphine_pos.domain.sale import Method
from seraphine_pos.ui import text
from seraphine_pos.ui.chart import Point, Series
from seraphine_pos.ui.comparison import Comparison, Wish, compared, counted
from seraphine_pos.ui.figure import FigureState
from seraphine_pos.ui.report_state import Completeness, Control, ReportState, Tab
from seraphine_pos.ui.span import Span, before_name
from seraphine_pos.ui.table_state import Cell, Column, TableState
from seraphine_pos.ui.text import tr, tr_count

DAY_HOURS: Final = (8, 20)
DAYS_NAMED: Final = 10
_WAY_IN: Final = Column("", px=124)
_SORTS_LAST: Final = -(10**12)
_TENDERS: Final = {Method.CASH: "Espèces", Method.CARD: "Carte", Method.OTHER: "Autre"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a report needs to be read: money, names, and what time it is in the shop."""

    currency: str
    decimals: int
    names: Mapping[str, str]
    now: datetime
    local: Callable[[int], datetime]

    @property
    def today(self) -> date:
        """Today in the shop."""
        return self.now.date()

    def amount(self, minor: int) -> str:
        """Write an amount of the shop's money."""
        return text.amount(minor, self.decimals)


def span_of_report(report: Report) -> tuple[Span, Span]:
    """The days of a report and those it is compared with."""
    query = report.data.query
    return _span(query.start, query.end), _span(query.previous().start, query.previous().end)


def put_in_words(
    report: Report, around: Surroundings, own: Report | None = None, controls: Mapping[str, Control] | None = None
) -> ReportState:
    """Everything the page shows of a report; `own` is this till's part of it, `controls` how tills' days compared."""
    span, before_span = span_of_report(report)
    sides = fair_sides(report, around)
    whole = tr("vs {period}", period=before_name(before_span, span, around.today))
    return ReportState(
        source=source_words(report, around),
        offline=report.data.source != STORE,
        one_day=span.one_day,
        figures=_figures(report.total, sides, around),
        chart=hours_series(report, around) if span.one_day else _days_series(report, around),
        tables=_tables(
            report, around, tr("{against} entier", against=whole) if is_today(report, around) else whole, own
        ),
        tills=_tills(report, around, controls or {}),
        at_least=_at_least(report, around),
    )


def _at_least(report: Report, around: Surroundings) -> str:
    """Say how many entries are not counted, and what the amounts therefore are; nothing where all are."""
    if not report.data.at_least:
        return ""
    money = (text.money(one, around.currency, around.decimals) for one in (report.total.gross, report.total.refunded))
    gross, refunded = money
    entries = tr_count(
        report.data.not_included, "{count} écriture n’est pas comptée", "{count} écritures ne sont pas comptées"
    )
    return tr(
        "{entries} : les ventes brutes sont d’au moins {gross}, les remboursements d’au moins {refunded}.",
        entries=entries,
        gross=gross,
        refunded=refunded,
    )


def is_today(report: Report, around: Surroundings) -> bool:
    """Whether the report is of today alone, which is not over."""
    span, _before = span_of_report(report)
    return span == Span(around.today, around.today)


@dataclass(frozen=True, slots=True)
class Sides:
    """Two figures that may be compared, and the words for it."""

    now: Figures
    before: Figures
    against: str


def fair_sides(report: Report, around: Surroundings) -> Sides:
    """The two sides of the comparison: of today and the day before it, both stand as at the last whole hour.

    Figures are kept by the hour; a side cut at the minute beside one cut at the hour would jump with the clock.
    """
    span, before = span_of_report(report)
    against = tr("vs {period}", period=before_name(before, span, around.today))
    if not is_today(report, around):
        return Sides(report.total, report.before, against)
    hour = around.now.hour
    past = [row for row in report.by_hour if int(row.key) < hour]
    now, then = _sum([row.now for row in past]), _sum([row.before for row in past])
    return Sides(now, then, tr("à {hour} h, {against}", against=against, hour=hour))


def _sum(figures: Sequence[Figures]) -> Figures:
    names = ("sales", "refunds", "quantity", "gross", "refunded", "tax")
    return Figures(*(sum(getattr(one, name) for one in figures) for name in names))


def source_words(report: Report, around: Surroundings) -> str:
    """Say whose figures these are and up to when they are complete."""
    whole_store = report.data.source == STORE
    who = tr("Toute la boutique") if whole_store else tr("Cette caisse seulement")
    reached = [till.through_ms for till in report.data.tills if till.through_ms is not None]
    if not reached:
        return tr("{who} · aucune vente reçue", who=who)
    through = around.local(min(reached))
    if date.fromisoformat(report.data.query.end) < through.date():
        return tr("{who}, complète", who=who) if whole_store else tr("{who}, complet", who=who)
    sentence = "{who}, complète jusqu’à {time}" if whole_store else "{who}, complet jusqu’à {time}"
    return tr(sentence, who=who, time=text.moment(through, around.today))


def hours_series(report: Report, around: Surroundings) -> Series:
    """Net sales by hour of one day; the hours that have not begun have no value yet."""
    span, before = span_of_report(report)
    rows = {int(row.key): row for row in report.by_hour}
    hours = range(min((*rows, DAY_HOURS[0])), max((*rows, DAY_HOURS[1])) + 1)
    now = around.now.hour if span.end == around.today else 24
    empty = Row("", "", Figures(), Figures())
    points = tuple(
        Point(
            f"{hour}h",
            tr("de {start} h à {end} h", start=hour, end=hour + 1),
            rows.get(hour, empty).now.net if hour <= now or (hour in rows and rows[hour].now.sales) else None,
            rows.get(hour, empty).before.net,
        )
        for hour in hours
    )
    return _series(tr("Ventes par heure"), points, around, before_name(before, span, around.today))


def _days_series(report: Report, around: Surroundings) -> Series:
    span, before = span_of_report(report)
    back = span.start - before.start
    points = tuple(
        Point(_day_label(day, span), text.day_long(day), row.now.net, row.before.net, text.day_short(day - back))
        for row in report.by_day
        for day in (date.fromisoformat(row.key),)
    )
    series = _series(tr("Ventes par jour"), points, around, before_name(before, span, around.today))
    return replace(series, open_end=span.end == around.today)


def _series(title: str, points: tuple[Point, ...], around: Surroundings, against: str) -> Series:
    nothing = tr("Aucune vente sur cette période")
    return Series(title, points, around.currency, around.decimals, against, nothing)


def _day_label(day: date, span: Span) -> str:
    if span.days <= DAYS_NAMED:
        return f"{text.weekday_short(day)} {day.day}"
    same_month = (span.start.year, span.start.month) == (span.end.year, span.end.month)
    return str(day.day) if same_month else f"{day.day}/{day.month}"


def _figures(live: Figures, sides: Sides, around: Surroundings) -> tuple[FigureState, ...]:
    """The figures of this moment, each with the change between the two sides."""
    now, before, against = sides.now, sides.before, sides.against

    def money(label: str, of: Callable[[Figures], int], wish: Wish = Wish.UP) -> FigureState:
        return _shown(label, around.amount(of(live)), compared(of(now), of(before), wish), against)

    return (
        money(tr("Ventes brutes"), lambda one: one.gross),
        money(tr("Remboursements"), lambda one: one.refunded, Wish.DOWN),
        money(tr("Ventes nettes"), lambda one: one.net),
        money(tr("dont TVA"), lambda one: one.tax, Wish.NONE),
        _shown(tr("Tickets"), text.whole(live.sales), counted(now.sales, before.sales), against),
        money(tr("Panier moyen"), lambda one: one.average),
    )


def _shown(label: str, value: str, change: Comparison, against: str) -> FigureState:
    return FigureState(label, value, change=change.words, tone=change.tone, against=against)


def _tables(report: Report, around: Surroundings, against: str, own: Report | None) -> dict[Tab, TableState]:
    def operator(row: Row) -> str:
        return around.names.get(row.key, tr("Ancien membre de l’équipe"))

    def tender(row: Row) -> str:
        return tr(_TENDERS.get(Method(row.key), row.key)) if row.key in set(Method) else row.key

    def hour(row: Row) -> str:
        return tr("de {start} h à {end} h", start=int(row.key), end=int(row.key) + 1)

    def tax(row: Row) -> str:
        return tr("TVA {rate}", rate=text.rate(int(row.label))) if row.label.isdigit() else row.key

    products = _products(report.products, around, against)
    return {
        Tab.SUMMARY: products,
        Tab.PRODUCTS: products,
        Tab.HOURS: _plain(tr("Heure"), hour, report.by_hour, around, against),
        Tab.OPERATORS: _plain(
            tr("Personne"),
            operator,
            report.by_operator,
            around,
            against,
            _here(report.by_operator, (own or report).by_operator),
        ),
        Tab.TENDERS: _tenders(
            tender, report.by_tender, around, against, _here(report.by_tender, (own or report).by_tender)
        ),
        Tab.TAXES: _taxes(tax, report.by_tax, around, against),
    }


def _products(rows: tuple[Row, ...], around: Surroundings, against: str) -> TableState:
    columns = (
        Column("#", px=44),
        Column(tr("Article"), figures=False, wide=True),
        Column(tr("Quantité")),
        Column(tr("Net, {currency}", currency=around.currency)),
        Column(against),
    )
    cells = tuple(
        (
            Cell(str(place), place, "muted"),
            Cell(row.label, row.label, strong=True),
            Cell(text.quantity(row.now.quantity), row.now.quantity),
            _amount(row.now.net, around),
            _change(compared(row.now.net, row.before.net)),
        )
        for place, row in enumerate(rows, 1)
    )
    return TableState(columns, cells, tuple(row.key for row in rows))


def _plain(
    title: str,
    name: Callable[[Row], str],
    rows: tuple[Row, ...],
    around: Surroundings,
    against: str,
    here: Sequence[int] | None = None,
) -> TableState:
    columns = (
        Column(title, figures=False, wide=True),
        Column(tr("Tickets")),
        Column(tr("Brut")),
        Column(tr("Rembours.")),
        Column(tr("Net, {currency}", currency=around.currency)),
        Column(tr("Panier")),
        Column(against),
        *((_WAY_IN,) if here is not None else ()),
    )
    cells = tuple(
        (
            Cell(name(row), row.key if row.key.isdigit() else name(row), strong=True),
            Cell(text.whole(row.now.sales), row.now.sales),
            _amount(row.now.gross, around),
            _amount(row.now.refunded, around),
            _amount(row.now.net, around),
            _amount(row.now.average, around),
            _change(compared(row.now.net, row.before.net)),
            *((_way_in(row, here[place]),) if here is not None else ()),
        )
        for place, row in enumerate(rows)
    )
    return TableState(columns, cells, _keys(rows, here), here is not None)


def _here(rows: tuple[Row, ...], own: tuple[Row, ...]) -> tuple[int, ...]:
    """Return how many tickets of each row this till holds: those are the ones that it can open."""
    held = {row.key: _tickets(row) for row in own}
    return tuple(held.get(row.key, 0) for row in rows)


def _tickets(row: Row) -> int:
    return row.now.sales + row.now.refunds


def _way_in(row: Row, here: int) -> Cell:
    """Say before it is pressed which tickets a row opens: all, some, or those of another till, which open there."""
    if not here:
        return Cell(tr("autre caisse") if _tickets(row) else "", 0, "muted")
    words = tr("Voir →") if here >= _tickets(row) else tr("{count} ici →", count=text.whole(here))
    return Cell(words, here, "brand", strong=True)


def _keys(rows: tuple[Row, ...], here: Sequence[int] | None) -> tuple[str, ...]:
    """Return what each row opens; nothing where no ticket of it is here."""
    return tuple(row.key if here is None or here[place] else "" for place, row in enumerate(rows))


def _tenders(
    name: Callable[[Row], str], rows: tuple[Row, ...], around: Surroundings, against: str, here: Sequence[int]
) -> TableState:
    columns = (
        Column(tr("Paiement"), figures=False, wide=True),
        Column(tr("Nombre")),
        Column(tr("Encaissé")),
        Column(tr("Rendu aux clients"), px=150),
        Column(tr("Net, {currency}", currency=around.currency)),
        Column(against),
        _WAY_IN,
    )
    cells = tuple(
        (
            Cell(name(row), name(row), strong=True),
            Cell(text.whole(_tickets(row)), _tickets(row)),
            _amount(row.now.gross, around),
            _amount(row.now.refunded, around),
            _amount(row.now.net, around),
            _change(compared(row.now.net, row.before.net)),
            _way_in(row, here[place]),
        )
        for place, row in enumerate(rows)
    )
    return TableState(columns, cells, _keys(rows, here), opens=True)


def _taxes(name: Callable[[Row], str], rows: tuple[Row, ...], around: Surroundings, against: str) -> TableState:
    columns = (
        Column(tr("Taux"), figures=False, wide=True),
        Column(tr("Net TTC, {currency}", currency=around.currency)),
        Column(tr("Hors taxe")),
        Column(tr("TVA")),
        Column(against),
    )
    cells = tuple(
        (
            Cell(name(row), int(row.label) if row.label.isdigit() else 0, strong=True),
            _amount(row.now.net, around),
            _amount(row.now.net - row.now.tax, around),
            _amount(row.now.tax, around),
            _change(compared(row.now.tax, row.before.tax, Wish.NONE)),
        )
        for row in rows
    )
    return TableState(columns, cells, tuple(row.key for row in rows))


def _amount(minor: int, around: Surroundings) -> Cell:
    return Cell(around.amount(minor), minor)


def _change(change: Comparison) -> Cell:
    return Cell(change.words, _SORTS_LAST if change.tenths is None else change.tenths, change.tone)


def _tills(report: Report, around: Surroundings, controls: Mapping[str, Control]) -> tuple[Completeness, ...]:
    rows = [_till(till, around, controls.get(till.till_id)) for till in report.data.tills]
    if report.data.not_included:
        words = tr_count(report.data.not_included, "{count} écriture", "{count} écritures")
        rows.append(Completeness(tr("Non comptées"), words, "warn"))
    return tuple(rows)


def _till(till: TillState, around: Surroundings, control: Control | None) -> Completeness:
    label = tr("Caisse {label}", label=till.label)
    if till.through_ms is None:
        return Completeness(label, tr("rien reçu"), "muted")
    through = text.moment(around.local(till.through_ms), around.today)
    if control is not None and control.wrong:
        return Completeness(label, through, "bad", control.words)
    if till.waiting:
        waiting = tr_count(till.waiting, "{count} en attente", "{count} en attente")
        return Completeness(label, f"{through} · {waiting}", "warn")
    if control is not None:
        return Completeness(label, through, "good", control.words)
    return Completeness(label, f"{through} · {tr('à jour')}", "good")


def _span(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))
