"""A receipt as a PDF of the paper's width, with the shipped typefaces and its number as a barcode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seraphine_pos.devices.receipt_bars import bars
from seraphine_pos.domain.receipt import Row, Style

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH_MM: Final = 80.0
_MARGIN_MM: Final = 6.0
_ROOM_MM: Final = WIDTH_MM - 2 * _MARGIN_MM
_RIGHT_MM: Final = 24.0
_BARS_MM: Final = 13.0
_LONGEST_MM: Final = 20_000.0
_FAMILY: Final = "Inter"
_ARABIC: Final = "NotoSansArabic"
_INDENT_MM: Final = 3.0
# From combining accents over Arabic to the scripts of India; punctuation and signs of money follow.
_FIRST_SHAPED: Final = "\u0300"
_AFTER_SHAPED: Final = "\u2000"

# Size in points, height of a row in millimetres, weight.
_LOOKS: Final = {
    Style.TITLE: (13.0, 6.4, "B"),
    Style.CENTRE: (8.5, 4.3, ""),
    Style.PLAIN: (9.0, 4.7, ""),
    Style.SMALL: (8.0, 4.1, ""),
    Style.STRONG: (9.0, 4.9, "B"),
    Style.TOTAL: (13.0, 7.2, "B"),
    Style.BARCODE: (8.5, 4.3, ""),
}


def write_receipt(receipt: Sequence[Row], path: Path, fonts: Path, title: str) -> Path:
    """Write the rows to a PDF file, whole or not at all, and return its path; raise OSError."""
    from fpdf import FPDF

    measured = FPDF(unit="mm", format=(WIDTH_MM, _LONGEST_MM))
    height = _draw(measured, receipt, fonts)
    pdf = FPDF(unit="mm", format=(WIDTH_MM, max(height + _MARGIN_MM, WIDTH_MM)))
    pdf.set_title(title)
    _draw(pdf, receipt, fonts)
    content = bytes(pdf.output())
    _let_go(measured)
    _let_go(pdf)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(content)
    draft.replace(path)
    return path


def needs_shaping(receipt: Sequence[Row]) -> bool:
    """Tell whether letters join or stand over each other, as Arabic ones do; shaping takes five times as long."""
    return any(_FIRST_SHAPED <= letter < _AFTER_SHAPED for row in receipt for letter in row.left + row.right)


def _let_go(pdf: FPDF) -> None:
    """Close the font files, which the library leaves open."""
    for font in pdf.fonts.values():
        if (opened := getattr(font, "ttfont", None)) is not None:
            opened.close()


def _draw(pdf: FPDF, receipt: Sequence[Row], fonts: Path) -> float:
    """Draw the rows on one page and return where they end, in millimetres."""
    pdf.set_auto_page_break(auto=False)
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    for family, folder, name in ((_FAMILY, "inter", "Inter"), (_ARABIC, "noto-sans-arabic", "NotoSansArabic")):
        pdf.add_font(family, "", fonts / folder / f"{name}-Regular.ttf")
        pdf.add_font(family, "B", fonts / folder / f"{name}-SemiBold.ttf")
    pdf.add_page()
    pdf.set_font(_FAMILY, "", 9)
    pdf.set_fallback_fonts([_ARABIC], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=needs_shaping(receipt))
    for row in receipt:
        _draw_row(pdf, row)
    return float(pdf.get_y())


def _draw_row(pdf: FPDF, row: Row) -> None:
    if row.style is Style.RULE:
        pdf.ln(1.6)
        pdf.line(_MARGIN_MM, pdf.get_y(), WIDTH_MM - _MARGIN_MM, pdf.get_y())
        pdf.ln(1.8)
        return
    size, height, weight = _LOOKS[row.style]
    pdf.set_font(_FAMILY, weight, size)
    if row.style is Style.BARCODE:
        _draw_bars(pdf, row.left)
    if row.style in (Style.TITLE, Style.CENTRE, Style.BARCODE):
        pdf.multi_cell(_ROOM_MM, height, row.left, align="C", new_x="LMARGIN", new_y="NEXT")
    else:
        _draw_sides(pdf, row, height)


def _draw_sides(pdf: FPDF, row: Row, height: float) -> None:
    """Draw the left side, broken where it must be, and the right side on its last row."""
    indent = _INDENT_MM if row.style is Style.SMALL else 0.0
    right = max(_RIGHT_MM if row.right else 0.0, pdf.get_string_width(row.right) + 2)
    pdf.set_x(_MARGIN_MM + indent)
    room = _ROOM_MM - indent - right
    if "\n" not in row.left and pdf.get_string_width(row.left) <= room - 2 * pdf.c_margin:
        # Looking for breaks in each of hundreds of rows would hold the till up for seconds.
        pdf.cell(room, height, row.left, align="L", new_x="RIGHT", new_y="TOP")
    else:
        pdf.multi_cell(room, height, row.left, align="L", new_x="RIGHT", new_y="LAST")
    pdf.cell(right, height, row.right, align="R", new_x="LMARGIN", new_y="NEXT")


def _draw_bars(pdf: FPDF, number: str) -> None:
    """Draw a Code 128 with its quiet zones; the scanner reads it back."""
    dark, modules = bars(number)
    width = min(0.33, _ROOM_MM / (modules + 20))
    left = (WIDTH_MM - width * modules) / 2
    pdf.ln(2)
    top = pdf.get_y()
    for at, wide in dark:
        pdf.rect(left + at * width, top, wide * width, _BARS_MM, style="F")
    pdf.set_y(top + _BARS_MM + 1)
