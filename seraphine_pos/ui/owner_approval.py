"""An owner's PIN in place: the sale stays where it is while the owner allows one thing."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from seraphine_pos.domain.refusal import Failure
from seraphine_pos.domain.staff import Operator
from seraphine_pos.ui import keys
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.person_card import PersonCard
from seraphine_pos.ui.pin_pad import PinPad
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import MEDIUM, SEMIBOLD, Theme

_PROBLEM_HEIGHT: Final = 26
Verify = Callable[[str, str], Operator]
"""Returns the owner of a staff id and a PIN; raises a Refusal."""


class OwnerApproval(Card):
    """Owners, a PIN pad and what is asked for; `then` goes on with the owner who said yes."""

    def __init__(
        self, theme: Theme, verify: Verify, on_leave: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, margins=(28, 20, 28, 20), spacing=12)
        self._theme = theme
        self._verify = verify
        self._then: Callable[[Operator], None] = lambda _owner: None
        self._cards: list[PersonCard] = []
        self._title = Label(theme, tr("Accord du gérant"), size="title", weight=SEMIBOLD)
        self._what = Label(theme, "", tone="muted", wraps=True)
        self._problem = Label(theme, "", weight=MEDIUM, tone="bad", wraps=True)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem.setMinimumHeight(_PROBLEM_HEIGHT)
        self._people = QHBoxLayout()
        self._people.setSpacing(10)
        self._pad = PinPad(theme, key_height=56)
        self._pad.setFixedWidth(330)
        self._pad.entered.connect(self._entered)
        self.setFocusProxy(self._pad)
        leave = KeyButton(theme, tr("Revenir à la vente"), key=keys.BACK.printed)
        leave.clicked.connect(on_leave)
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(Icon(theme, "key-round", "brand", tile="brand-soft", size=22))
        heading.addWidget(self._title)
        heading.addStretch()
        heading.addWidget(leave)
        self.box.addLayout(heading)
        self.box.addWidget(self._what)
        middle = QVBoxLayout()
        middle.setSpacing(14)
        middle.addLayout(self._people)
        middle.addWidget(self._pad, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addWidget(self._problem)
        self.box.addStretch()
        self.box.addLayout(middle)
        self.box.addStretch()

    def ask(self, what: str, owners: Sequence[Operator], then: Callable[[Operator], None]) -> None:
        """Ask for an owner's yes to one thing."""
        self._then = then
        self._what.setText(what)
        self._problem.setText("")
        self._pad.clear()
        self._show_owners(owners)
        self._pad.setFocus()

    def show_problem(self, words: str) -> None:
        """Say why there is no yes."""
        self._problem.setText(words)

    def _show_owners(self, owners: Sequence[Operator]) -> None:
        while (item := self._people.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._cards = [PersonCard(self._theme, owner) for owner in owners]
        self._people.addStretch()
        for card in self._cards:
            card.setFixedWidth(140)
            card.clicked.connect(self._pad.setFocus)
            self._people.addWidget(card)
        self._people.addStretch()
        if self._cards:
            self._cards[0].setChecked(True)

    def _entered(self, pin: str) -> None:
        chosen = next((card.person for card in self._cards if card.isChecked()), None)
        if chosen is None:
            return
        try:
            owner = self._verify(chosen.staff_id, pin)
        except Failure as failure:
            self.show_problem(tr(failure))
            return
        self._then(owner)
