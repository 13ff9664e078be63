"""The look: tokens, contrast, fonts and icons."""

import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics
from pytestqt.qtbot import QtBot

from seraphine_pos.ui.theme import BOLD, Mode, Theme

MODES: tuple[Mode, ...] = ("light", "dark")
PAIRS = (
    *((ink, ground) for ink in ("ink", "muted", "faint") for ground in ("bg", "surface", "raised")),
    ("brand-ink", "brand"),
    ("brand-deep", "brand-soft"),
    ("warn", "warn-soft"),
    ("bad", "bad-soft"),
    ("info", "info-soft"),
    ("good", "surface"),
    ("brand", "surface"),
)


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_stands_out_from_its_ground(qtbot: QtBot, mode: Mode, ink: str, ground: str) -> None:
    theme = Theme(mode)
    high, low = sorted((luminance(theme.colour(ink)), luminance(theme.colour(ground))), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_figures_are_all_as_wide_as_each_other(qtbot: QtBot) -> None:
    metrics = QFontMetrics(Theme().font("total", BOLD))
    assert len({metrics.horizontalAdvance(digit * 4) for digit in "0123456789"}) == 1


def test_the_shipped_typeface_is_the_one_used(qtbot: QtBot) -> None:
    assert QFontInfo(Theme().font("body")).family() == "Inter"


def test_an_icon_takes_the_colour_of_its_token(qtbot: QtBot) -> None:
    theme = Theme()
    image = theme.pixmap("check", "bad", 24).toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
    }
    assert colours == {theme.colour("bad").name()}


def test_an_unknown_icon_is_empty(qtbot: QtBot) -> None:
    image = Theme().pixmap("no-such-icon").toImage()
    assert all(image.pixelColor(x, y).alpha() == 0 for x in range(40) for y in range(40))
