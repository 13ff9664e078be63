"""The sales log: tickets from the newest on, by day, person, payment and number; a ticket opens beside the list.

Shows pages that a `SalesDesk` reads off the window's thread, so that a million sales are as quick as ten.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QThreadPool, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout

from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.empty import Empty
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.page import Page
from seraphine_pos.ui.period import Period
from seraphine_pos.ui.sales_state import SalesDesk, SalesPage, SalesQuery
from seraphine_pos.ui.table import Table
from seraphine_pos.ui.table_state import TableState
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr, tr_count
from seraphine_pos.ui.theme import BOLD, Theme
from seraphine_pos.ui.ticket_panel import TicketPanel

TYPING_MS: Final = 250
_METHODS: Final = (("", "Tous les paiements"), ("cash", "Espèces"), ("card", "Carte"), ("other", "Autre"))


class Sales(Page):
    """A list on the left, the chosen ticket on the right."""

    refund = Signal(str)

    def __init__(self, theme: Theme, desk: SalesDesk, today: Callable[[], date], pool: QThreadPool) -> None:
        """Make an empty log."""
        super().__init__()
        self._desk = desk
        self._reading, self._opening, self._keeping = Task(pool, self), Task(pool, self), Task(pool, self)
        self._following: int | None = None
        self._named: tuple[str, ...] = ()
        self._title = Label(theme, tr("Ventes"), size="title", weight=BOLD)
        self._who = Label(theme, tone="muted")
        self._period = Period(theme, today)
        self._person = Choice(theme, tr("Personne"))
        self._method = Choice(theme, tr("Paiement"), tuple((key, tr(words)) for key, words in _METHODS))
        self._number = QLineEdit()
        self._related = Button(theme, "", icon="x")
        self._notice = Notice(theme)
        self._table = Table(theme, sortable=False)
        self._empty = Empty(theme, "receipt-text", centred=True)
        self._ticket = TicketPanel(theme)
        self.focus_first = self._table
        self._list = QStackedWidget()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._build()
        self._connect()

    def refresh(self) -> None:
        """Read the first page again, for whoever is signed in now."""
        sees_all = self._desk.sees_all()
        for filter_of_all in (self._period, self._person):
            filter_of_all.setVisible(sees_all and not self._named)
        self._who.setText("" if sees_all else tr("votre poste"))
        self._offer_people()
        self._read(None)

    def show_tickets(self, named: tuple[str, ...]) -> None:
        """Show certain tickets alone, by event id or number, until they are left."""
        self._named = named
        self._related.setText(tr_count(len(named), "{count} vente liée", "{count} ventes liées"))
        self._related.setVisible(bool(named))
        self.refresh()

    def show_query(self, query: SalesQuery) -> None:
        """Show the tickets of these days, of this person, paid in this way; or certain ones."""
        if query.span is not None:
            self._period.show_span(query.span)
        self._number.clear()
        self._offer_people()
        self._person.choose(query.operator_id)
        self._method.choose(query.method)
        self.show_tickets(query.named)

    def feed_changed(self, kinds: frozenset[str]) -> None:
        """Read again when people have changed their names."""
        if "staff" in kinds:
            self.refresh()

    def signed_out(self) -> None:
        """Put filters, list and open ticket away."""
        for task in (self._reading, self._opening, self._keeping):
            task.forget()
        self._typing.stop()
        self._number.clear()
        self._person.choose("")
        self._method.choose("")
        self._period.begin_anew()
        self._named, self._following = (), None
        self._related.hide()
        self._notice.hide()
        self._table.show_table(TableState())
        self._ticket.clear()

    def _build(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 18, 20, 18)
        page.setSpacing(14)
        page.addLayout(self._head())
        page.addWidget(self._notice)
        body = QHBoxLayout()
        body.setSpacing(14)
        card = Card(margins=(14, 6, 14, 8))
        card.box.addWidget(self._list)
        self._list.addWidget(self._table)
        self._list.addWidget(self._empty)
        self._empty.setProperty("frame", "")
        body.addWidget(card, 1)
        body.addWidget(self._ticket)
        page.addLayout(body, 1)

    def _head(self) -> QHBoxLayout:
        self._number.setPlaceholderText(tr("N° de ticket"))
        self._number.setClearButtonEnabled(True)
        self._number.setMaximumWidth(190)
        self._related.hide()
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title)
        head.addWidget(self._who)
        head.addStretch(1)
        for widget in (self._related, self._number, self._person, self._method, self._period):
            head.addWidget(widget)
        return head

    def _connect(self) -> None:
        self._period.chosen.connect(self.refresh)
        self._person.activated.connect(lambda _place: self._read(None))
        self._method.activated.connect(lambda _place: self._read(None))
        self._number.textEdited.connect(lambda _text: self._typing.start())
        self._number.textChanged.connect(self._on_number)
        self._typing.timeout.connect(lambda: self._read(None))
        self._related.clicked.connect(lambda: self.show_tickets(()))
        self._notice.pressed.connect(self.refresh)
        self._table.moved.connect(self._open)
        self._table.near_end.connect(self._read_on)
        self._ticket.refund.connect(self.refund)
        self._ticket.keep.connect(self._keep)

    def _offer_people(self) -> None:
        self._person.offer((("", tr("Toute l’équipe")), *self._desk.people()))

    def _on_number(self, number: str) -> None:
        """A number is looked for on all days, so the days that are named must not be others."""
        self._period.rest(tr("Toutes les dates") if number.strip() else "")

    def _query(self) -> SalesQuery:
        if self._named:
            return SalesQuery(named=self._named)
        wanted = SalesQuery(method=self._method.key, receipt=self._number.text().strip().upper())
        if not self._desk.sees_all():
            return wanted
        span = None if wanted.receipt else self._period.span
        return replace(wanted, span=span, operator_id=self._person.key)

    def _read(self, before: int | None) -> None:
        show = self._show if before is None else self._show_more
        self._reading.start(partial(self._desk.read, self._query(), before), show, self._show_failure)

    def _read_on(self) -> None:
        if self._following is not None:
            following, self._following = self._following, None
            self._read(following)

    def _show(self, page: SalesPage) -> None:
        self._notice.hide()
        self._following = page.following
        self._table.show_table(page.table)
        self._list.setCurrentWidget(self._table if page.table.rows else self._empty)
        self._empty.say(tr("Aucun ticket"), tr("Rien ne correspond à ces filtres sur cette caisse."))
        self._ticket.clear()
        self._table.choose_first()

    def _show_more(self, page: SalesPage) -> None:
        self._following = page.following
        self._table.add_rows(page.table)

    def _open(self, receipt: str) -> None:
        self._opening.start(partial(self._desk.open, receipt), self._ticket.show_ticket, self._show_failure)

    def _keep(self, receipt: str) -> None:
        self._keeping.start(partial(self._desk.keep, receipt), self._show_kept, self._show_failure)

    def _show_kept(self, path: Path) -> None:
        self._notice.say(tr("Ticket gardé en PDF"), str(path), surface="info")

    def _show_failure(self, failure: Failure) -> None:
        self._notice.say(tr("Cela n’a pas abouti."), tr(failure), action=tr("Réessayer"))
