"""The form of a new product names each tax once."""

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.tax import Tax
from seraphine_pos.ui.product_form import ProductForm
from seraphine_pos.ui.theme import Theme


@pytest.mark.parametrize(
    ("name", "rate", "words"),
    [
        ("TVA 20 %", 2000, "TVA 20 %"),
        ("TVA 5,5%", 550, "TVA 5,5%"),
        ("Taux réduit", 700, "Taux réduit · 7\u202f%"),
        ("Exonéré", 0, "Exonéré · 0\u202f%"),
    ],
)
def test_a_rate_is_said_once(qtbot: QtBot, name: str, rate: int, words: str) -> None:
    form = ProductForm(Theme(), "MAD", 2)
    qtbot.addWidget(form)
    form.begin("", [Tax("T", name, rate)])
    assert form.findChildren(QComboBox)[0].itemText(0) == words
