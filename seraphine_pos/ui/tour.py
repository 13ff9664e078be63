"""Walks the real window through its screens by key events, without a person, and saves a picture of each."""

import logging
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QApplication

from seraphine_pos.demo import sample
from seraphine_pos.domain.staff import Role
from seraphine_pos.ui import keys, places
from seraphine_pos.ui.frame import HEIGHT, WIDTH
from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.tabs import Tabs
from seraphine_pos.ui.theme import Mode, Theme
from seraphine_pos.ui.window import Window

DONE: Final = 0
FAILED: Final = 1
MODES: Final[tuple[Mode, ...]] = ("light", "dark")
UNKNOWN: Final = "6111242100992"
_LINES: Final = (3, 40, 41, 41, 80, 120, 120)

_log = logging.getLogger(__name__)


class Tour:
    """One walk; the till it walks through is the sample store's, whose PINs and goods are known."""

    def __init__(self, window: Window, theme: Theme, application: QApplication, folder: Path) -> None:
        self._window = window
        self._theme = theme
        self._application = application
        self._folder = folder
        self._keyboard = Keyboard(window)
        self._sample = sample.read()
        self._count = 0

    def run(self) -> int:
        """Walk and return the exit code; the folder is made when it is not there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _log.error("the pictures cannot be saved in %s: %s", self._folder, error.strerror)
            return FAILED
        self._window.window().resize(WIDTH, HEIGHT)
        mode = self._theme.mode
        self._sell()
        self._give_back()
        self._look()
        self._theme.set_mode(mode, self._application)
        return DONE

    def _sell(self) -> None:
        """Walk through a cashier's screens."""
        board = self._keyboard
        self._save("sign-in")
        self._sign_in(Role.CASHIER)
        self._clear_cart()
        board.wait_for(self._window.has_tried_server)
        self._save("till-empty")
        for code in self._codes():
            board.scan(code)
        self._save("till")
        board.scan(UNKNOWN)
        self._save("till-unknown-code")
        board.press(keys.SECOND_CHOICE.sequence)
        board.type("Huile d'argan 60 ml")
        board.press("Tab")
        board.type("89,50")
        self._save("product-form")
        board.press(keys.SECOND_CHOICE.sequence)
        self._save("owner-approval")
        board.press(keys.BACK.sequence)
        board.press(keys.BACK.sequence)
        board.press(keys.SEARCH.sequence)
        board.type(self._word())
        self._save("search")
        board.press(keys.BACK.sequence)
        board.press(keys.HELP.sequence)
        self._save("help")
        board.press(keys.HELP.sequence)
        board.press(keys.VOID.sequence)
        self._save("void")
        board.press(keys.BACK.sequence)
        board.press(keys.NOTES[1].sequence)
        self._save("till-change")
        board.press(keys.RECEIPT.sequence)
        self._save("receipt")
        board.press(keys.BACK.sequence)

    def _give_back(self) -> None:
        """Walk through a part payment and a refund."""
        board = self._keyboard
        for code in self._codes()[:3]:
            board.scan(code)
        board.type("5")
        board.press(keys.CASH.sequence)
        self._save("part-payment")
        board.press(keys.OTHER.sequence)
        board.type("Bon d'achat 17")
        self._save("other-payment")
        board.press(keys.OTHER.sequence)
        board.press(keys.REFUND.sequence)
        self._save("refund-tickets")
        board.press("Down")
        board.press(keys.CHOOSE.sequence)
        board.press("Right")
        self._save("refund-lines")
        board.press(keys.CASH.sequence)
        self._save("refund-confirm")
        board.press(keys.FIRST_CHOICE.sequence)
        self._save("refund-done")
        board.press(keys.LOCK.sequence)

    def _look(self) -> None:
        """Walk through an owner's screens."""
        self._sign_in(Role.OWNER)
        for name in (places.HOME, places.SALES, places.REPORTS, places.QUARANTINE, places.SETTINGS):
            self._window.shell.go(name)
            self._save(name)
            if name == places.REPORTS:
                self._look_under_tabs(name)
        self._keyboard.press(keys.LOCK.sequence)

    def _look_under_tabs(self, name: str) -> None:
        tabs = self._window.shell.page(name).findChild(Tabs)
        assert isinstance(tabs, Tabs), name  # noqa: S101  # a page that is looked at so has tabs
        for key in tabs.keys[1:]:
            tabs.press(key)
            self._save(f"{name}-{key}")

    def _sign_in(self, role: Role) -> None:
        """Choose the first person of a role by the arrows and type the PIN."""
        people = self._window.sign_in.people
        wanted = next(place for place, person in enumerate(people) if person.role is role)
        pin = next(person.pin for person in self._sample.people if person.staff_id == people[wanted].staff_id)
        for _step in range(len(people)):
            self._keyboard.press("Left")
        for _step in range(wanted):
            self._keyboard.press("Right")
        self._keyboard.type(pin)
        self._keyboard.press(keys.LOCK.sequence)

    def _clear_cart(self) -> None:
        """Give up a sale that was left by somebody."""
        self._keyboard.press(keys.VOID.sequence)
        self._keyboard.press(keys.FIRST_CHOICE.sequence)
        self._keyboard.press(keys.BACK.sequence)

    def _codes(self) -> list[str]:
        coded = [product for product in self._sample.products if product.codes]
        return [coded[place % len(coded)].code for place in _LINES]

    def _word(self) -> str:
        return next(product.name for product in self._sample.products if product.codes).split()[0][:5].lower()

    def _save(self, name: str) -> None:
        """Save the window as it is, in the light and in the dark."""
        self._count += 1
        self._keyboard.wait_for(self._window.is_at_rest)
        # The look shown now first: changing it costs more than anything else here.
        for mode in sorted(MODES, key=lambda mode: mode != self._theme.mode):
            self._theme.set_mode(mode, self._application)
            self._keyboard.settle()
            path = self._folder / f"{self._count:02d}-{name}-{mode}.png"
            self._window.grab().save(str(path))
