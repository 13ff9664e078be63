"""A report as pages to print, with the shipped typefaces."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seraphine_pos.domain.money import ONE, written
from seraphine_pos.domain.report import TOP_SELLERS_MAX, Report
from seraphine_pos.domain.store import Store
from sync_server.exports import wording
from sync_server.exports.sections import Column, Kind, Section, sections

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS: Final = Path(__file__).resolve().parents[2] / "resources" / "fonts"
MARGIN_MM: Final = 12.0
ROOM_MM: Final = 297.0 - 2 * MARGIN_MM
BOTTOM_MM: Final = 16.0
FIRST_MM: Final = 82.0
ROW_MM: Final = 5.2
TITLE_MM: Final = 7.0
SHORT_LINES: Final = 12
# More days than a quarter has are told by months: ten years fit on a few pages.
DAYS_MAX: Final = 92
BLACK: Final = (20, 20, 20)
GREY: Final = (110, 110, 110)
HAIR: Final = (222, 222, 222)
NOTHING_SOLD: Final = "Aucune vente, ni sur cette période ni sur celle d’avant."
NONE: Final = "–"
LETTERS_MAX: Final = 300
UNKNOWN: Final = "\u25a1"
_FAMILY: Final = "Inter"
_ARABIC: Final = "NotoSansArabic"
_FACES: Final = ((_FAMILY, "inter", "Inter"), (_ARABIC, "noto-sans-arabic", "NotoSansArabic"))
_THOUSANDTHS: Final = 3


def pages(report: Report, store: Store, names: Mapping[str, str], now_ms: int, fonts: Path = FONTS) -> bytes:
    """Return the report as a PDF; days on which nothing was sold are left out of its tables."""
    query, made = report.data.query, wording.moment(now_ms, store.time_zone)
    pdf = _sheet(fonts, f"{wording.title(query)}, édité le {made}")
    letters = _letters(pdf)
    pdf.set_title(wording.title(query))
    pdf.set_creation_date(datetime.fromtimestamp(now_ms / 1000, UTC))
    pdf.set_text_shaping(use_shaping_engine=True)
    pdf.add_page()
    pdf.set_font(_FAMILY, "B", 15)
    pdf.cell(0, 8, _drawn(store.name, letters), new_x="LMARGIN", new_y="NEXT")
    for place, line in enumerate(_head(report, store, letters)):
        pdf.set_font(_FAMILY, "B" if place == 0 else "", 11 if place == 0 else 9)
        pdf.multi_cell(0, 6 if place == 0 else 4.6, line, new_x="LMARGIN", new_y="NEXT")
    for section in _worth_a_page(report, names):
        _draw(pdf, section, store.currency.decimals, letters)
    content = bytes(pdf.output())
    _let_go(pdf)
    return content


def _sheet(fonts: Path, foot: str) -> "FPDF":
    from fpdf import FPDF

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-BOTTOM_MM + 4)
            self.set_font(_FAMILY, "", 8)
            self.set_text_color(*GREY)
            self.cell(ROOM_MM / 2, 5, foot)
            # The number of pages is put in at the end; it takes less room than what stands for it.
            room = self.get_string_width("{nb}") - self.get_string_width("9")
            self.cell(ROOM_MM / 2 + room, 5, f"Page {self.page_no()} sur {{nb}}", align="R")
            self.set_text_color(*BLACK)

    pdf = Sheet(orientation="L", unit="mm", format="A4")
    pdf.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=BOTTOM_MM)
    for family, folder, name in _FACES:
        pdf.add_font(family, "", fonts / folder / f"{name}-Regular.ttf")
        pdf.add_font(family, "B", fonts / folder / f"{name}-SemiBold.ttf")
    pdf.set_font(_FAMILY, "", 9)
    pdf.set_text_color(*BLACK)
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


def _worth_a_page(report: Report, names: Mapping[str, str]) -> Sequence[Section]:
    """Return the tables that say something, without their empty rows; a single day is told by the first one."""
    if not any((*astuple(report.total), *astuple(report.before))):
        return [Section(NOTHING_SOLD, (), ())]
    whole, days, *others = sections(report, names, DAYS_MAX)
    worth = [whole, *([] if len(days.rows) == 1 else [days]), *others]
    if len(report.products) == TOP_SELLERS_MAX:
        worth[-1] = replace(worth[-1], title=f"Articles : les {TOP_SELLERS_MAX} premiers par leurs ventes nettes")
    kept = [replace(one, rows=[cells for cells in one.rows if any(cells[1:])]) for one in worth]
    return [one for one in kept if one.rows]


def _draw(pdf: "FPDF", section: Section, decimals: int, letters: frozenset[int]) -> None:
    pdf.ln(4)
    # A short table stays on one page, of a longer one the beginning is not left alone.
    lines = len(section.rows) + 1
    together = lines + 1 if lines <= SHORT_LINES else 4
    if pdf.get_y() + TITLE_MM + together * ROW_MM > pdf.h - BOTTOM_MM:
        pdf.add_page()
    pdf.set_font(_FAMILY, "B", 11)
    pdf.cell(0, TITLE_MM, section.title, new_x="LMARGIN", new_y="NEXT")
    if section.rows:
        _table(pdf, section, decimals, letters)


def _table(pdf: "FPDF", section: Section, decimals: int, letters: frozenset[int]) -> None:
    written_as = _Writing(decimals, _fraction(section))
    _headings(pdf, section.columns)
    page = pdf.page
    # One row needs no sum.
    total = section.total if len(section.rows) > 1 else None
    for cells in [*section.rows, *([total] if total else [])]:
        if pdf.get_y() > pdf.h - BOTTOM_MM - ROW_MM:
            pdf.add_page()
        if pdf.page != page:
            _headings(pdf, section.columns)
            page = pdf.page
        pdf.set_font(_FAMILY, "B" if cells is total else "", 8)
        _row(pdf, section.columns, [written_as.cell(*one) for one in zip(section.columns, cells, strict=True)], letters)


def _headings(pdf: "FPDF", columns: Sequence[Column]) -> None:
    pdf.set_font(_FAMILY, "B", 8)
    pdf.set_draw_color(*BLACK)
    for place, column in enumerate(columns):
        pdf.cell(_width(place, columns), ROW_MM, column.heading, border="B", align="R" if place else "L")
    pdf.ln(ROW_MM)
    pdf.set_draw_color(*HAIR)


def _row(pdf: "FPDF", columns: Sequence[Column], cells: Sequence[str], letters: frozenset[int]) -> None:
    for place, shown in enumerate(cells):
        # Figures have digits of one width, so that they stand below each other.
        pdf.set_text_shaping(use_shaping_engine=True, features={"tnum": True} if place else {})
        width = _width(place, columns)
        text = _fitting(pdf, _drawn(shown, letters), width - 2)
        pdf.cell(width, ROW_MM, text, border="B", align="R" if place else "L")
    pdf.ln(ROW_MM)
    pdf.set_text_shaping(use_shaping_engine=True)


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


@dataclass(frozen=True, slots=True)
class _Writing:
    """How the figures of a table are written: with the currency's decimals, and as many of a quantity as it needs."""

    decimals: int
    fraction: int

    def cell(self, column: Column, value: int | str) -> str:
        if isinstance(value, str):
            return value
        if not value:
            return NONE
        if column.kind is Kind.QUANTITY:
            return written(value // 10 ** (_THOUSANDTHS - self.fraction), self.fraction)
        return written(value, self.decimals if column.kind is Kind.MONEY else 0)


def _fraction(section: Section) -> int:
    """Return how many decimals the quantities of a table have at most."""
    places = [place for place, column in enumerate(section.columns) if column.kind is Kind.QUANTITY]
    values = [int(cells[place]) for cells in section.rows for place in places]
    return next(n for n in range(_THOUSANDTHS + 1) if all(not value * 10**n % ONE for value in values))


def _let_go(pdf: "FPDF") -> None:
    """Close the font files, which the library leaves open."""
    for font in pdf.fonts.values():
        if (opened := getattr(font, "ttfont", None)) is not None:
            opened.close()
