"""An observation about the shop: what, since when, how sure, from which run, and the sales under it."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.excerpt import Excerpt
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.pill import Pill
from seraphine_pos.ui.theme import SEMIBOLD, Theme

DETAIL_LINES: Final = 3
_LOOKS: Final = {
    "cashVariance": ("scale", "bad", "bad-soft"),
    "topSeller": ("trending-up", "info", "info-soft"),
    "watchlist": ("eye", "warn", "warn-soft"),
}
_STALE_LOOK: Final = {category: (icon, "faint", "line") for category, (icon, _tone, _tile) in _LOOKS.items()}
_OTHER_LOOK: Final = ("lightbulb", "brand", "brand-soft")


@dataclass(frozen=True, slots=True)
class InsightState:
    """One observation in words; `category` is the wire's name, `sales` what it stands on here.

    `link` says what opens; without `sales` it says where they are instead.
    """

    category: str
    category_name: str
    title: str
    detail: str
    confidence: str
    origin: str
    sales: tuple[str, ...] = ()
    link: str = ""
    stale: bool = False


class InsightCard(Card):
    """A card with one observation, greyed when it has not been renewed for long."""

    opened = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make a card without an observation."""
        super().__init__(parent, margins=(18, 14, 18, 12), spacing=7)
        self._sales: tuple[str, ...] = ()
        self._icon = Icon(theme, *_OTHER_LOOK[:2], size=18, tile=_OTHER_LOOK[2], tile_size=32)
        self._category = Label(theme, size="small", tone="muted")
        self._confidence = Pill(theme)
        self._title = Excerpt(theme, 1, size="line", weight=SEMIBOLD)
        self._detail = Excerpt(theme, DETAIL_LINES, tone="muted")
        self._origin = Label(theme, size="small", tone="muted")
        self._open = Button(theme, "", kind="link")
        self._elsewhere = Label(theme, size="small", tone="muted")
        self._open.clicked.connect(self._on_open)
        self._build()

    def _build(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(9)
        self._origin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head.addWidget(self._icon)
        head.addWidget(self._category, 1)
        head.addWidget(self._confidence)
        foot.addWidget(self._origin, 1)
        foot.addWidget(self._open)
        foot.addWidget(self._elsewhere)
        self._elsewhere.setMinimumHeight(self._open.sizeHint().height())
        self.box.addLayout(head)
        self.box.addWidget(self._title)
        self.box.addWidget(self._detail)
        self.box.addStretch(1)
        self.box.addLayout(foot)

    def show_insight(self, state: InsightState) -> None:
        """Show this observation."""
        self._sales = state.sales
        self._icon.show_icon(*(_STALE_LOOK if state.stale else _LOOKS).get(state.category, _OTHER_LOOK))
        self._category.setText(state.category_name)
        self._confidence.show_words(state.confidence)
        self._title.show_text(state.title)
        self._detail.show_text(state.detail)
        self._origin.setText(state.origin)
        self._open.setText(state.link)
        self._open.setVisible(bool(state.link and state.sales))
        self._elsewhere.setText(state.link)
        self._elsewhere.setVisible(bool(state.link and not state.sales))
        said = (state.category_name, state.title, state.detail, state.confidence, state.origin, state.link)
        self.setAccessibleName(". ".join(words.rstrip(".") for words in said if words))
        self._grey(stale=state.stale)

    def _grey(self, *, stale: bool) -> None:
        self.set_surface("raised" if stale else "card")
        self._title.set_tone("faint" if stale else "ink")
        self._detail.set_tone("faint" if stale else "muted")
        self._origin.set_tone("faint" if stale else "muted")

    def _on_open(self) -> None:
        self.opened.emit(self._sales)
