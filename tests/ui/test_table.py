"""Tables sort by figures, not by their words, and say what a row is about."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from seraphine_pos.ui.table import Table
from seraphine_pos.ui.table_model import KEY_ROLE, SORT_ROLE, TableModel
from seraphine_pos.ui.table_state import Cell, Column, TableState
from seraphine_pos.ui.theme import SEMIBOLD, Theme

STATE = TableState(
    (Column("Article", figures=False, wide=True), Column("Net")),
    (
        (Cell("Baguette", "Baguette", strong=True), Cell("1 200,00", 120_000)),
        (Cell("Éponge", "Éponge"), Cell("90,00", 9_000, "warn")),
        (Cell("Couches", "Couches"), Cell("500,00", 50_000)),
    ),
    ("p1", "p2", "p3"),
)


@pytest.fixture
def table(qtbot: QtBot) -> Table:
    table = Table(Theme())
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show_table(STATE)
    table.show()
    qtbot.waitExposed(table)
    return table


def column(table: Table, place: int) -> list[str]:
    model = table.model()
    return [model.index(row, place).data() for row in range(model.rowCount())]


def press_heading(qtbot: QtBot, table: Table, place: int) -> None:
    header = table.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(place) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)


def test_rows_begin_in_the_order_they_were_given(table: Table) -> None:
    assert column(table, 0) == ["Baguette", "Éponge", "Couches"]


def test_a_heading_sorts_by_size_and_back(qtbot: QtBot, table: Table) -> None:
    press_heading(qtbot, table, 1)
    first = column(table, 1)
    press_heading(qtbot, table, 1)
    assert sorted([first, column(table, 1)]) == [
        ["1 200,00", "500,00", "90,00"],
        ["90,00", "500,00", "1 200,00"],
    ]


def test_new_rows_keep_the_order_a_person_chose(qtbot: QtBot, table: Table) -> None:
    press_heading(qtbot, table, 1)
    chosen = column(table, 1)
    table.show_table(STATE)
    assert column(table, 1) == chosen


def test_a_row_pressed_twice_says_what_it_is_about(qtbot: QtBot, table: Table) -> None:
    where = table.visualRect(table.model().index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert table.chosen() == "p2"
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert opened.args == ["p2"]


def test_a_row_that_leads_nowhere_opens_nothing(qtbot: QtBot, table: Table) -> None:
    table.show_table(replace(STATE, keys=("p1", "", "p3"), opens=True))
    where = table.visualRect(table.model().index(1, 1)).center()
    with qtbot.assertNotEmitted(table.opened):
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
        qtbot.keyClick(table, Qt.Key.Key_Space)


def test_each_role_gives_its_own(qtbot: QtBot) -> None:
    theme = Theme()
    model = TableModel(theme)
    model.show_table(STATE)
    index = model.index(1, 1)
    assert index.data(SORT_ROLE) == 9_000
    assert index.data(KEY_ROLE) == "p2"
    assert index.data(Qt.ItemDataRole.ForegroundRole) == theme.colour("warn")
    assert model.index(0, 0).data(Qt.ItemDataRole.FontRole).weight() == SEMIBOLD
    assert Qt.AlignmentFlag.AlignRight in Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Article"
