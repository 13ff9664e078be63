"""A day in words: fair comparisons, observations with their age, and what waits for the owner."""

from dataclasses import replace
from datetime import timedelta

import pytest

from seraphine_pos.domain.feedback import Scope, Sentiment
from seraphine_pos.domain.refusal import Failure, NotEnrolled, ServerUnavailable
from seraphine_pos.domain.remark import Remark
from seraphine_pos.domain.report import THIS_TILL
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.till.insights import Insight
from seraphine_pos.ui.dashboard_words import LETTERS_SHOWN, STALE_MS, Day, put_day_in_words
from tests.ui.report_sample import AROUND, NOW, at, quiet, report

NOW_MS = at(14, 26)
DAY = Day(quiet(report()), report("2026-11-20", "2026-11-22").by_day, (), (), 0, SyncState(reachable=True), "Nadia E.")


def insight(category: str = "topSeller", run: str = "8472", age_ms: int = 12 * 60_000) -> Insight:
    return Insight("i1", category, "Lait infantile : +38 %", "Surtout le matin.", 910, run, NOW_MS - age_ms, ("a", "b"))


def test_the_owner_is_greeted_by_first_name_with_day_and_source() -> None:
    state = put_day_in_words(replace(DAY, report=report()), AROUND, NOW_MS)
    assert state.greeting == "Bonjour Nadia"
    assert state.subtitle == "dimanche 22 novembre · toute la boutique, complète jusqu’à 12:50"
    assert not state.offline


def test_without_the_server_the_day_is_this_till_alone() -> None:
    state = put_day_in_words(replace(DAY, report=report(source=THIS_TILL)), AROUND, NOW_MS)
    assert state.offline
    assert "cette caisse seulement" in state.subtitle


def test_today_is_compared_with_yesterday_up_to_the_same_hour() -> None:
    sales, tickets, basket, refunds = put_day_in_words(DAY, AROUND, NOW_MS).figures
    assert (sales.value, sales.unit, sales.change) == ("1\u202f180,00", "MAD", "+33,3\u202f%")
    assert (tickets.value, tickets.change, tickets.against) == ("3", "=", "à 14 h, vs hier")
    assert (basket.value, basket.change) == ("400,00", "+33,3\u202f%")
    assert (refunds.value, refunds.change) == ("20,00", "=")
    assert sales.series == (0, 0, 118_000)
    assert refunds.series == (0, 0, 2_000)


def test_a_past_day_is_compared_with_the_whole_day_before() -> None:
    later = replace(AROUND, now=NOW + timedelta(days=1))
    sales = put_day_in_words(DAY, later, NOW_MS).figures[0]
    assert (sales.change, sales.against) == ("+96,7\u202f%", "vs sam. 21 nov.")


def test_a_shop_that_has_not_sold_yet_says_so() -> None:
    empty = replace(DAY.report.data, cells=(), previous=())
    fresh = replace(DAY, report=replace(DAY.report, data=empty, total=type(DAY.report.total)(), by_hour=()), trend=())
    sales = put_day_in_words(fresh, AROUND, NOW_MS).figures[0]
    assert (sales.value, sales.change, sales.against, sales.series) == ("0,00", "", "pas encore de vente", ())


@pytest.mark.parametrize(
    ("run", "age_ms", "origin", "stale"),
    [
        ("8472", 12 * 60_000, "Exécution 8472 · il y a 12\xa0min", False),
        ("local:2026-11-22", 3 * 3_600_000, "Analyse du serveur · il y a 3\xa0h", False),
        ("8472", STALE_MS + 60_000, "Dernière mise à jour hier 14:25", True),
    ],
)
def test_an_observation_says_where_it_is_from_and_how_old(run: str, age_ms: int, origin: str, stale: bool) -> None:
    day = replace(DAY, insights=(insight(run=run, age_ms=age_ms),), here=frozenset("ab"))
    shown = put_day_in_words(day, AROUND, NOW_MS).insights[0]
    assert (shown.category_name, shown.confidence) == ("Meilleures ventes", "Confiance 91\u202f%")
    assert (shown.origin, shown.stale, shown.sales) == (origin, stale, ("a", "b"))


@pytest.mark.parametrize(
    ("related", "here", "opens", "link"),
    [
        (("a", "b"), "ab", ("a", "b"), "2 ventes →"),
        (("a", "b", "c"), "b", ("b",), "1 sur 3 ventes ici →"),
        (("a",), "", (), "1 vente sur une autre caisse"),
        (("A1-7QK-000001", "A1-8XX-000002"), "", (), "2 ventes sur la caisse A1"),
        (("A1-7QK-000001", "A2-8XX-000002"), "", (), "2 ventes sur une autre caisse"),
        ((), "", (), ""),
    ],
)
def test_an_observation_says_where_its_sales_are(
    related: tuple[str, ...], here: str, opens: tuple[str, ...], link: str
) -> None:
    found = replace(insight(), related_sales=related)
    shown = put_day_in_words(replace(DAY, insights=(found,), here=frozenset(here)), AROUND, NOW_MS).insights[0]
    assert (shown.sales, shown.link) == (opens, link)


def test_an_unknown_category_keeps_its_own_name() -> None:
    shown = put_day_in_words(replace(DAY, insights=(insight("stockOut"),)), AROUND, NOW_MS).insights[0]
    assert shown.category_name == "stockOut"


def test_nothing_waits_on_a_calm_day() -> None:
    assert put_day_in_words(DAY, AROUND, NOW_MS).matters == ()


def test_words_entries_and_sending_wait_for_the_owner() -> None:
    sync = SyncState(waiting=12, oldest_at_ms=NOW_MS - 4 * 60_000, problem=ServerUnavailable(reason="délai"))
    state = put_day_in_words(replace(DAY, report=report(), unread=3, sync=sync), AROUND, NOW_MS)
    assert [(one.text, one.aside, one.goal) for one in state.matters] == [
        ("2 écritures ne sont pas comptées : les ventes sont au moins celles-ci", "", "quarantine"),
        ("12 entrées attendent d’être envoyées", "depuis 4\xa0min", ""),
        ("3 mots sur la caisse à lire", "au retour du serveur", ""),
    ]


def remark(text: str, sentiment: Sentiment = Sentiment.NEGATIVE) -> Remark:
    return Remark("e", Scope.POS, sentiment, text, "o2", NOW_MS, "new")


def test_the_newest_words_stand_as_they_were_said() -> None:
    remarks = (remark("Le lecteur a décroché."), remark("Bien", Sentiment.POSITIVE), remark("x" * 500), remark("4"))
    matters = put_day_in_words(replace(DAY, remarks=remarks, unread=5), AROUND, NOW_MS).matters
    assert (matters[0].icon, matters[0].text, matters[0].aside) == (
        "frown",
        "«\xa0Le lecteur a décroché.\xa0»",
        "Caisse · Salma B.",
    )
    assert matters[1].icon == "smile"
    assert matters[2].text == "«\xa0" + "x" * LETTERS_SHOWN + "…\xa0»"
    assert matters[3].text == "et 2 autres mots à lire"


def test_what_was_rung_a_moment_ago_is_no_matter() -> None:
    sync = SyncState(waiting=1, oldest_at_ms=NOW_MS - 5_000, reachable=True)
    assert put_day_in_words(replace(DAY, sync=sync), AROUND, NOW_MS).matters == ()


def test_a_problem_that_waiting_does_not_solve_is_said() -> None:
    problem: Failure = NotEnrolled()
    matter = put_day_in_words(replace(DAY, sync=SyncState(problem=problem)), AROUND, NOW_MS).matters[0]
    assert matter.text == str(problem)
