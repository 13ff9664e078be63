"""A receipt as PDF: written whole, with words that can be read and a barcode that a scanner reads back."""

import re
import zlib
from pathlib import Path

import pytest

from seraphine_pos.devices.receipt_pdf import WIDTH_MM, needs_shaping, write_receipt
from seraphine_pos.domain.receipt import Row, Style, rows
from tests.domain.test_receipt import STORE, sold

FONTS = Path(__file__).resolve().parents[2] / "resources" / "fonts"
NUMBER = "A1-7QK-004218"
_BAR = re.compile(rb"([\d.]+) ([\d.]+) ([\d.]+) (-?[\d.]+) re f")


def bars_of(pdf: bytes) -> list[tuple[float, float]]:
    """Return left edge and width of every filled rectangle, in points."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    found = []
    for stream in streams:
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            continue
        found += [(float(left), float(width)) for left, _top, width, _height in _BAR.findall(content)]
    return found


def test_it_is_written_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = write_receipt(rows(sold(), STORE, "Salma"), tmp_path / "receipts" / "a.pdf", FONTS, NUMBER)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")
    assert [found.name for found in path.parent.iterdir()] == ["a.pdf"]


def test_the_page_is_as_wide_as_the_paper_and_grows_with_the_rows(tmp_path: Path) -> None:
    def height(count: int) -> float:
        path = write_receipt([Row(f"Article {no}", "1,00") for no in range(count)], tmp_path / "a.pdf", FONTS, "a")
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", path.read_bytes())
        assert box is not None
        assert float(box[1]) == pytest.approx(WIDTH_MM / 25.4 * 72, abs=0.1)
        return float(box[2])

    assert height(60) > height(20)


@pytest.mark.parametrize("receipt", [(Row(NUMBER, style=Style.BARCODE),), rows(sold(), STORE, "Salma B.")])
def test_a_scanner_reads_the_number_back(tmp_path: Path, receipt: tuple[Row, ...]) -> None:
    import zxingcpp
    from PIL import Image, ImageDraw

    path = write_receipt(receipt, tmp_path / "a.pdf", FONTS, NUMBER)
    picture = Image.new("L", (1000, 120), 255)
    draw = ImageDraw.Draw(picture)
    for left, width in bars_of(path.read_bytes()):
        draw.rectangle((round(left * 4), 10, round((left + width) * 4) - 1, 110), fill=0)
    (read,) = zxingcpp.read_barcodes(picture)
    assert (read.text, read.format) == (receipt[-1].left, zxingcpp.BarcodeFormat.Code128)


def test_arabic_names_find_their_letters(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    write_receipt([Row("حليب كامل الدسم", "12,50")], tmp_path / "a.pdf", FONTS, "a")
    assert not recwarn.list


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(OSError, match="file"):
        write_receipt([Row("a")], tmp_path / "file" / "a.pdf", FONTS, "a")


@pytest.mark.parametrize(
    ("words", "is_shaped"),
    [("Thé à la menthe — 12,50\u202fMAD", False), ("شاي بالنعناع", True), ("The\u0301", True)],
)
def test_only_letters_that_join_are_shaped(tmp_path: Path, words: str, is_shaped: bool) -> None:
    row = Row(words, "1,00")
    assert needs_shaping([Row("Thé"), row]) is is_shaped
    assert write_receipt([row], tmp_path / "a.pdf", FONTS, "a").read_bytes().startswith(b"%PDF")
