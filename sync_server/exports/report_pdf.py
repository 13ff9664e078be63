"""A report as pages to print, with the shipped typefaces."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seraphine_pos.domain.money import written, written_quantity
from seraphine_pos.domain.report import Report
from seraphine_pos.domain.store import Store
from sync_server.exports import wording
from sync_server.exports.sections import Cells, Column, Kind, Section, sections

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS: Final = Path(__file__).resolve().parents[2] / "resources" / "fonts"
MARGIN_MM: Final = 12.0
ROOM_MM: Final = 297.0 - 2 * MARGIN_MM
BOTTOM_MM: Final = 14.0
FIRST_MM: Final = 82.0
ROW_MM: Final = 5.2
LETTERS_MAX: Final = 300
UNKNOWN: Final = "\u25a1"
_FAMILY: Final = "Inter"
_ARABIC: Final = "NotoSansArabic"
_FACES: Final = ((_FAMILY, "inter", "Inter"), (_ARABIC, "noto-sans-arabic", "NotoSansArabic"))
# From combining accents over Arabic to the scripts of India; punctuation and signs of money follow.
_FIRST_SHAPED: Final = "\u0300"
_AFTER_SHAPED: Final = "\u2000"


def pages(report: Report, store: Store, names: Mapping[str, str], now_ms: int, fonts: Path = FONTS) -> bytes:
    """Return the report as a PDF; days on which nothing was sold are left out of its tables."""
    tables = [_worth_a_line(section) for section in sections(report, names)]
    pdf = _sheet(fonts)
    letters = _letters(pdf)
    pdf.set_title(wording.title(report.data.query))
    pdf.set_creation_date(datetime.fromtimestamp(now_ms / 1000, UTC))
    head = [_drawn(store.name, letters), *_head(report, store, letters)]
    pdf.set_text_shaping(use_shaping_engine=_needs_shaping(head, tables))
    pdf.add_page()
    pdf.set_font(_FAMILY, "B", 15)
    pdf.cell(0, 8, head[0], new_x="LMARGIN", new_y="NEXT")
    for place, line in enumerate(head[1:]):
        pdf.set_font(_FAMILY, "B" if place == 0 else "", 11 if place == 0 else 9)
        pdf.multi_cell(0, 6 if place == 0 else 4.6, line, new_x="LMARGIN", new_y="NEXT")
    for section in tables:
        _draw(pdf, section, store.currency.decimals, letters)
    content = bytes(pdf.output())
    _let_go(pdf)
    return content


def _sheet(fonts: Path) -> "FPDF":
    from fpdf import FPDF

    pdf = FPDF(orientation="L", unit="mm", format="A4")
    pdf.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=BOTTOM_MM)
    for family, folder, name in _FACES:
        pdf.add_font(family, "", fonts / folder / f"{name}-Regular.ttf")
        pdf.add_font(family, "B", fonts / folder / f"{name}-SemiBold.ttf")
    pdf.set_font(_FAMILY, "", 9)
    pdf.set_fallback_fonts([_ARABIC], exact_match=False)
    return pdf


def _letters(pdf: "FPDF") -> frozenset[int]:
    """Return the letters that the typefaces have."""
    faces: list[Any] = list(pdf.fonts.values())
    return frozenset().union(*(face.cmap for face in faces))


def _drawn(text: str, letters: frozenset[int]) -> str:
    """Return a text in letters that can be drawn, on one line."""
    plain = " ".join(text[:LETTERS_MAX].split())
    return "".join(letter if ord(letter) in letters else UNKNOWN for letter in plain)


def _head(report: Report, store: Store, letters: frozenset[int]) -> list[str]:
    query = report.data.query
    said = [
        wording.title(query), f"{wording.period_before(query)}. Montants en {store.currency.code}.",
        *wording.completeness(report.data, store.time_zone),
    ]  # fmt: skip
    return [_drawn(line, letters) for line in said]


def _worth_a_line(section: Section) -> Section:
    rows = [cells for cells in section.rows if any(cells[1:])] or section.rows[:1]
    return Section(section.title, section.columns, rows)


def _needs_shaping(head: Sequence[str], tables: Sequence[Section]) -> bool:
    """Tell whether letters join or stand over each other, as Arabic ones do; shaping takes five times as long."""
    texts = [*head, *(str(cells[0]) for section in tables for cells in section.rows)]
    return any(_FIRST_SHAPED <= letter < _AFTER_SHAPED for text in texts for letter in text)


def _draw(pdf: "FPDF", section: Section, decimals: int, letters: frozenset[int]) -> None:
    if not section.rows:
        return
    pdf.ln(4)
    if pdf.get_y() > pdf.h - BOTTOM_MM - 4 * ROW_MM:
        pdf.add_page()
    pdf.set_font(_FAMILY, "B", 11)
    pdf.cell(0, 7, section.title, new_x="LMARGIN", new_y="NEXT")
    _headings(pdf, section.columns)
    page = pdf.page
    for cells in section.rows:
        if pdf.get_y() > pdf.h - BOTTOM_MM - ROW_MM:
            pdf.add_page()
        if pdf.page != page:
            _headings(pdf, section.columns)
            page = pdf.page
        _row(pdf, section.columns, cells, decimals, letters)


def _headings(pdf: "FPDF", columns: Sequence[Column]) -> None:
    pdf.set_font(_FAMILY, "B", 8)
    for place, column in enumerate(columns):
        pdf.cell(_width(place, columns), ROW_MM, column.heading, border="B", align="R" if place else "L")
    pdf.ln(ROW_MM)
    pdf.set_font(_FAMILY, "", 8)


def _row(pdf: "FPDF", columns: Sequence[Column], cells: Cells, decimals: int, letters: frozenset[int]) -> None:
    for place, (column, value) in enumerate(zip(columns, cells, strict=True)):
        width = _width(place, columns)
        shown = value if isinstance(value, str) else _figure(value, column.kind, decimals)
        pdf.cell(width, ROW_MM, _fitting(pdf, _drawn(shown, letters), width - 2), align="R" if place else "L")
    pdf.ln(ROW_MM)


def _width(place: int, columns: Sequence[Column]) -> float:
    return (ROOM_MM - FIRST_MM) / (len(columns) - 1) if place else FIRST_MM


def _fitting(pdf: "FPDF", text: str, width: float) -> str:
    """Return a text cut to a column."""
    if pdf.get_string_width(text) <= width:
        return text
    kept = text[: len(text) * 9 // 10]
    while kept and pdf.get_string_width(kept + "…") > width:
        kept = kept[: len(kept) * 9 // 10]
    return kept + "…"


def _figure(value: int, kind: Kind, decimals: int) -> str:
    if kind is Kind.MONEY:
        return written(value, decimals)
    return written_quantity(value) if kind is Kind.QUANTITY else written(value, 0)


def _let_go(pdf: "FPDF") -> None:
    """Close the font files, which the library leaves open."""
    for font in pdf.fonts.values():
        if (opened := getattr(font, "ttfont", None)) is not None:
            opened.close()
