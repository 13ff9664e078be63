"""A product that the till does not know yet: name, price and tax, in place of the cart."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QWidget

from seraphine_pos.domain.barcode import shown
from seraphine_pos.domain.money import parse_amount
from seraphine_pos.domain.product import NAME_MAX
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.domain.tax import Tax
from seraphine_pos.ui import keys, text
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import MEDIUM, SEMIBOLD, Theme


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds; the price in minor units."""

    code: str
    name: str
    price: int
    tax_code: str


def _tax_words(tax: Tax) -> str:
    """Return a tax's name, with its rate where the name does not say it already."""
    rate = text.rate(tax.rate)
    said = "".join(rate.split()) in "".join(tax.name.split())
    return tax.name if said else f"{tax.name} · {rate}"


class ProductForm(Card):
    """A form of four fields; `saved` tells a draft, `left` that the person went back."""

    saved = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, currency: str, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, margins=(28, 24, 28, 24), spacing=14)
        self._decimals = decimals
        self._code = ""
        self._shown_code = Label(theme, "", size="line", weight=SEMIBOLD)
        self._name = QLineEdit()
        self._name.setMaxLength(NAME_MAX)
        self._price = QLineEdit()
        self._price.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._price.setMaximumWidth(200)
        self._tax = QComboBox()
        self._tax.setMaximumWidth(320)
        self._problem = Label(theme, "", size="body", weight=MEDIUM, tone="bad", wraps=True)
        self.setFocusProxy(self._name)
        self.box.addWidget(Label(theme, tr("Nouvel article"), size="title", weight=SEMIBOLD))
        words = tr("Il sera dans la vente dès qu’il est créé, et sur toutes les caisses après l’envoi.")
        self.box.addWidget(Label(theme, words, tone="muted", wraps=True))
        self.box.addSpacing(6)
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(12)
        price_words = tr("Prix ({currency})", currency=currency)
        for caption, field in (
            (tr("Code"), self._shown_code),
            (tr("Nom"), self._name),
            (price_words, self._price),
            (tr("Taxe"), self._tax),
        ):  # fmt: skip
            label = Label(theme, caption, tone="muted")
            label.setMinimumHeight(44)
            field.setMinimumHeight(44)
            form.addRow(label, field)
        self.box.addLayout(form)
        self.box.addWidget(self._problem)
        self.box.addStretch()
        self.box.addLayout(self._keys(theme))

    def begin(self, code: str, taxes: Sequence[Tax], name: str = "") -> None:
        """Begin a product for this code, which may be empty."""
        self._code = code
        self._shown_code.setText(shown(code) or tr("sans code"))
        self._name.setText(name)
        self._price.clear()
        self._problem.setText("")
        self._tax.clear()
        for tax in taxes:
            self._tax.addItem(_tax_words(tax), tax.code)
        self._name.setFocus()

    def show_problem(self, words: str) -> None:
        """Say why it was not saved."""
        self._problem.setText(words)

    def save(self) -> None:
        """Tell what the form holds, or what is wrong with it."""
        try:
            price = parse_amount(self._price.text(), self._decimals)
        except Failure as failure:
            self.show_problem(tr(failure))
            self._price.setFocus()
            return
        self.saved.emit(Draft(self._code, self._name.text(), price, str(self._tax.currentData() or "")))

    def _keys(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        save = KeyButton(theme, tr("Créer l’article"), key=keys.SECOND_CHOICE.printed, kind="primary")
        leave = KeyButton(theme, tr("Revenir à la vente"), key=keys.BACK.printed)
        save.clicked.connect(self.save)
        leave.clicked.connect(self.left)
        row.addWidget(save)
        row.addWidget(leave)
        row.addStretch()
        return row
