"""The wizard's first page: in which language the till speaks."""

from seraphine_pos.ui.founding import Founding
from seraphine_pos.ui.option import Option
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_page import WizardPage


class WizardLanguage(WizardPage):
    """One answer a language that has a whole catalogue."""

    def __init__(self, theme: Theme, languages: tuple[tuple[str, str], ...]) -> None:
        """Make the page."""
        super().__init__(
            theme,
            tr("Bienvenue"),
            tr("En quelques minutes, cette caisse sera prête à vendre, même sans réseau. Dans quelle langue ?"),
        )
        self._options = [
            Option(theme, key, "languages", name, tr("Pour l’écran et les tickets")) for key, name in languages
        ]
        self.add_options(self._options, "language")
        self.box.addStretch(1)

    def show_founding(self, founding: Founding) -> None:
        """Show the chosen language."""
        for option in self._options:
            option.setChecked(option.key == founding.language)

    def begin(self) -> None:
        """Start at the chosen language."""
        next((option for option in self._options if option.isChecked()), self._options[0]).setFocus()
