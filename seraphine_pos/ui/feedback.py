"""A word about the till: what it is about, how it felt, and the words; kept even without a network."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPlainTextEdit, QWidget

from seraphine_pos.domain.feedback import MESSAGE_MAX, Message, Scope, Sentiment
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme

_WORDS_PX: Final = 96
_SCOPES: Final = (
    (Scope.POS, "La caisse"),
    (Scope.SALES_LOG, "Les ventes"),
    (Scope.DASHBOARD, "L’accueil et les rapports"),
    (Scope.SETTINGS, "Les réglages"),
)
_SENTIMENTS: Final = (
    (Sentiment.POSITIVE, "smile", "Bien"),
    (Sentiment.NEUTRAL, "meh", "Moyen"),
    (Sentiment.NEGATIVE, "frown", "Pas bien"),
)
_BY_DEFAULT: Final = 1


class Feedback(Card):
    """A form that stays open for the next word; `sent` tells that one was kept."""

    sent = Signal()

    def __init__(self, theme: Theme, submit: Callable[[Message], object], parent: QWidget | None = None) -> None:
        """Make an empty form."""
        super().__init__(parent, margins=(18, 14, 18, 14), spacing=10)
        self._submit = submit
        self._sale_id: str | None = None
        self._feelings = QButtonGroup(self)
        self._scope = Choice(theme, tr("De quoi s’agit-il ?"), tuple((key.value, tr(words)) for key, words in _SCOPES))
        self._words = QPlainTextEdit()
        self._send = Button(theme, tr("Envoyer"), kind="primary")
        self._said = Label(theme, size="small", tone="muted", wraps=True)
        self.box.addWidget(Label(theme, tr("Un mot sur la caisse ?"), weight=SEMIBOLD))
        self._build(theme)
        self._words.textChanged.connect(self._on_typed)
        self._send.clicked.connect(self._on_send)
        self._on_typed()

    def about(self, scope: Scope, sale_id: str | None = None) -> None:
        """Speak of this part of the till, perhaps of one sale."""
        self._scope.choose(scope.value)
        self._sale_id = sale_id

    @property
    def has_words(self) -> bool:
        """Whether something is written and not sent yet."""
        return bool(self._words.toPlainText().strip())

    def begin(self) -> None:
        """Put the cursor into the words."""
        self._words.setFocus()

    def begin_anew(self) -> None:
        """Forget the words, how they felt and what was said about them: they are one person's."""
        self._words.clear()
        self._feelings.button(_BY_DEFAULT).setChecked(True)
        self._said.setText("")

    def _build(self, theme: Theme) -> None:
        feelings = QHBoxLayout()
        feelings.setSpacing(8)
        for place, (_sentiment, icon, words) in enumerate(_SENTIMENTS):
            button = Button(theme, tr(words), icon=icon)
            button.setCheckable(True)
            button.setChecked(place == _BY_DEFAULT)
            self._feelings.addButton(button, place)
            feelings.addWidget(button, 1)
        self._words.setPlaceholderText(tr("Ce qui vous aide, ce qui vous ralentit…"))
        self._words.setAccessibleName(tr("Votre mot"))
        self._words.setTabChangesFocus(True)
        self._words.setMinimumHeight(_WORDS_PX)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self._said, 1)
        foot.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        self.box.addLayout(feelings)
        self.box.addWidget(self._scope)
        self.box.addWidget(self._words, 1)
        self.box.addLayout(foot)

    def _on_typed(self) -> None:
        left = MESSAGE_MAX - len(self._words.toPlainText())
        self._send.setEnabled(bool(self._words.toPlainText().strip()) and left >= 0)
        if left < 0:
            self._say(tr("{count} caractères de trop", count=-left), "bad")

    def _on_send(self) -> None:
        sentiment = _SENTIMENTS[self._feelings.checkedId()][0]
        try:
            self._submit(Message(Scope(self._scope.key), sentiment, self._words.toPlainText(), self._sale_id))
        except Failure as failure:
            self._say(tr(failure), "bad")
            return
        self._words.clear()
        self._say(tr("Merci, c’est noté. Le gérant le lira, même si le réseau est coupé maintenant."), "good")
        self.sent.emit()

    def _say(self, words: str, tone: str) -> None:
        self._said.setText(words)
        self._said.set_tone("bad" if tone == "bad" else "good")
