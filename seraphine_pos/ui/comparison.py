"""How a figure is compared with the one before: in words, and whether that is good news.

Knows numbers and tones only.
"""

from dataclasses import dataclass
from enum import Enum

from seraphine_pos.domain.money import divide
from seraphine_pos.ui import text
from seraphine_pos.ui.label import Tone
from seraphine_pos.ui.text import tr

_FOLD_TENTHS = 10_000


class Wish(Enum):
    """Which way an owner hopes a figure goes."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A change in words and the tone it is shown in; `tenths` of a percent sort it, None where nothing was before."""

    words: str
    tone: Tone
    tenths: int | None


def compared(now: int, before: int, wish: Wish = Wish.UP) -> Comparison:
    """The change from before to now in percent; a change beyond tenfold is written as a multiple."""
    if now == before:
        return Comparison("=", "muted", 0 if before else None)
    if before <= 0:
        return Comparison(tr("nouveau"), "muted", None)
    tenths = divide((now - before) * 1000, before)
    words = f"×\u202f{text.whole(divide(now, before))}" if tenths >= _FOLD_TENTHS else text.percent(tenths, signed=True)
    return Comparison(words, _tone(tenths, wish), tenths)


def counted(now: int, before: int, wish: Wish = Wish.UP) -> Comparison:
    """The change of a count, as a count: +9."""
    tenths = divide((now - before) * 1000, before) if before > 0 else None
    words = "=" if now == before else ("+" if now > before else "") + text.whole(now - before)
    return Comparison(words, _tone(now - before, wish), tenths)


def _tone(change: int, wish: Wish) -> Tone:
    if wish is Wish.NONE or change == 0:
        return "muted"
    return "good" if (change > 0) is (wish is Wish.UP) else "warn"
