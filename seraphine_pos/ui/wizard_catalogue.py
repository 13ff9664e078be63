"""The wizard's last page: where the first products come from."""

from collections.abc import Callable
from pathlib import Path

from seraphine_pos.ui.founding import Founding, Goods
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.option import Option
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_page import WizardPage


class WizardCatalogue(WizardPage):
    """Three answers; a file is asked for when its answer is chosen."""

    def __init__(self, theme: Theme, ask_file: Callable[[], Path | None]) -> None:
        """Make the page."""
        super().__init__(theme, tr("Le catalogue"), tr("Vous pourrez ajouter et corriger des articles à tout moment."))
        self._ask_file = ask_file
        self._options = [
            Option(
                theme, Goods.SAMPLE, "package", tr("Catalogue d’exemple"),
                tr("Environ 400 articles de pharmacie et d’épicerie, pour essayer"),
            ),
            Option(
                theme, Goods.FILE, "file-text", tr("Mon fichier CSV"),
                tr("Code-barres, nom, prix, TVA : une ligne par article"),
            ),
            Option(theme, Goods.LATER, "clock", tr("Plus tard"), tr("Commencer avec un catalogue vide")),
        ]  # fmt: skip
        for option in self._options:
            self.box.addWidget(option)
            option.clicked.connect(self._on_option)
        self._file = Label(theme, tone="muted", wraps=True)
        self.box.addWidget(self._file)
        self.box.addStretch(1)

    def show_founding(self, founding: Founding) -> None:
        """Show the answer, and which file."""
        for option in self._options:
            option.setChecked(option.key == founding.goods)
        named = founding.file is not None and founding.goods is Goods.FILE
        self._file.setText(tr("Fichier : {path}", path=founding.file) if named else "")

    def begin(self) -> None:
        """Start at the chosen answer."""
        next(option for option in self._options if option.isChecked()).setFocus()

    def _on_option(self) -> None:
        chosen = next(option for option in self._options if option.isChecked())
        fields: dict[str, object] = {"goods": Goods(chosen.key)}
        if chosen.key == Goods.FILE:
            fields["file"] = self._ask_file()
        self.told.emit(fields)
