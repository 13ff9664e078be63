"""A day of the shop in words: figures, observations, what waits. Pure: everything it speaks of is handed in."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from seraphine_pos.domain.feedback import Scope, Sentiment
from seraphine_pos.domain.refusal import ServerUnavailable
from seraphine_pos.domain.remark import Remark
from seraphine_pos.domain.report import STORE, Figures, Report, Row
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.till.insights import Insight
from seraphine_pos.ui import text
from seraphine_pos.ui.attention import Matter
from seraphine_pos.ui.comparison import Comparison, Wish, compared, counted
from seraphine_pos.ui.dashboard_state import DashboardState
from seraphine_pos.ui.figure import FigureState
from seraphine_pos.ui.insight_card import InsightState
from seraphine_pos.ui.report_words import (
    Surroundings,
    fair_sides,
    hours_series,
    is_today,
    source_words,
    span_of_report,
)
from seraphine_pos.ui.text import tr, tr_count

STALE_MS: Final = 24 * 3_600_000
WAITING_MS: Final = 2 * 60_000
REMARKS_SHOWN: Final = 3
LETTERS_SHOWN: Final = 110
_CATEGORIES: Final = {
    "cashVariance": "Écart de caisse",
    "topSeller": "Meilleures ventes",
    "watchlist": "À surveiller",
}
_FACES: Final = {Sentiment.POSITIVE: "smile", Sentiment.NEUTRAL: "meh", Sentiment.NEGATIVE: "frown"}
_SCOPES: Final = {
    Scope.POS: "Caisse",
    Scope.SALES_LOG: "Ventes",
    Scope.DASHBOARD: "Accueil",
    Scope.SETTINGS: "Réglages",
}
_LOCAL_RUN: Final = "local:"
_RECEIPT: Final = re.compile(r"(?P<label>.+)-[0-9A-Z]+-[0-9]{6,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Day:
    """What was read of a day: its figures, the days up to it, and what is known beside them.

    `here` are those of the observations' sales, by event id or number, that this till holds.
    """

    report: Report
    trend: Sequence[Row]
    insights: Sequence[Insight]
    remarks: Sequence[Remark]
    unread: int
    sync: SyncState
    owner: str
    here: frozenset[str] = frozenset()


def put_day_in_words(day: Day, around: Surroundings, now_ms: int) -> DashboardState:
    """Everything the first screen shows of a day."""
    span, _before = span_of_report(day.report)
    return DashboardState(
        greeting=tr("Bonjour {name}", name=day.owner.split(" ")[0]),
        subtitle=f"{text.day_long(span.start)} · {_lowered(source_words(day.report, around))}",
        offline=day.report.data.source != STORE,
        figures=_figures(day, around),
        insights=tuple(_insight(one, around, now_ms, day.here) for one in day.insights),
        insights_note=tr("Les observations de la nuit se posent ici, avec les ventes qui les fondent."),
        hours=replace(hours_series(day.report, around), nothing=tr("Aucune vente pour l’instant")),
        matters=_matters(day, around, now_ms),
    )


def _figures(day: Day, around: Surroundings) -> tuple[FigureState, ...]:
    now = day.report.total
    sides = fair_sides(day.report, around)
    before, against = sides.before, sides.against
    money = around.currency
    net, average, refunded = (compared(one(sides.now), one(before), wish) for one, wish in _AMOUNTS)
    figures = (
        _figure(tr("Ventes du jour"), around.amount(now.net), money, net, against, _series(day, _net)),
        _figure(
            tr("Tickets"),
            text.whole(now.sales),
            "",
            counted(sides.now.sales, before.sales),
            against,
            _series(day, _sales),
        ),
        _figure(tr("Panier moyen"), around.amount(now.average), money, average, against, _series(day, _average)),
        _figure(tr("Remboursements"), around.amount(now.refunded), money, refunded, against, _series(day, _refunded)),
    )
    if not now.sales and not before.sales:
        return tuple(replace(one, change="", against=tr("pas encore de vente")) for one in figures)
    return tuple(replace(one, open_end=is_today(day.report, around)) for one in figures)


def _figure(
    label: str, value: str, unit: str, change: Comparison, against: str, series: tuple[int, ...]
) -> FigureState:
    return FigureState(label, value, unit, change.words, change.tone, against, series)


def _series(day: Day, of: Callable[[Figures], int]) -> tuple[int, ...]:
    """The days up to this one; a line of nothing but zeros is no line."""
    values = tuple(of(row.now) for row in day.trend)
    return values if any(values) else ()


def _net(figures: Figures) -> int:
    return figures.net


def _sales(figures: Figures) -> int:
    return figures.sales


def _average(figures: Figures) -> int:
    return figures.average


def _refunded(figures: Figures) -> int:
    return figures.refunded


_AMOUNTS: Final = ((_net, Wish.UP), (_average, Wish.UP), (_refunded, Wish.DOWN))


def _insight(one: Insight, around: Surroundings, now_ms: int, here: frozenset[str]) -> InsightState:
    held = tuple(sale for sale in one.related_sales if sale in here)
    age_ms = max(now_ms - one.created_at_ms, 0)
    stale = age_ms > STALE_MS
    run = (
        tr("analyse du serveur")
        if one.source_run_id.startswith(_LOCAL_RUN)
        else tr("exécution {run}", run=one.source_run_id)
    )
    moment = text.moment(around.local(one.created_at_ms), around.today)
    origin = tr("Dernière mise à jour {moment}", moment=moment) if stale else f"{_capital(run)} · {text.age(age_ms)}"
    return InsightState(
        one.category,
        tr(_CATEGORIES.get(one.category, one.category)),
        one.title,
        one.detail,
        tr("Confiance {percent}", percent=text.percent(one.confidence)),
        origin,
        held,
        _link(one.related_sales, len(held)),
        stale,
    )


def _link(related: Sequence[str], held: int) -> str:
    """Say how many sales open here, and where the others are: tickets are read on the till that rang them."""
    count = len(related)
    if held == count:
        return tr_count(count, "{count} vente →", "{count} ventes →") if count else ""
    if held:
        return tr("{held} sur {count} ventes ici →", held=text.whole(held), count=text.whole(count))
    labels = {_label(sale) for sale in related}
    where = tr("sur la caisse {label}", label=labels.pop()) if len(labels) == 1 and "" not in labels else ""
    sales = tr_count(count, "{count} vente", "{count} ventes")
    return f"{sales} {where or tr('sur une autre caisse')}"


def _label(sale: str) -> str:
    """Return the till's label in a receipt number; an event id has none."""
    number = _RECEIPT.fullmatch(sale)
    return number["label"] if number else ""


def _matters(day: Day, around: Surroundings, now_ms: int) -> tuple[Matter, ...]:
    found = [_set_aside(day), _sending(day.sync, now_ms), *_remarks(day, around)]
    return tuple(matter for matter in found if matter is not None)


def _remarks(day: Day, around: Surroundings) -> Iterator[Matter]:
    """The newest words from the counter; how many more there are, or how many at all without the server."""
    shown = day.remarks[:REMARKS_SHOWN]
    for one in shown:
        who = around.names.get(one.operator_id, tr("Ancien membre de l’équipe"))
        words = one.text if len(one.text) <= LETTERS_SHOWN else one.text[:LETTERS_SHOWN].rstrip() + "…"
        yield Matter(_FACES[one.sentiment], f"«\xa0{words}\xa0»", f"{tr(_SCOPES[one.scope])} · {who}")
    more = max(day.unread, len(day.remarks)) - len(shown)
    if more > 0 and shown:
        yield Matter("ellipsis", tr_count(more, "et {count} autre mot à lire", "et {count} autres mots à lire"))
    elif more > 0:
        words = tr_count(more, "{count} mot sur la caisse à lire", "{count} mots sur la caisse à lire")
        yield Matter("message-square-warning", words, tr("au retour du serveur"))


def _set_aside(day: Day) -> Matter | None:
    count = day.report.data.not_included
    if not count:
        return None
    words = tr_count(
        count,
        "{count} écriture n’est pas comptée : les ventes sont au moins celles-ci",
        "{count} écritures ne sont pas comptées : les ventes sont au moins celles-ci",
    )
    return Matter("file-warning", words, action=tr("Voir"), goal="quarantine")


def _sending(sync: SyncState, now_ms: int) -> Matter | None:
    if sync.problem is not None and not isinstance(sync.problem, ServerUnavailable):
        return Matter("shield-alert", tr(sync.problem), tone="bad")
    waited_ms = now_ms - (sync.oldest_at_ms or now_ms)
    if not sync.waiting or waited_ms < WAITING_MS:
        return None
    words = tr_count(sync.waiting, "{count} entrée attend d’être envoyée", "{count} entrées attendent d’être envoyées")
    return Matter("cloud-upload", words, tr("depuis {duration}", duration=text.duration(waited_ms)), "warn")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
