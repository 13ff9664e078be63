"""Giving back: find a ticket by number, scan or the last ones, choose its lines, say how, confirm."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QSizePolicy, QStackedWidget, QWidget

from seraphine_pos.domain import barcode
from seraphine_pos.domain.refund import lines_of
from seraphine_pos.domain.refusal import Failure, NothingToRefund
from seraphine_pos.domain.sale import Method
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop
from seraphine_pos.till.refund import Refundable
from seraphine_pos.ui import keys, text, till_words
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.recent_tickets import RecentTickets
from seraphine_pos.ui.refund_lines import RefundLines
from seraphine_pos.ui.strip import Choice, Notice, Strip
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme

RECENT: int = 20
_METHODS = {Method.CASH: "en espèces", Method.CARD: "sur la carte", Method.OTHER: "autrement"}


class _Field(QLineEdit):
    """The field of the ticket's number; up and down go to the list below."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the arrows away."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class RefundView(Card):
    """First the tickets, then the lines of one; `refunded` tells the new ticket, `total` what would be given back."""

    refunded = Signal(object)
    total = Signal(object)  # an int of Qt has 32 bits, an amount may have more
    trouble = Signal()
    left = Signal()

    def __init__(self, theme: Theme, shop: Shop, parent: QWidget | None = None) -> None:
        super().__init__(parent, margins=(1, 16, 1, 12), spacing=10)
        self._shop = shop
        self._currency = shop.store.currency.code
        self._decimals = shop.store.currency.decimals
        self._found: Refundable | None = None
        self._event_id = ""
        self._title = Label(theme, tr("Retour d’articles"), size="title", weight=SEMIBOLD)
        self._said = Label(theme, "", tone="muted")
        self._said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._field = _Field()
        self._field.stepped.connect(self.step)
        self._field.setPlaceholderText(tr("Numéro du ticket, ou scannez-le"))
        self._field.setFixedWidth(300)
        self._field.returnPressed.connect(self._typed)
        self._strip = Strip(theme, self._leave_strip)
        self._strip.hide()
        self._recent = RecentTickets(theme)
        self._recent.picked.connect(self.open_ticket)
        self._lines = RefundLines(theme, self._decimals)
        self._lines.changed.connect(self._changed)
        self._stack = QStackedWidget()
        for widget in (self._recent, self._lines):
            self._stack.addWidget(_scrolled(widget))
        self.setFocusProxy(self._field)
        self.box.addLayout(self._heading())
        around = QHBoxLayout()
        around.setContentsMargins(12, 0, 12, 0)
        around.addWidget(self._strip)
        self.box.addLayout(around)
        self.box.addWidget(self._stack, 1)
        self.box.addLayout(self._foot(theme))

    def open(self) -> None:
        """Begin: show the last tickets."""
        self._found = None
        self._leave_strip()
        self._field.clear()
        self._said.setText(tr("Le ticket, puis les articles qui reviennent."))
        today = local_time(self._shop.clock.now_ms(), self._shop.store.time_zone).date()
        try:
            tickets = self._shop.sales.recent(RECENT)
        except Failure as failure:
            self._fail(failure)
            tickets = []
        times = [local_time(ticket.at_ms, self._shop.store.time_zone) for ticket in tickets]
        self._recent.show_tickets(tickets, times, today, self._currency, self._decimals)
        self._stack.setCurrentIndex(0)
        self._all.hide()
        self._take.show()
        self.total.emit(0)
        self._field.setFocus()

    def open_ticket(self, receipt: str) -> None:
        """Open a ticket by its number; a scan may do this, it never confirms anything."""
        try:
            found = self._shop.refunds.find(receipt)
        except Failure as failure:
            self._fail(failure)
            return
        self._leave_strip()
        self._found = found
        self._event_id = self._shop.refunds.new_id()
        at = local_time(found.ticket.at_ms, self._shop.store.time_zone)
        today = local_time(self._shop.clock.now_ms(), self._shop.store.time_zone).date()
        self._said.setText(f"{found.ticket.where.receipt} · {text.moment(at, today)}")
        self._lines.show_ticket(found)
        self._stack.setCurrentIndex(1)
        self._all.show()
        self._take.hide()
        self._lines.setFocus()

    @property
    def has_ticket(self) -> bool:
        """Whether the lines of a ticket are shown."""
        return self._found is not None

    def choose_code(self, code: str) -> bool:
        """Choose the line of a scanned article; say so where the open ticket does not have it."""
        product = self._shop.catalogue.find(code)
        if product is not None and self._lines.choose_product(product.product_id):
            return True
        if product is not None and self._lines.holds(product.product_id):
            self._ask(till_words.all_chosen(product.name, is_left=self._lines.can_choose(product.product_id)))
        else:
            self._ask(till_words.not_on_ticket(barcode.shown(barcode.key_of(code))))
        return False

    def give_back(self, method: Method) -> None:
        """Ask once whether to give this back, then do it."""
        if self._found is None or not self._lines.choices:
            self._fail(NothingToRefund())
            return
        total = text.money(self._total(), self._currency, self._decimals)
        question = tr("Rembourser {total} {how} ?", total=total, how=tr(_METHODS[method]))
        choice = Choice(tr("Rembourser"), keys.FIRST_CHOICE, lambda: self._confirmed(method), "danger")
        self._ask(
            Notice(
                question, tr("Le retour est noté avec votre nom."), tone="warn", choices=(choice,), leave=tr("Revenir")
            )
        )

    def take(self) -> None:
        """Open the marked ticket; with one open, go to its lines."""
        if self._found is None:
            self._recent.pick()
        else:
            self._lines.setFocus()

    def step(self, by: int) -> None:
        """Move the mark among the tickets."""
        if self._found is None:
            self._recent.step(by)

    def choose(self, place: int) -> None:
        """Take a choice of the strip."""
        if not self._strip.isHidden():
            self._strip.choose(place)

    def back(self) -> None:
        """Go back one step: from the strip, from the lines, from the page."""
        if not self._strip.isHidden():
            self._leave_strip()
        elif self._found is not None:
            self.open()
        else:
            self.left.emit()

    def choose_all(self) -> None:
        """Choose all that can still come back."""
        self._lines.choose_all()

    def _confirmed(self, method: Method) -> None:
        if self._found is None:
            return
        try:
            ticket = self._shop.refunds.refund(self._found, self._lines.choices, method, event_id=self._event_id)
        except Failure as failure:
            self._fail(failure)
            return
        self._found = None
        self._leave_strip()
        self.refunded.emit(ticket)

    def _total(self) -> int:
        if self._found is None or not self._lines.choices:
            return 0
        lines = lines_of(self._found.ticket, self._lines.choices, self._found.given)
        return sum(line.amount for line in lines)

    def _changed(self) -> None:
        self._leave_strip()
        self.total.emit(self._total())

    def _typed(self) -> None:
        typed = self._field.text().strip()
        if typed:
            self.open_ticket(typed)

    def _fail(self, failure: Failure) -> None:
        self._ask(till_words.problem(failure, self._currency, self._decimals))
        self.trouble.emit()

    def _ask(self, notice: Notice) -> None:
        self._strip.show_notice(notice)
        self._strip.show()

    def _leave_strip(self) -> None:
        self._strip.hide()

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(20, 0, 16, 0)
        row.setSpacing(14)
        row.addWidget(self._title)
        row.addWidget(self._said, 1)
        row.addWidget(self._field)
        return row

    def _foot(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._all = KeyButton(theme, tr("Tout le ticket"), key=keys.QUANTITY.printed, icon="check")
        self._all.clicked.connect(self.choose_all)
        self._take = KeyButton(theme, tr("Ouvrir ce ticket"), key=keys.CHOOSE.printed, icon="receipt-text")
        self._take.clicked.connect(self.take)
        back = KeyButton(theme, tr("Revenir"), key=keys.BACK.printed, icon="arrow-left")
        back.clicked.connect(self.back)
        row.addWidget(self._take)
        row.addWidget(self._all)
        row.addStretch()
        row.addWidget(back)
        return row


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area
