"""A report as CSV: every section, figures that add up, nothing a spreadsheet would run."""

import csv
from dataclasses import replace
from io import StringIO

from seraphine_pos.domain.report import STORE, ReportData, ReportQuery, TillState, shape
from seraphine_pos.domain.report_csv import AT_LEAST, FOR_PEOPLE, FOR_PROGRAMS, HEADINGS, WORDS, Dialect, to_csv
from seraphine_pos.domain.rollup import Delta

NAMES = {"o1": "Salma B."}
TOLD = {"total", "paiement", "taxe", "non compris"}
REPORT = shape(
    ReportData(
        ReportQuery("2026-11-21", "2026-11-22"),
        STORE,
        (
            Delta("2026-11-21", "", "total", "", "", 2, 0, 3000, 4_000, 0, 500),
            Delta("2026-11-22", "", "total", "", "", 1, 1, 1500, 123_450, 950, 20_000),
            Delta("", "", "operator", "o1", "", 3, 1, 4500, 127_450, 950, 20_500),
            Delta("", "", "tender", "card", "", 1, 0, 0, 4_000, 0, 0),
            Delta("", "", "tender", "cash", "", 1, 0, 0, 4_000, 0, 0),
            Delta("", "", "tender", "gold", "", 1, 0, 0, 4_000, 0, 0),
            Delta("", "", "tax", "TVA55", "550", 3, 1, 4500, 127_450, 950, 20_500),
            Delta("", "", "product", "p1", "=HYPERLINK(1)", 3, 1, 4500, 127_450, 950, 20_500),
        ),
        (Delta("2026-11-19", "", "total", "", "", 1, 0, 1000, 2_000, 0, 250),),
        (TillState("t1", "A1", 1),),
        2,
    )
)


def rows(dialect: Dialect) -> list[dict[str, str]]:
    text = to_csv(REPORT, 2, NAMES, dialect)
    return list(csv.DictReader(StringIO(text, newline=""), delimiter=dialect.delimiter))


def test_the_total_stands_first_with_its_days_and_source() -> None:
    total = rows(FOR_PROGRAMS)[0]
    assert (total["section"], total["cle"], total["libelle"]) == ("total", "2026-11-21/2026-11-22", "store")
    assert (total["brut"], total["rembourse"], total["net"]) == ("1274.50", "9.50", "1265.00")
    assert total["net_avant"] == "20.00"


def test_the_days_add_up_to_the_total() -> None:
    total, *rest = rows(FOR_PROGRAMS)
    days = [row for row in rest if row["section"] == "jour"]
    assert sum(round(float(row["net"]) * 100) for row in days) == round(float(total["net"]) * 100)
    assert [row["net_avant"] for row in days] == ["20.00", "0.00"]


def test_people_get_a_comma_in_figures_and_a_name_for_each_person() -> None:
    person = next(row for row in rows(FOR_PEOPLE) if row["section"] == "personne")
    assert (person["libellé"], person["quantité"], person["net"]) == ("Salma B.", "4,500", "1265,00")


def test_people_read_words_and_programs_the_same_keys_as_ever() -> None:
    by_people, by_programs = rows(FOR_PEOPLE), rows(FOR_PROGRAMS)
    assert (tuple(by_people[0]), tuple(by_programs[0])) == (WORDS, HEADINGS)
    assert [(row["section"], row["clé"], row["libellé"]) for row in by_people if row["section"] in TOLD] == [
        ("total", "2026-11-21/2026-11-22", "tout le magasin"),
        ("paiement", "Carte", "Carte"),
        ("paiement", "Espèces", "Espèces"),
        ("paiement", "gold", ""),
        ("taxe", "TVA55", "5,5 %"),
        ("non compris", "", AT_LEAST),
    ]
    assert [row["cle"] for row in by_programs if row["section"] == "paiement"] == ["card", "cash", "gold"]
    assert [row["libelle"] for row in by_programs if row["section"] == "taxe"] == ["550"]


def test_a_name_is_never_a_formula() -> None:
    product = next(row for row in rows(FOR_PEOPLE) if row["section"] == "article")
    assert product["libellé"] == "'=HYPERLINK(1)"


def test_what_was_set_aside_is_said() -> None:
    last = rows(FOR_PROGRAMS)[-1]
    assert (last["section"], last["tickets"]) == ("non_compris", "2")
    assert "au moins" in last["libelle"]
    assert len(last) == len(HEADINGS)


def test_a_whole_report_claims_no_more() -> None:
    whole = replace(REPORT, data=replace(REPORT.data, not_included=0))
    assert to_csv(whole, 2, NAMES, FOR_PROGRAMS).splitlines()[-1].startswith("non_compris,,,0,")
