"""The wizard's fourth page: who owns the shop, and the PIN that only this person knows."""

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

from seraphine_pos.ui.founding import NAME_MAX, Founding
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_page import WizardPage

_DIGITS = QRegularExpression("[0-9]{0,6}")


class WizardOwner(WizardPage):
    """A name, and a PIN entered twice without being shown."""

    def __init__(self, theme: Theme) -> None:
        """Make the page."""
        super().__init__(
            theme,
            tr("Le gérant"),
            tr(
                "Votre code ouvre la caisse et les rapports, et donne les accords. Gardez-le pour vous : "
                "il n’est écrit nulle part."
            ),
        )
        self._name, self._pin, self._again = QLineEdit(), QLineEdit(), QLineEdit()
        self._name.setMaxLength(NAME_MAX)
        self._name.setPlaceholderText(tr("par exemple Nadia El Idrissi"))
        for field, key in ((self._pin, "pin"), (self._again, "pin_again")):
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setValidator(QRegularExpressionValidator(_DIGITS, field))
            field.textEdited.connect(lambda text, told=key: self.told.emit({told: text}))
        self.add_fields(
            (tr("Votre nom"), self._name),
            (tr("Code, 4 à 6 chiffres"), self._pin),
            (tr("Le même code, encore une fois"), self._again),
        )
        self.box.addStretch(1)
        self._name.textEdited.connect(lambda text: self.told.emit({"owner": text}))

    def show_founding(self, founding: Founding) -> None:
        """Show what was entered."""
        shown = ((self._name, founding.owner), (self._pin, founding.pin), (self._again, founding.pin_again))
        for field, text in shown:
            if field.text() != text:
                field.setText(text)

    def begin(self) -> None:
        """Start at the name."""
        self._name.setFocus()
