"""Who sees what, what the chips say, what a scan does where no sale is."""

import pytest
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.refusal import NotEnrolled, ServerUnavailable
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui.bridge import Bridge
from seraphine_pos.ui.status_bar import StatusBar
from tests.fakes.clock import A_MORNING_MS
from tests.ui.counter import Counter

MINUTE_MS = 60_000


def sync_chip(counter: Counter) -> str:
    return counter.window.shell.status.sync.text


def test_a_cashier_lands_on_the_till_and_sees_no_figures(counter: Counter) -> None:
    counter.sign_in("salma")
    assert counter.window.shell.current == "till"
    assert counter.window.shell.rail.shown == ("till", "sales", "settings")


def test_an_owner_lands_at_home_and_sees_everything(counter: Counter) -> None:
    counter.sign_in("nadia")
    assert counter.window.shell.current == "dashboard"
    assert counter.window.shell.rail.shown == ("dashboard", "till", "sales", "reports", "settings")


def test_a_wrong_pin_signs_nobody_in_and_says_how_many_tries_are_left(counter: Counter) -> None:
    counter.keyboard.type("9999")
    counter.keyboard.press("F12")
    assert counter.shop.staff.current is None
    assert counter.window.sign_in._hint.text() == "Code incorrect. Essais restants : 4."
    assert counter.window.sign_in._pad.count == 0


@pytest.mark.parametrize("key", ["Return", "Enter", "Tab"])
def test_no_key_that_a_scanner_sends_signs_in(counter: Counter, key: str) -> None:
    counter.keyboard.type("1357")
    counter.keyboard.press(key)
    assert counter.shop.staff.current is None


def test_a_scanned_pin_signs_nobody_in(counter: Counter) -> None:
    counter.keyboard.scan("260418")
    counter.keyboard.press("F12")
    assert counter.shop.staff.current is None
    assert "identifiez-vous" in counter.window.sign_in._hint.text()


def test_lock_keeps_the_sale_and_the_next_person_goes_on(till: Counter) -> None:
    till.scan(1)
    till.keyboard.press("F12")
    assert till.shop.staff.current is None
    assert till.window.currentWidget() is till.window.sign_in
    till.sign_in("nadia")
    till.window.shell.go("till")
    assert till.quantities() == [("Article 1", 1000)]
    assert till.till._pay.total.words.figure == "12,50"


def test_the_pin_is_forgotten_by_the_screen(till: Counter) -> None:
    till.keyboard.press("F12")
    assert till.window.sign_in._pad.count == 0


def test_a_scan_on_another_page_rings_up_at_the_till(counter: Counter) -> None:
    counter.sign_in("nadia")
    counter.scan(1)
    assert counter.window.shell.current == "till"
    assert counter.quantities() == [("Article 1", 1000)]


def test_pages_are_made_when_they_are_visited(till: Counter) -> None:
    assert len(till.window.shell.made()) == 1


def test_the_chips_keep_their_places(till: Counter) -> None:
    bar = till.window.shell.status
    order = [bar.shift, bar.person, bar.scanner, bar.printer, bar.sync]
    assert [chip.x() for chip in order] == sorted(chip.x() for chip in order)
    assert bar.person.text == "Salma B."


def test_the_shift_is_shown_once_a_sale_has_opened_it(till: Counter) -> None:
    assert till.window.shell.status.shift.text == "Poste à ouvrir"
    till.scan(1)
    till.keyboard.press("F9")
    assert till.window.shell.status.shift.text.startswith("Poste ouvert ")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SyncState(), "Connexion au serveur"),
        (SyncState(last_contact_ms=A_MORNING_MS, reachable=True), "Tout est envoyé 09:00"),
        (
            SyncState(12, A_MORNING_MS - 4 * MINUTE_MS, A_MORNING_MS, reachable=True),
            "12 en attente, depuis 4\xa0min",
        ),
        (SyncState(1, A_MORNING_MS, A_MORNING_MS, reachable=True), "1 en attente"),
        (
            SyncState(12, A_MORNING_MS - 4 * MINUTE_MS, A_MORNING_MS, problem=ServerUnavailable(reason="")),
            "Hors ligne · 12 en attente, depuis 4\xa0min",
        ),
        (SyncState(problem=ServerUnavailable(reason="")), "Hors ligne · rien en attente"),
        (SyncState(3, A_MORNING_MS, problem=NotEnrolled()), "Envoi en panne · 3 en attente"),
    ],
)
def test_the_sync_chip_says_what_waits_and_how_old_it_is(till: Counter, state: SyncState, words: str) -> None:
    till.window.show_sync(state)
    assert sync_chip(till) == words


def test_pages_hear_which_kinds_of_documents_changed(till: Counter) -> None:
    class Listener(QWidget):
        heard: frozenset[str] = frozenset()

        def feed_changed(self, kinds: frozenset[str]) -> None:
            self.heard = kinds

    listener = Listener()
    till.window.shell._pages["sales"] = listener
    till.window.show_sync(SyncState(changed=frozenset({DocumentKind.INSIGHT})))
    assert listener.heard == {"insight"}
    del till.window.shell._pages["sales"]


def test_a_state_crosses_to_the_window_s_thread(qtbot: object, till: Counter) -> None:
    from threading import Thread, get_ident

    bridge = Bridge()
    heard: list[tuple[object, int]] = []
    bridge.told.connect(lambda state: heard.append((state, get_ident())))
    thread = Thread(target=bridge.tell, args=(SyncState(waiting=5),))
    thread.start()
    thread.join()
    assert till.keyboard.wait_for(lambda: bool(heard))
    assert heard == [(SyncState(waiting=5), get_ident())]


def test_the_scanner_chip_turns_green_when_it_is_heard(till: Counter) -> None:
    bar: StatusBar = till.window.shell.status
    before = bar.scanner._dot
    till.scan(1)
    assert (before, bar.scanner._dot) == ("faint", "good")
