"""What the window holds once the shop is open: sign-in, then rail, chips and pages.

Routes scans and knows who is there; decides nothing of the shop.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from seraphine_pos.devices.sound import Sound
from seraphine_pos.domain.refusal import Failure, StorageDamaged
from seraphine_pos.domain.shift import local_time
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.shop import Shop
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui import keys, places
from seraphine_pos.ui.person_card import role_words
from seraphine_pos.ui.places import Makings, landing, make_page, open_to
from seraphine_pos.ui.shell import Shell
from seraphine_pos.ui.shortcuts import bind
from seraphine_pos.ui.sign_in import SignIn
from seraphine_pos.ui.sync_words import sync_words
from seraphine_pos.ui.text import short_name, tr
from seraphine_pos.ui.till import Till

if TYPE_CHECKING:  # loaded when they are first asked for
    from seraphine_pos.ui.feedback_sheet import FeedbackSheet
    from seraphine_pos.ui.help_sheet import HelpSheet

TICK_MS = 1000


class Window(QStackedWidget):
    """Sign-in and shell, one over the other."""

    mode_chosen = Signal(str)

    def __init__(self, makings: Makings, sound: Sound, hint: str = "") -> None:
        super().__init__()
        shop = makings.shop
        self._makings = makings
        self._shop: Shop = shop
        self._sound = sound
        self._state = SyncState()
        self._last_person = ""
        self._heard = False
        self._sheet: FeedbackSheet | None = None
        self._help: HelpSheet | None = None
        ready = tr("Caisse {label} · prête, même sans réseau", label=shop.settings.till_label)
        self.sign_in = SignIn(makings.theme, shop.store.name, ready)
        self.sign_in.show_notice(hint)
        self.shell = Shell(makings.theme, self._made)
        self.addWidget(self.sign_in)
        self.addWidget(self.shell)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        self.sign_in.signing_in.connect(self._sign_in)
        self.shell.rail.leaving.connect(self.lock)
        self.shell.rail.went.connect(self._put_sheet_aside)
        bind(self.shell, {keys.HELP: self._toggle_help, keys.LOCK: self.lock})
        self.shell.status.show_scanner(heard=False)
        self.shell.status.show_printer(tr("Tickets en PDF"), "good")
        self.setFocusProxy(self.sign_in)
        self._lock_screen()

    @property
    def till(self) -> Till:
        """The till's page."""
        page = self.shell.page(places.TILL)
        assert isinstance(page, Till)  # noqa: S101  the table of places says so
        return page

    def is_at_rest(self) -> bool:
        """Tell whether no page waits for an answer."""
        return self._makings.pool.activeThreadCount() == 0

    def has_tried_server(self) -> bool:
        """Tell whether the server has answered, or could not be reached."""
        return self._state.reachable or self._state.problem is not None

    def scanned(self, code: str) -> None:
        """Take a scan from anywhere: it rings up at the till, and signs nobody in."""
        self._hear()
        self._put_sheet_aside()
        if self.currentWidget() is self.sign_in:
            self.sign_in.show_problem(tr("Article non ajouté : identifiez-vous d’abord."))
            self._sound.play("problem")
            return
        self._to_till()
        self.till.scanned(code)

    def too_long(self, length: int) -> None:
        """Take a scan that is no code."""
        self._hear()
        self._put_sheet_aside()
        if self.currentWidget() is self.shell:
            self._to_till()
            self.till.too_long(length)

    def show_sync(self, state: object) -> None:
        """Show how the exchange with the server stands."""
        if not isinstance(state, SyncState):
            return
        self._state = state
        self._show_sync()
        if state.changed:
            for page in self.shell.made():
                changed = getattr(page, "feed_changed", None)
                if changed is not None:
                    changed(state.changed)

    def show_soundness(self, is_sound: object) -> None:
        """Say where SQLite has looked through the till's file and found it damaged."""
        if not is_sound:
            self.till.fail(StorageDamaged(reason=tr("trouvé en le relisant")))

    def show_backup(self, failure: object) -> None:
        """Say where the till's own backup went wrong, in the flow: the sale goes on."""
        if isinstance(failure, Failure):
            self.till.fail(failure)

    def lock(self) -> None:
        """Sign out; the sale in progress is kept."""
        try:
            self._shop.staff.sign_out()
        except Failure as failure:
            self._to_till()
            self.till.fail(failure)
            return
        if self._help is not None:
            self._help.hide()
        if self._sheet is not None:
            self._sheet.close()
        for page in self.shell.made():
            put_away = getattr(page, "signed_out", None)
            if put_away is not None:
                put_away()
        self._lock_screen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the help sheet over the page."""
        super().resizeEvent(event)
        if self._help is not None:
            self._help.setGeometry(self.shell.rect())

    def _toggle_help(self) -> None:
        from seraphine_pos.ui.help_sheet import HelpSheet

        if self._help is None:
            self._help = HelpSheet(self._makings.theme, self.shell)
        self._help.toggle()

    def _lock_screen(self) -> None:
        people = [member.operator for member in self._shop.staff.members()]
        self.sign_in.show_people(people, self._last_person)
        self.setCurrentWidget(self.sign_in)
        self.sign_in.setFocus()
        self._tick()

    def _sign_in(self, staff_id: str, pin: str) -> None:
        try:
            operator = self._checked(staff_id, pin)
        except Failure as failure:
            self.sign_in.show_problem(tr(failure))
            self._sound.play("problem")
            return
        self._welcome(operator)

    def _checked(self, staff_id: str, pin: str) -> Operator:
        """Sign a person in; before the first one, the till's page is made while the PIN's hash is computed."""
        sign_in = self._shop.staff.sign_in
        if self.shell.made():
            return sign_in(staff_id, pin)
        with ThreadPoolExecutor(1, "sign-in") as beside:
            asked = beside.submit(sign_in, staff_id, pin)
            self.shell.page(places.TILL)
            return asked.result()

    def _welcome(self, operator: Operator) -> None:
        self._last_person = operator.staff_id
        allowed = open_to(operator)
        self.shell.rail.show_for(operator.name, allowed)
        role = role_words(operator.role).lower() if operator.role is Role.OWNER else ""
        self.shell.status.show_person(short_name(operator.name), role)
        self.setCurrentWidget(self.shell)
        self.shell.go(landing(operator))
        self._tick()

    def _to_till(self) -> None:
        if self.shell.current != places.TILL:
            self.shell.go(places.TILL)

    def _made(self, name: str) -> QWidget:
        if name == places.TILL:
            till = Till(self._makings.theme, self._shop, self._sound)
            till.changed.connect(self._show_shift)
            till.feedback_wanted.connect(self._give_feedback)
            return till
        page = make_page(name, self._makings)
        self._connect(page)
        return page

    def _connect(self, page: QWidget) -> None:
        """Connect what an owner's page may ask of the window, by the names that it has."""
        wishes = {
            "open_report": self._open_report,
            "open_tickets": self._open_tickets,
            "open_sales": self._open_sales,
            "open_goal": self.shell.go,
            "refund": self._open_refund,
            "mode_chosen": self.mode_chosen.emit,
        }
        for name, act in wishes.items():
            signal = getattr(page, name, None)
            if signal is not None and hasattr(signal, "connect"):
                signal.connect(act)

    def _open_report(self, span: object) -> None:
        self.shell.go(places.REPORTS)
        self.shell.page(places.REPORTS).show_span(span)  # type: ignore[attr-defined]  # the reports' page

    def _open_tickets(self, event_ids: object) -> None:
        self.shell.go(places.SALES)
        self.shell.page(places.SALES).show_tickets(event_ids)  # type: ignore[attr-defined]  # the sales log

    def _open_sales(self, query: object) -> None:
        self.shell.go(places.SALES)
        self.shell.page(places.SALES).show_query(query)  # type: ignore[attr-defined]  # the sales log

    def _open_refund(self, receipt: str) -> None:
        self._to_till()
        self.till.open_refund(receipt)

    def _give_feedback(self, event_id: str) -> None:
        """Ask for a word about a sale; one that a scan put aside is gone on with."""
        from seraphine_pos.ui import pages

        if self._sheet is not None:
            self._sheet.open()
            return
        self._sheet = pages.ask_feedback(self._makings.theme, self._shop, event_id, self)
        self._sheet.left.connect(self._sheet_left)

    def _sheet_left(self) -> None:
        self._sheet = None
        self.till.take_focus()

    def _put_sheet_aside(self) -> None:
        """Give the keys back before a scan is rung, and the room to another page: an amount belongs to the sale."""
        if self._sheet is not None and self._sheet.isVisible():
            self._sheet.step_aside()
            if self.shell.current == places.TILL:
                self.till.take_focus()

    def _hear(self) -> None:
        if not self._heard:
            self._heard = True
            self.shell.status.show_scanner(heard=True)

    def _tick(self) -> None:
        now_ms = self._shop.clock.now_ms()
        now = local_time(now_ms, self._shop.store.time_zone)
        if self.currentWidget() is self.sign_in:
            self.sign_in.show_time(now)
        else:
            self.shell.status.show_time(now)
            self._show_sync()
            self._show_shift()

    def _show_sync(self) -> None:
        contact = self._state.last_contact_ms
        when = local_time(contact, self._shop.store.time_zone) if contact else None
        words = sync_words(self._state, self._shop.clock.now_ms(), when)
        self.shell.status.sync.show_words(*words.pieces, dot=words.dot, icon=words.icon)

    def _show_shift(self) -> None:
        shift = self._shop.shifts.current
        opened = local_time(shift.opened_at_ms, self._shop.store.time_zone) if shift else None
        self.shell.status.show_shift(opened)

    def close_down(self) -> None:
        """Stop the clock's ticking; nothing more is shown."""
        self._timer.stop()
