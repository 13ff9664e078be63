"""A report in words: figures against the period before, names for keys, and how complete it is."""

from dataclasses import replace
from datetime import timedelta

from seraphine_pos.domain.report import THIS_TILL
from seraphine_pos.ui.report_state import Completeness, Tab
from seraphine_pos.ui.report_words import put_in_words, source_words
from tests.ui.report_sample import AROUND, NOW, quiet, report

ROOM_FOR_ANOTHER_TILL = 120


def words(table: Tab, row: int = 0) -> list[str]:
    return [cell.words for cell in put_in_words(report(), AROUND).tables[table].rows[row]]


def test_figures_of_today_stand_live_beside_the_change_up_to_the_last_whole_hour() -> None:
    figures = put_in_words(report(), AROUND).figures
    assert [(one.label, one.value, one.change, one.tone) for one in figures] == [
        ("Ventes brutes", "1\u202f200,00", "+33,3\u202f%", "good"),
        ("Remboursements", "20,00", "=", "muted"),
        ("Ventes nettes", "1\u202f180,00", "+33,3\u202f%", "good"),
        ("dont TVA", "150,00", "+66,7\u202f%", "muted"),
        ("Tickets", "3", "=", "muted"),
        ("Panier moyen", "400,00", "+33,3\u202f%", "good"),
    ]
    assert {one.against for one in figures} == {"à 14 h, vs hier"}


def test_tables_of_today_are_compared_with_the_whole_day_before() -> None:
    table = put_in_words(report(), AROUND).tables[Tab.PRODUCTS]
    assert table.columns[-1].title == "vs hier entier"


def test_one_day_is_drawn_by_hour_and_the_hours_to_come_are_open() -> None:
    chart = put_in_words(report(), AROUND).chart
    by_label = {point.label: point for point in chart.points}
    assert next(iter(by_label)) == "8h"
    assert list(by_label)[-1] == "20h"
    assert (by_label["14h"].value, by_label["9h"].before) == (78_000, 30_000)
    assert (by_label["15h"].value, by_label["19h"].value, by_label["19h"].before) == (None, None, 30_000)
    assert by_label["10h"].value == 0


def test_a_past_day_has_no_hours_to_come() -> None:
    tomorrow = replace(AROUND, now=NOW + timedelta(days=1))
    assert all(point.value is not None for point in put_in_words(report(), tomorrow).chart.points)


def test_several_days_are_drawn_by_day_each_beside_its_own_day_before() -> None:
    state = put_in_words(report("2026-11-21", "2026-11-22"), AROUND)
    assert not state.one_day
    last = state.chart.points[-1]
    assert (last.label, last.name, last.before_name) == ("dim. 22", "dimanche 22 novembre", "ven. 20 nov.")
    assert (last.value, last.before) == (118_000, 60_000)
    assert state.chart.open_end
    assert {one.against for one in state.figures} == {"vs 19–20 nov."}
    assert state.figures[0].change == "+100\u202f%"


def test_tables_name_people_tenders_hours_and_rates() -> None:
    assert words(Tab.PRODUCTS)[:4] == ["1", "Lait infantile", "1", "980,00"]
    assert words(Tab.PRODUCTS, 1)[-1] == "+100\u202f%"
    assert words(Tab.TENDERS)[0] == "Carte"
    assert words(Tab.TENDERS, 1)[:5] == ["Espèces", "3", "900,00", "20,00", "880,00"]
    assert words(Tab.HOURS)[0] == "de 9 h à 10 h"
    assert words(Tab.OPERATORS)[0] == "Ancien membre de l’équipe"
    assert words(Tab.OPERATORS, 1)[0] == "Salma B."
    assert words(Tab.TAXES)[:4] == ["TVA 20\u202f%", "880,00", "733,33", "146,67"]


def test_the_store_says_up_to_when_all_tills_are_in() -> None:
    state = put_in_words(report(), AROUND)
    assert state.source == "Toute la boutique, complète jusqu’à 12:50"
    assert not state.offline
    assert state.tills == (
        Completeness("Caisse A1", "14:25 · à jour", "good"),
        Completeness("Caisse A2", "12:50 · 31 en attente", "warn"),
        Completeness("Non comptées", "2 écritures", "warn"),
    )


def test_a_till_alone_says_so() -> None:
    state = put_in_words(report(source=THIS_TILL), AROUND)
    assert state.source == "Cette caisse seulement, complet jusqu’à 12:50"
    assert state.offline


def test_days_that_all_tills_are_past_are_complete() -> None:
    assert source_words(report("2026-11-20", "2026-11-21"), AROUND) == "Toute la boutique, complète"


def test_a_shop_that_has_sold_nothing_says_so() -> None:
    state = put_in_words(quiet(report()), AROUND)
    assert state.source == "Toute la boutique · aucune vente reçue"
    assert state.tills == ()


def test_the_comparison_moves_with_the_hour_and_never_with_the_minute() -> None:
    def shown(hour: int, minute: int) -> list[tuple[str, str]]:
        around = replace(AROUND, now=NOW.replace(hour=hour, minute=minute))
        return [(one.change, one.against) for one in put_in_words(report(), around).figures]

    assert shown(14, 0) == shown(14, 29) == shown(14, 30) == shown(14, 59)
    assert shown(15, 0)[0] == ("+300\u202f%", "à 15 h, vs hier")
    assert shown(15, 0)[4] == ("+2", "à 15 h, vs hier")
    assert shown(9, 59)[4] == ("=", "à 9 h, vs hier")


def test_a_row_says_which_of_its_tickets_this_till_can_open() -> None:
    whole = report()
    rows = tuple(replace(row, now=replace(row.now, sales=1, refunds=0)) for row in whole.by_tender if row.key == "cash")
    tables = put_in_words(whole, AROUND, replace(whole, by_tender=rows, by_operator=())).tables
    assert [row[-1].words for row in tables[Tab.TENDERS].rows] == ["autre caisse", "1 ici →"]
    assert tables[Tab.TENDERS].keys == ("", "cash")
    assert tables[Tab.TENDERS].columns[-1].px >= ROOM_FOR_ANOTHER_TILL
    assert [row[-1].words for row in tables[Tab.OPERATORS].rows] == ["", "autre caisse"]
    alone = put_in_words(whole, AROUND).tables[Tab.TENDERS]
    assert ([row[-1].words for row in alone.rows], alone.keys) == (["Voir →", "Voir →"], ("card", "cash"))
