"""Reports, sales and products as files: figures that add up, French words, and no text that runs as a formula."""

import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from seraphine_pos.domain import report_csv
from seraphine_pos.domain.cell import harmless
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.report import STORE, Report, ReportData, ReportQuery, TillState, shape
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.domain.store import Store
from sync_server.app import build
from sync_server.exports import feedback_csv, products_csv, report_pdf, report_xlsx, sales_csv, sections, wording
from sync_server.feed import Stored
from sync_server.paging import Page
from tests.sync_server.described import DescribedCaller
from tests.sync_server.shop import CASHIER, DAY, Shop, Till

SHOP: Final = Store("Épicerie Nour", "12, rue des Orangers", Currency("MAD", 2), "Africa/Casablanca", "fr")
NAMES: Final = {"o1": "Salma"}
STRINGS: Final = 5000
# Where an attacker writes: a sign, perhaps behind spaces or marks, and then anything.
SIGNS: Final = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
TEXTS = st.builds(
    "{}{}{}".format,
    st.text(alphabet=" \u00a0\ufeff\u200b'", max_size=2),
    st.sampled_from(["", *SIGNS]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
)
NUMBER: Final = re.compile(r"-?\d+(?:[.,]\d+)?")


def report_of(names: list[str], day: str = DAY) -> Report:
    """Return a report in which these are the names of products and people, and the keys of tenders."""
    cells = [Delta(day, "", "total", "", "", 2, 1, 1500, 2000, 500, 250)]
    cells += [Delta("", "", "product", f"p{no}", name, 1, 0, 1500, 950, 100, 50) for no, name in enumerate(names)]
    cells += [Delta("", "", "tender", name, "", 1, 0, 0, 950, 0, 0) for name in names[:50]]
    cells += [Delta("", "", "tax", "TVA20", "2000", 1, 0, 1500, 950, 0, 50)]
    cells += [Delta("", "", "operator", f"o{no}", name, 1, 0, 1500, 950, 0, 50) for no, name in enumerate(names)]
    tills = (TillState("t1", "A1", 1795334400000), TillState("t2", "A2", None))
    return shape(ReportData(ReportQuery(day, day), STORE, tuple(cells), (), tills, 2))


def sheets(content: bytes) -> Iterator[list[tuple[str, str]]]:
    """Yield each sheet's cells as their type and text; a formula is a cell of the type ``f``."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in sorted(one for one in book.namelist() if one.startswith("xl/worksheets/sheet")):
            cells = []
            for cell in ET.fromstring(book.read(name)).iter(f"{space}c"):  # noqa: S314  written here
                kind = "f" if cell.find(f"{space}f") is not None else cell.get("t", "n")
                cells.append((kind, "".join(cell.itertext())))
            yield cells


def workbook(report: Report) -> bytes:
    """Return a report as a workbook."""
    target = io.BytesIO()
    report_xlsx.write(report, SHOP, NAMES, target)
    return target.getvalue()


def texts_in(content: str, delimiter: str = ";") -> Iterator[str]:
    """Yield the cells of a CSV that are no numbers."""
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
        yield from (cell for cell in row if not NUMBER.fullmatch(cell))


def runs(cell: str) -> bool:
    """Whether a spreadsheet would run a cell: as the rule is written down, not as the code does it."""
    bare = cell.lstrip(" \u00a0\ufeff\u200b\u3000")
    return bare[:1] in set(SIGNS) if bare else False


def strings() -> list[str]:
    """Return as many strings as are asked for, drawn once."""
    drawn: list[str] = []

    @seed(20261120)
    @settings(max_examples=STRINGS // 50, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(TEXTS, min_size=50, max_size=50))
    def draw(some: list[str]) -> None:
        drawn.extend(some)

    draw()
    return drawn[:STRINGS]


@pytest.fixture(scope="module")
def hostile() -> list[str]:
    """Give 5,000 names, many of which would run."""
    drawn = strings()
    assert len(drawn) == STRINGS
    assert sum(map(runs, drawn)) > STRINGS // 4
    return drawn


def test_no_text_in_a_workbook_is_a_formula(hostile: list[str]) -> None:
    found = [kind for cells in sheets(workbook(report_of(hostile))) for kind, _ in cells]
    assert set(found) == {"inlineStr", "n"}
    assert found.count("inlineStr") > STRINGS


def test_no_cell_of_a_report_in_csv_is_a_formula(hostile: list[str]) -> None:
    report = report_of(hostile)
    for dialect in (report_csv.FOR_PEOPLE, report_csv.FOR_PROGRAMS):
        cells = list(texts_in(report_csv.to_csv(report, 2, NAMES, dialect), dialect.delimiter))
        assert len(cells) > STRINGS
        assert not [cell for cell in cells if runs(cell)]


def test_no_cell_of_the_sales_or_of_the_products_is_a_formula(hostile: list[str]) -> None:
    row = {"business_day": DAY, "at_ms": 0, "till_id": "t", "currency": "MAD", "total": 1, "tax": 0, "flag": None}
    sold = [
        {**row, "kind": "refund", "receipt": one, "till": one, "operator_id": one, "methods": [one], "event_id": one,
         "flag": {"state": "open", "reason": one}}
        for one in hostile
    ]  # fmt: skip
    text = "".join(sales_csv.lines([Page(sold)], SHOP, {}))
    kept = [
        Stored("product", one, 1, {"name": one, "price": 5, "tax_code": one, "notes": one, "category": one}, False, {})
        for one in hostile
    ]
    for content in (text, "".join(products_csv.lines([kept], SHOP))):
        cells = list(texts_in(content.removeprefix("\ufeff")))
        assert len(cells) > 3 * STRINGS
        assert not [cell for cell in cells if runs(cell)]
    assert "-0,01" in text


def test_no_cell_of_what_people_said_is_a_formula(hostile: list[str]) -> None:
    row = {"scope": "pos", "sentiment": "negative", "state": "new", "tag": None, "at_ms": 0, "moderated_at_ms": None}
    names = ("message", "related_sale_id", "operator_id", "till_id", "moderated_by", "event_id")
    said = [{**row, **dict.fromkeys(names, one)} for one in hostile]
    cells = list(texts_in("".join(feedback_csv.lines([Page(said)], SHOP, {}, {})).removeprefix("\ufeff")))
    assert len(cells) > 6 * STRINGS
    assert not [cell for cell in cells if runs(cell)]


def test_a_page_to_print_takes_any_name(hostile: list[str]) -> None:
    assert report_pdf.pages(report_of(hostile[:40]), SHOP, NAMES, 0).startswith(b"%PDF-")
    arabic = replace(SHOP, name="بقالة النور")
    assert report_pdf.pages(report_of(["حليب"]), arabic, NAMES, 0).startswith(b"%PDF-")


def test_a_workbook_holds_numbers_as_numbers() -> None:
    first, *_, products = sheets(workbook(report_of(["Lait"])))
    texts = [text for kind, text in first if kind == "inlineStr"]
    assert texts[:4] == [
        "Épicerie Nour", "Rapport du vendredi 20 novembre 2026", "Montants en MAD", "Comparé au 19 novembre 2026",
    ]  # fmt: skip
    assert "2 écritures non comptées : ventes et remboursements sont au moins ceux-ci" in texts
    assert "Caisse A1 : complète jusqu’au 22 novembre 2026, 9 h 00" in texts
    assert "Caisse A2 : rien reçu encore" in texts
    assert [Decimal(text) for kind, text in first if kind == "n"] == [
        Decimal(one) for one in ("2", "1", "1.5", "20", "5", "15", "2.5", "0")
    ]
    assert products[-9] == ("inlineStr", "Lait")
    assert [Decimal(text) for _, text in products[-8:]] == [
        Decimal(one) for one in ("1", "0", "1.5", "9.5", "1", "8.5", "0.5", "0")
    ]


def test_sections_speak_french() -> None:
    by_title = {one.title: one for one in sections.sections(report_of(["cash"]), NAMES)}
    assert by_title["Par paiement"].rows[0][0] == "Espèces"
    assert by_title["Par personne"].rows[0][0] == "cash"
    named = {one.title: one for one in sections.sections(report_of(["cash"]), {"o0": "Salma"})}
    assert named["Par personne"].rows[0][0] == "Salma"
    assert by_title["Par taxe"].rows[0][0] == "20 % (TVA20)"
    assert by_title["Par jour"].rows[0][0] == "20 novembre 2026"
    assert wording.title(ReportQuery("2026-08-01", "2026-08-31")) == "Rapport du 1er août 2026 au 31 août 2026"
    assert wording.period_before(ReportQuery("2026-08-01", "2026-08-31")).endswith(
        "du 1er juillet 2026 au 31 juillet 2026"
    )
    assert (wording.rate("550", "TVA55"), wording.rate("x", "Y"), wording.hour("09")) == (
        "5,5 % (TVA55)",
        "Y",
        "9 h – 10 h",
    )


def test_taxes_stand_by_their_rate_and_payments_have_neither_quantity_nor_tax() -> None:
    cells = [Delta("", "", "tax", f"T{rate}", str(rate * 100), 3, 1, 1500, 900, 100, rate) for rate in (10, 20, 7)]
    cells += [Delta("", "", "tender", way, "", 2, 1, 0, 950, 50, 0) for way in ("card", "cash", "voucher", "other")]
    report = shape(ReportData(ReportQuery(DAY, DAY), STORE, tuple(cells), (), (), 0))
    by_title = {one.title: one for one in sections.sections(report, NAMES)}
    taxes, payments = by_title["Par taxe"], by_title["Par paiement"]
    assert [row[0] for row in taxes.rows] == ["7 % (T7)", "10 % (T10)", "20 % (T20)"]
    assert ([one.heading for one in taxes.columns[:2]], taxes.total) == (
        ["Taxe", "Lignes"], ("Total", 9, 3, 4500, 2700, 300, 2400, 37, 0),
    )  # fmt: skip
    assert [one.heading for one in payments.columns] == [
        "Paiement", "Paiements", "Retours", "Brut", "Remboursé", "Net", "Net avant",
    ]  # fmt: skip
    assert [row[0] for row in payments.rows] == ["Espèces", "Carte", "Autre", "voucher"]
    assert payments.total == ("Total", 8, 4, 3800, 200, 3600, 0)
    assert (by_title["Synthèse"].total, by_title["Articles"].total) == (None, None)


def ten_years() -> Report:
    """Return the report of ten years with sales on every day."""
    query = ReportQuery("2017-01-01", "2026-12-31")
    days = [(date(2017, 1, 1) + timedelta(days=day)).isoformat() for day in range(query.days)]
    cells = tuple(Delta(day, "", "total", "", "", 1, 0, 1250, 100, 0, 10) for day in days)
    return shape(ReportData(query, STORE, cells, (), (), 0))


def test_ten_years_fit_on_pages_and_in_a_workbook() -> None:
    report = ten_years()
    assert len(report.by_day) == 3652
    assert 3 <= report_pdf.pages(report, SHOP, NAMES, 0).count(b"/Type /Page\n") <= 5
    _, days, *_ = sheets(workbook(report))
    assert len(days) == 9 + 9 * 3652


def test_more_days_than_a_quarter_has_are_told_by_months() -> None:
    by_title = {one.title: one for one in sections.sections(ten_years(), NAMES, report_pdf.DAYS_MAX)}
    months = by_title["Par mois"]
    assert len(months.rows) == 120
    assert months.rows[1] == ("février 2017", 28, 0, 35000, 2800, 0, 2800, 280, 0)
    assert months.total == ("Total", 3652, 0, 4565000, 365200, 0, 365200, 36520, 0)


def test_a_period_without_any_sale_says_so_in_a_sentence() -> None:
    empty = shape(ReportData(ReportQuery(DAY, DAY), STORE, (), (), (), 0))
    assert len(report_pdf.pages(empty, SHOP, NAMES, 0)) < len(report_pdf.pages(report_of(["Lait"]), SHOP, NAMES, 0))


def test_every_format_over_the_wire_leaves_its_mark(shop: Shop, till: Till) -> None:
    till.sell(100, operator_id=CASHIER)
    till.sell(200)
    till.push()
    owner = DescribedCaller(build(shop.server), shop.token())
    daily = f"/v1/reports/daily?date={DAY}"
    told = owner("GET", daily).json()
    assert (told["total"]["net"], told["by_operator"][0]["label"], told["currency"]) == (300, "Salma", "MAD")
    days = f"/v1/reports/range?start={DAY}&end={DAY}&till={till.enrolment.till_id}"
    for form, begins in (("csv", b"\xef\xbb\xbfsection;"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
        for path in (daily, days):
            answer = owner("GET", f"{path}&format={form}")
            assert answer.content.startswith(begins)
            assert f'rapport-{DAY}.{form}"' in answer.headers["content-disposition"]
    assert owner("GET", f"{daily}&format=doc").status_code == 400
    assert owner("GET", "/v1/reports/daily?date=2026-02-30").status_code == 422
    marks = [str(row["detail"]) for row in shop.rows("audit") if row["action"] == "report.exported"]
    assert [mark.split('"format":"')[1][:3] for mark in marks] == ["csv", "csv", "xls", "xls", "pdf", "pdf"]
    assert harmless(owner("GET", f"{daily}&format=csv").text[1:8]) == "section"
