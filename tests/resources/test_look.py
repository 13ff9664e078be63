"""The look's raw material: every icon is a drawing, every font loads, every text is readable on its ground."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

RESOURCES = Path(__file__).parents[2] / "resources"
ICONS = sorted((RESOURCES / "icons").glob("*.svg"))
FONTS = sorted((RESOURCES / "fonts").glob("*/*.ttf"))
SVG = "{http://www.w3.org/2000/svg}svg"
FONT_BYTES_MAX = 4_000_000
SOUND_BYTES_MAX = 30_000
CONTRAST_MIN = 4.5
TEXT_ON_GROUND = [
    ("ink", "bg"), ("ink", "surface"), ("ink", "raised"), ("muted", "surface"), ("muted", "bg"),
    ("faint", "surface"), ("brand-ink", "brand"), ("brand-deep", "brand-soft"), ("warn", "surface"),
    ("bad", "surface"), ("info", "info-soft"), ("good", "surface"), ("ink", "bad-soft"),
]  # fmt: skip


@pytest.fixture(scope="module")
def families(qapp: QApplication) -> Iterator[dict[str, set[str]]]:
    assert qapp is not None
    loaded = {path: QFontDatabase.addApplicationFont(str(path)) for path in FONTS}
    yield {path.name: set(QFontDatabase.applicationFontFamilies(number)) for path, number in loaded.items()}
    for number in loaded.values():
        QFontDatabase.removeApplicationFont(number)


def test_there_are_icons_and_fonts_at_all() -> None:
    assert len(ICONS) > 80
    assert len(FONTS) == 8
    assert sum(path.stat().st_size for path in FONTS) < FONT_BYTES_MAX


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_an_svg_that_takes_its_colour_from_the_theme(path: Path) -> None:
    root = ET.parse(path).getroot()  # noqa: S314 (a file of this repository)
    assert root.tag == SVG
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke") == "currentColor"
    assert len(root) > 0
    assert QSvgRenderer(str(path)).isValid()


@pytest.mark.parametrize("folder", ["icons", "fonts/inter", "fonts/noto-sans-arabic"])
def test_what_others_made_stands_beside_its_licence(folder: str) -> None:
    texts = [path.read_text("utf-8") for path in (RESOURCES / folder).glob("*.txt")]
    assert any("Copyright" in text for text in texts)
    assert folder in (RESOURCES / "LICENCES.md").read_text("utf-8")


def test_the_fonts_carry_the_families_that_the_theme_names(families: dict[str, set[str]]) -> None:
    for name, found in families.items():
        assert ("Inter" if name.startswith("Inter") else "Noto Sans Arabic") in found


@pytest.mark.parametrize("weight", [300, 400, 500, 600, 700])
@pytest.mark.usefixtures("families")
def test_inter_has_each_weight_and_figures_of_one_width(weight: int) -> None:
    font = QFont("Inter")
    font.setPixelSize(40)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    metrics = QFontMetricsF(font)
    assert QFontInfo(font).family() == "Inter"
    assert QFontInfo(font).weight() == weight
    assert len({metrics.horizontalAdvance(figure * 4) for figure in "0123456789"}) == 1


def test_the_logo_is_drawn_and_painted() -> None:
    assert QSvgRenderer(str(RESOURCES / "logo.svg")).isValid()
    assert QImage(str(RESOURCES / "logo.png")).width() == 256


@pytest.mark.parametrize("name", ["scan", "unknown", "problem"])
def test_a_sound_is_short_and_heard(name: str) -> None:
    path = RESOURCES / "sounds" / f"{name}.wav"
    assert path.stat().st_size < SOUND_BYTES_MAX
    with wave.open(str(path)) as sound:
        frames = sound.readframes(sound.getnframes())
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
    samples = memoryview(frames).cast("h")
    assert max(samples) > 8000


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_readable_on_its_ground(theme: str, text: str, ground: str) -> None:
    colours = json.loads((RESOURCES / "theme/tokens.json").read_text("utf-8"))["colour"][theme]
    dark, light = sorted((luminance(colours[text]), luminance(colours[ground])))
    assert (light + 0.05) / (dark + 0.05) >= CONTRAST_MIN


def test_both_themes_name_the_same_colours() -> None:
    colours = json.loads((RESOURCES / "theme/tokens.json").read_text("utf-8"))["colour"]
    assert colours["light"].keys() == colours["dark"].keys()
