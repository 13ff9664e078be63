"""Charts: what they say by pointing and by keys, and that now and before are painted apart."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.ui.bars import Bars
from seraphine_pos.ui.chart import Chart, Point, Series
from seraphine_pos.ui.lines import Lines
from seraphine_pos.ui.theme import Mode, Theme

HOURS = Series(
    "Ventes par heure",
    (
        Point("8h", "8 h – 9 h", 4_000, 9_000),
        Point("9h", "9 h – 10 h", 8_000, 2_000),
        Point("10h", "10 h – 11 h", None, 6_000),
    ),
    unit="MAD",
    decimals=2,
    against="hier",
    nothing="Aucune vente",
)


def shown(qtbot: QtBot, kind: type[Chart], series: Series = HOURS, mode: Mode = "light") -> Chart:
    chart = kind(Theme(mode))
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.show_series(series)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def side_by_side(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    row = QHBoxLayout(page)
    for widget in widgets:
        row.addWidget(widget)
    page.show()
    qtbot.waitActive(page)
    return page


def colours(image: QImage, x: int) -> set[str]:
    return {QColor(image.pixel(x, y)).name() for y in range(image.height())}


@pytest.mark.parametrize("kind", [Bars, Lines])
def test_arrow_keys_read_the_points_one_by_one(qtbot: QtBot, kind: type[Chart]) -> None:
    chart = shown(qtbot, kind)
    before = QLineEdit()
    page = side_by_side(qtbot, before, chart)
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    qtbot.waitUntil(chart.hasFocus)
    assert chart.reading() == "9 h – 10 h, 80,00\xa0MAD, hier\xa0: 20,00\xa0MAD"
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "8 h – 9 h, 40,00\xa0MAD, hier\xa0: 90,00\xa0MAD"
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.reading().startswith("8 h")
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.reading() == "10 h – 11 h, pas encore, hier\xa0: 60,00\xa0MAD"


@pytest.mark.parametrize("kind", [Bars, Lines])
def test_the_pointer_reads_the_point_it_stands_on(qtbot: QtBot, kind: type[Chart]) -> None:
    chart = shown(qtbot, kind)
    qtbot.mouseMove(chart, QPoint(340, 80))
    qtbot.waitUntil(lambda: chart.reading().startswith("10 h"))
    qtbot.mouseMove(chart, QPoint(5, 80))
    qtbot.waitUntil(lambda: chart.reading().startswith("8 h"))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_solid_bar_is_now_and_a_pale_one_before(qtbot: QtBot, mode: Mode) -> None:
    chart = shown(qtbot, Bars, mode=mode)
    brand = Theme(mode).colour("brand").name()
    image = chart.grab().toImage()
    slot = (400 - 52) // 3
    assert brand in colours(image, slot // 2)
    assert brand not in colours(image, slot * 2 + slot // 2)
    assert len(colours(image, slot * 2 + slot // 2)) > len(colours(image, slot))


@pytest.mark.parametrize("kind", [Bars, Lines])
def test_an_empty_period_has_a_chart_without_points(qtbot: QtBot, kind: type[Chart]) -> None:
    chart = shown(qtbot, kind, Series("Ventes", nothing="Aucune vente"))
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.reading() == "Ventes"
    assert not chart.grab().isNull()


def test_a_series_of_counts_is_written_without_a_currency() -> None:
    series = Series("Tickets", (Point("lun.", "lundi", 1_204, 0),))
    assert series.reading(0) == ("lundi", "1\u202f204")
