"""The wizard's second page: a new shop, or one that exists, joined with a code."""

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from seraphine_pos.ui.founding import Founding
from seraphine_pos.ui.option import Option
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_page import WizardPage

_NEW = "new"
_JOIN = "join"


class WizardShop(WizardPage):
    """Two answers; joining asks for the server and the code, and for nothing else."""

    def __init__(self, theme: Theme) -> None:
        """Make the page."""
        super().__init__(theme, tr("Votre magasin"), tr("Ce PC tient le magasin, ou rejoint celui qui existe déjà."))
        self._options = [
            Option(theme, _NEW, "store", tr("Nouveau magasin"), tr("Ce PC garde tout : ventes, catalogue, rapports")),
            Option(
                theme, _JOIN, "link", tr("Rejoindre un magasin"), tr("Avec un code donné par le serveur du magasin")
            ),
        ]
        for option in self._options:
            self.box.addWidget(option)
            option.clicked.connect(self._on_option)
        self._server, self._code = QLineEdit(), QLineEdit()
        self._server.setPlaceholderText(tr("inutile avec une chaîne « seraphine:… »"))
        self._code.setPlaceholderText(tr("donné par « seraphine-server enrol-code »"))
        self._server.textEdited.connect(lambda text: self.told.emit({"server": text}))
        self._code.textEdited.connect(lambda text: self.told.emit({"code": text}))
        self._joining = QWidget()
        inner = QVBoxLayout(self._joining)
        inner.setContentsMargins(0, 6, 0, 0)
        outer, self.box = self.box, inner
        self.add_fields(
            (tr("Adresse du serveur"), self._server), (tr("Chaîne ou code, valable 15 minutes"), self._code)
        )
        self.box = outer
        self.box.addWidget(self._joining)
        self.box.addStretch(1)

    def show_founding(self, founding: Founding) -> None:
        """Show the answer, and the fields of joining only where they are wanted."""
        for option in self._options:
            option.setChecked((option.key == _JOIN) is founding.joining)
        self._joining.setVisible(founding.joining)
        _show(self._server, founding.server)
        _show(self._code, founding.code)

    def begin(self) -> None:
        """Start at the chosen answer."""
        next(option for option in self._options if option.isChecked()).setFocus()

    def _on_option(self) -> None:
        chosen = next(option for option in self._options if option.isChecked())
        self.told.emit({"joining": chosen.key == _JOIN})


def _show(field: QLineEdit, text: str) -> None:
    """Show a text without moving the cursor of somebody who types it."""
    if field.text() != text:
        field.setText(text)
