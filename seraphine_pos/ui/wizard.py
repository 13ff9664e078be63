"""The first run: at most five steps from an empty PC to a till that sells, or two to a shop that exists.

Gathers a `Founding`; founding and joining are callables that work off the window's thread and say how far they are.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QThreadPool, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.domain.refusal import Failure, InvalidSetting, ServerUnavailable
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.founding import Founding, Step, back, forward
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.wizard_catalogue import WizardCatalogue
from seraphine_pos.ui.wizard_language import WizardLanguage
from seraphine_pos.ui.wizard_owner import WizardOwner
from seraphine_pos.ui.wizard_page import WizardPage
from seraphine_pos.ui.wizard_poster import WizardPoster
from seraphine_pos.ui.wizard_shop import WizardShop
from seraphine_pos.ui.wizard_store import WizardStore

Say = Callable[[str], None]
Work = Callable[[Founding, Say], str]

_FORM_PX: Final = 560
_STEPS: Final = ("Langue", "Nouveau ou existant", "Magasin", "Gérance", "Catalogue")


class Wizard(QWidget):
    """One page at a time beside the steps; `finished` tells that the till can be opened now."""

    finished = Signal()
    _said = Signal(str)

    def __init__(
        self,
        theme: Theme,
        found: Work,
        join: Work,
        ask_file: Callable[[], Path | None],
        languages: tuple[tuple[str, str], ...],
        pool: QThreadPool,
    ) -> None:
        """Begin at the first step; `found` and `join` run in the pool."""
        super().__init__()
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._found, self._join = found, join
        self._task = Task(pool, self)
        self._founding = Founding()
        self._poster = WizardPoster(theme)
        self._pages: dict[Step, WizardPage] = {
            Step.LANGUAGE: WizardLanguage(theme, languages),
            Step.SHOP: WizardShop(theme),
            Step.STORE: WizardStore(theme),
            Step.OWNER: WizardOwner(theme),
            Step.CATALOGUE: WizardCatalogue(theme, ask_file),
        }
        self._stack = QStackedWidget()
        self._notice = Notice(theme)
        self._bar = QProgressBar()
        self._words = Label(theme, tone="muted")
        self._back = Button(theme, tr("Retour"), icon="arrow-left")
        self._forward = Button(theme, "", kind="primary")
        self._build()
        self._connect()
        self._show(self._founding)

    def _build(self) -> None:
        form = QWidget()
        form.setFixedWidth(_FORM_PX)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 88, 0, 44)
        column.setSpacing(16)
        for page in self._pages.values():
            self._stack.addWidget(page)
        column.addWidget(self._notice)
        column.addWidget(self._stack, 1)
        column.addWidget(self._words)
        column.addWidget(self._bar)
        foot = QHBoxLayout()
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._forward)
        column.addLayout(foot)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._poster)
        row.addStretch(1)
        row.addWidget(form)
        row.addStretch(1)

    def _connect(self) -> None:
        self._back.clicked.connect(lambda: self._turn(back(self._founding)))
        self._forward.clicked.connect(self._on_forward)
        self._said.connect(lambda words: self._show(replace(self._founding, working=words)))
        for page in self._pages.values():
            page.told.connect(self._on_told)

    def _show(self, founding: Founding) -> None:
        self._founding = founding
        steps = tuple(tr(name) for name in (_STEPS[:2] if founding.joining else _STEPS))
        self._poster.show_steps(steps, founding.step)
        page = self._pages[founding.step]
        page.show_founding(founding)
        self._stack.setCurrentWidget(page)
        working = bool(founding.working)
        self._stack.setEnabled(not working and not founding.summary)
        self._words.setText(founding.working)
        self._words.setVisible(working)
        self._bar.setVisible(working)
        self._back.setVisible(founding.step > Step.LANGUAGE and not founding.summary)
        self._back.setEnabled(not working)
        self._forward.setEnabled(not working)
        self._forward.setText(_forward_words(founding))
        if founding.problem:
            self._notice.say(founding.problem)
        elif founding.summary:
            self._notice.say(tr("Le magasin est prêt."), founding.summary, surface="warn")
        else:
            self._notice.hide()

    def _turn(self, founding: Founding) -> None:
        self._show(founding)
        self._pages[founding.step].begin()

    def _on_told(self, fields: dict[str, Any]) -> None:
        self._show(replace(self._founding, problem="", **fields))

    def _on_forward(self) -> None:
        if self._founding.summary:
            self.finished.emit()
            return
        try:
            following = forward(self._founding)
        except Failure as failure:
            self._show_failure(failure)
            return
        if self._founding.last:
            self._work()
        else:
            self._turn(following)

    def _work(self) -> None:
        work = self._join if self._founding.joining else self._found
        self._show(replace(self._founding, working=tr("Préparation…"), problem=""))
        self._task.start(partial(work, self._founding, self._said.emit), self._done, self._show_failure)

    def _done(self, summary: str) -> None:
        self._show(replace(self._founding, working="" if summary else tr("Tout est prêt."), summary=summary))
        if not summary:
            self.finished.emit()

    def _show_failure(self, failure: Failure) -> None:
        self._show(replace(self._founding, working="", problem=_problem_words(failure)))


def _problem_words(failure: Failure) -> str:
    """A refused entry is named as its field is, not as a setting; a till that has never sold has no sales to send."""
    if type(failure) is ServerUnavailable:
        return tr(
            "Le serveur du magasin ne répond pas ({reason}). Vérifiez l’adresse et le réseau de ce PC, puis réessayez.",
            **failure.details,
        )
    if not isinstance(failure, InvalidSetting):
        return tr(failure)
    name = tr(str(failure.details["name"]))
    return f"{name[:1].upper()}{name[1:]}\xa0: {tr(str(failure.details['reason']))}."


def _forward_words(founding: Founding) -> str:
    if founding.summary:
        return tr("Ouvrir la caisse")
    if not founding.last:
        return tr("Continuer")
    return tr("Rejoindre le magasin") if founding.joining else tr("Ouvrir le magasin")
