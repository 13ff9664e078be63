"""Receipts of this till: a scanner reads them from the screen, and a refund's names the sales that it gives back."""

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.receipt import Row, Style
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Method
from seraphine_pos.ui.receipt_view import Paper
from seraphine_pos.ui.receipts import Receipts
from seraphine_pos.ui.theme import RESOURCES, Mode, Theme
from tests.ui.counter import Counter

NUMBER = "A1-7QK-004218"


def picture(paper: Paper) -> Image.Image:
    """Return what the paper looks like."""
    grabbed = paper.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    size = (grabbed.width(), grabbed.height())
    return Image.frombytes("L", size, bytes(grabbed.constBits()), "raw", "L", grabbed.bytesPerLine())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_scanner_reads_the_number_from_the_screen(qtbot: QtBot, mode: Mode) -> None:
    paper = Paper(Theme(mode))
    qtbot.addWidget(paper)
    paper.show_rows([Row("Total", "12,50 MAD", Style.TOTAL), Row(NUMBER, style=Style.BARCODE)])
    (read,) = zxingcpp.read_barcodes(picture(paper))
    assert (read.text, read.format) == (NUMBER, zxingcpp.BarcodeFormat.Code128)


def test_a_refund_names_each_sale_once(till: Counter) -> None:
    sold = []
    for _sale in range(2):
        till.scan(1, 2)
        till.keyboard.press("F9")
        sold.append(till.tickets()[-1])
    parts = [(till.shop.refunds.find(sale.where.receipt), [Choice(1, 1000), Choice(2, 1000)]) for sale in sold]
    refund = till.shop.refunds.give_back(parts, [], Method.CASH)
    receipts = Receipts(till.shop, RESOURCES / "fonts")
    named = [row.right for row in receipts.rows(refund) if row.left == "Retour du ticket"]
    assert named == [sale.where.receipt for sale in sold]
    assert not [row for row in receipts.rows(sold[0]) if row.left == "Retour du ticket"]
