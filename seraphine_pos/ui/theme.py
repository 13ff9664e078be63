"""The look: tokens of colour, space, radius and type as fonts, palette, icons and one style sheet.

Widgets name tokens, never colours. Owns no widget.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from seraphine_pos.ui.style_sheet import style_sheet

Mode = Literal["light", "dark"]

RESOURCES: Final = Path(__file__).resolve().parents[2] / "resources"
LIGHT_WEIGHT: Final = 300
REGULAR: Final = 400
MEDIUM: Final = 500
SEMIBOLD: Final = 600
BOLD: Final = 700

# Sizes between the named ones of the tokens.
_MORE_SIZES: Final = {
    "tiny": 11,
    "chip": 13,
    "button": 15,
    "field": 16,
    "key": 20,
    "figure": 32,
    "digit": 24,
    "clock": 88,
    "shop": 44,
}
_TABULAR: Final = "tnum"
_LARGE: Final = 30
_LARGE_SPACING: Final = 97.0
_DRESSED: Final = "seraphine-dressed"
_PALETTE: Final = {
    QPalette.ColorRole.Window: "bg",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "raised",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.BrightText: "bad",
    QPalette.ColorRole.Highlight: "brand",
    QPalette.ColorRole.HighlightedText: "brand-ink",
    QPalette.ColorRole.ToolTipBase: "surface",
    QPalette.ColorRole.ToolTipText: "ink",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.Link: "brand",
    QPalette.ColorRole.LinkVisited: "brand",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "line-strong",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Shadow: "line-strong",
    QPalette.ColorRole.Accent: "brand",
}


class Theme(QObject):
    """One look for the whole window, light or dark."""

    changed = Signal()

    def __init__(self, mode: Mode = "light", resources: Path = RESOURCES) -> None:
        """Read the tokens and load the fonts that are shipped."""
        super().__init__()
        tokens = json.loads((resources / "theme" / "tokens.json").read_text(encoding="utf-8"))
        self._resources = resources
        self._colours: dict[Mode, dict[str, QColor]] = {
            "light": {name: QColor(value) for name, value in tokens["colour"]["light"].items()},
            "dark": {name: QColor(value) for name, value in tokens["colour"]["dark"].items()},
        }
        self._radius: dict[str, int] = tokens["radius_px"]
        self._space: list[int] = tokens["space_px"]
        self._sizes: dict[str, int] = tokens["type_px"] | _MORE_SIZES
        self._fonts: dict[tuple[str, int], QFont] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self.mode: Mode = mode
        load_fonts(resources)

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are shown."""
        return self.mode == "dark"

    def set_mode(self, mode: Mode, app: QApplication) -> None:
        """Show the light or the dark colours from now on."""
        if mode == self.mode:
            return
        self.mode = mode
        self._pixmaps.clear()
        self.apply(app)
        self.changed.emit()

    def apply(self, app: QApplication) -> None:
        """Dress the application: the font once, as it visits every widget; palette and style sheet by mode."""
        if not app.property(_DRESSED):
            app.setProperty(_DRESSED, True)
            app.setFont(self.font("body"))
        app.setPalette(self.palette())
        sheet = style_sheet({name: colour.name() for name, colour in self._colours[self.mode].items()})
        if app.styleSheet() != sheet:
            app.setStyleSheet(sheet)

    def colour(self, token: str) -> QColor:
        """Return the colour of a token."""
        return self._colours[self.mode][token]

    def radius(self, name: str) -> int:
        """Return a corner radius in pixels: key, card, button or chip."""
        return self._radius[name]

    def space(self, step: int) -> int:
        """Return a space in pixels; the steps are 0 (4 px) to 5 (28 px)."""
        return self._space[step]

    def font(self, size: str, weight: int = REGULAR) -> QFont:
        """Return the typeface with tabular figures in a named size and a weight of 300 to 700."""
        key = (size, weight)
        if key not in self._fonts:
            self._fonts[key] = _font(self._sizes[size], weight)
        return self._fonts[key]

    def words_font(self, size: str, weight: int = REGULAR) -> QFont:
        """Return the typeface with figures as wide as they are, for names: tabular ones space hyphens out."""
        font = QFont(self.font(size, weight))
        font.unsetFeature(QFont.Tag(_TABULAR))
        return font

    def palette(self) -> QPalette:
        """Return Qt's palette in the colours of the tokens."""
        palette = QPalette()
        for role, token in _PALETTE.items():
            palette.setColor(role, self.colour(token))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("faint"))
        return palette

    def icon(self, name: str, token: str = "ink", size: int = 20) -> QIcon:
        """Return an icon in a token's colour; ask again when the theme has changed."""
        return QIcon(self.pixmap(name, token, size))

    def pixmap(self, name: str, token: str = "ink", size: int = 20, ratio: float = 2.0) -> QPixmap:
        """Return an icon's picture in a token's colour; an unknown name gives an empty one."""
        key = (name, token, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._drawn(name, token, size, ratio)
        return self._pixmaps[key]

    def _drawn(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        svg = svg_source(self._resources, name)
        if svg:
            painter = QPainter(pixmap)
            coloured = svg.replace("currentColor", self.colour(token).name())
            QSvgRenderer(QByteArray(coloured.encode())).render(painter, QRectF(0, 0, size, size))
            painter.end()
        return pixmap


def load_fonts(resources: Path) -> None:
    """Make the shipped typefaces known to Qt."""
    for path in sorted((resources / "fonts").glob("*/*.ttf")):
        _loaded(str(path))


@cache
def _loaded(path: str) -> int:
    return QFontDatabase.addApplicationFont(path)


@cache
def svg_source(resources: Path, name: str) -> str:
    """Return an icon's SVG text, empty where there is no such icon."""
    path = resources / "icons" / f"{name}.svg"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _font(pixels: int, weight: int) -> QFont:
    font = QFont(["Inter", "Noto Sans Arabic", "sans-serif"])
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(QFont.Tag(_TABULAR), 1)
    if pixels >= _LARGE:
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, _LARGE_SPACING)
    return font
