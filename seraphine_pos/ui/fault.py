"""The last resort: a bug, logged whole by then, is told once, with what it means and where the log is."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class FaultDialog(QDialog):
    """A dialog that no scanner can close: its button takes no focus, and Enter does nothing."""

    def __init__(self, theme: Theme, fault: str, log: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Erreur du programme"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(580)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 26, 28, 24)
        column.setSpacing(14)
        heading = QHBoxLayout()
        heading.setSpacing(14)
        heading.addWidget(Icon(theme, "bug", "bad", size=24, tile="bad-soft", tile_size=46))
        heading.addWidget(Label(theme, tr("Le programme a rencontré une erreur"), size="title", weight=SEMIBOLD), 1)
        column.addLayout(heading)
        meaning = tr(
            "Les ventes déjà enregistrées sont sur le disque et la vente en cours est gardée. Vous pouvez continuer ; "
            "si l’écran ne répond plus comme il faut, fermez la caisse et rouvrez-la."
        )
        column.addWidget(Label(theme, meaning, tone="muted", wraps=True))
        column.addWidget(Label(theme, fault, size="small", weight=SEMIBOLD, wraps=True))
        if log:
            column.addWidget(
                Label(theme, tr("Détails pour l’assistance : {path}", path=log), size="small", tone="muted", wraps=True)
            )
        go_on = KeyButton(theme, tr("Continuer"), key=tr("Échap"), kind="primary")
        go_on.clicked.connect(self.accept)
        column.addWidget(go_on, 0, Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Enter and Tab alone."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            super().keyPressEvent(event)
