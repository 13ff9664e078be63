"""The wizard's third page: the shop's name, its money, and its place in time."""

from typing import Final

from PySide6.QtWidgets import QLineEdit

from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.founding import NAME_MAX, Founding
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_page import WizardPage

CURRENCIES: Final = (
    ("MAD", "Dirham marocain (MAD)"),
    ("EUR", "Euro (EUR)"),
    ("XOF", "Franc CFA, Afrique de l’Ouest (XOF)"),
    ("XAF", "Franc CFA, Afrique centrale (XAF)"),
    ("TND", "Dinar tunisien (TND)"),
    ("DZD", "Dinar algérien (DZD)"),
    ("CHF", "Franc suisse (CHF)"),
    ("CAD", "Dollar canadien (CAD)"),
    ("GBP", "Livre sterling (GBP)"),
    ("USD", "Dollar américain (USD)"),
)
TIME_ZONES: Final = (
    ("Africa/Casablanca", "Casablanca, Rabat"),
    ("Africa/Tunis", "Tunis"),
    ("Africa/Algiers", "Alger"),
    ("Africa/Dakar", "Dakar"),
    ("Africa/Abidjan", "Abidjan"),
    ("Africa/Douala", "Douala, Libreville"),
    ("Europe/Paris", "Paris"),
    ("Europe/Brussels", "Bruxelles"),
    ("Europe/Zurich", "Genève, Zurich"),
    ("Europe/London", "Londres"),
    ("America/Toronto", "Montréal, Toronto"),
    ("Indian/Reunion", "La Réunion"),
    ("UTC", "Temps universel (UTC)"),
)
_ZONE_OF: Final = {
    "MAD": "Africa/Casablanca",
    "EUR": "Europe/Paris",
    "XOF": "Africa/Dakar",
    "XAF": "Africa/Douala",
    "TND": "Africa/Tunis",
    "DZD": "Africa/Algiers",
    "CHF": "Europe/Zurich",
    "CAD": "America/Toronto",
    "GBP": "Europe/London",
}


class WizardStore(WizardPage):
    """A name and two choices; choosing a currency proposes its time zone."""

    def __init__(self, theme: Theme) -> None:
        """Make the page."""
        super().__init__(
            theme, tr("Le magasin"), tr("Ces informations figurent sur les tickets. La monnaie ne change plus ensuite.")
        )
        self._name = QLineEdit()
        self._name.setMaxLength(NAME_MAX)
        self._name.setPlaceholderText(tr("par exemple Pharmacie Al Amal"))
        self._currency = Choice(theme, tr("Monnaie"), CURRENCIES)
        self._zone = Choice(theme, tr("Fuseau horaire"), TIME_ZONES)
        self.add_fields(
            (tr("Nom du magasin"), self._name),
            (tr("Monnaie"), self._currency),
            (tr("Fuseau horaire"), self._zone),
        )
        self.box.addStretch(1)
        self._name.textEdited.connect(lambda text: self.told.emit({"name": text}))
        self._currency.activated.connect(self._on_currency)
        self._zone.activated.connect(lambda _place: self.told.emit({"time_zone": self._zone.key}))

    def show_founding(self, founding: Founding) -> None:
        """Show what was entered."""
        if self._name.text() != founding.name:
            self._name.setText(founding.name)
        self._currency.choose(founding.currency)
        self._zone.choose(founding.time_zone)

    def begin(self) -> None:
        """Start at the name."""
        self._name.setFocus()

    def _on_currency(self, _place: int) -> None:
        currency = self._currency.key
        self.told.emit({"currency": currency, "time_zone": _ZONE_OF.get(currency, self._zone.key)})
