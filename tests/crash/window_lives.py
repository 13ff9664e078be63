"""The whole program with its window, sold at by real key events, for lives that end without warning.

What is on the screen is what was told: a sale is done when the window shows the change.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seraphine_pos import settings
from seraphine_pos.app import in_use, qt_application, qt_logged
from seraphine_pos.devices.keys import MemoryKeys, pepper_name
from seraphine_pos.devices.machine import machine
from seraphine_pos.domain import barcode
from seraphine_pos.domain import cart as carts
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.store.till import TillStore
from seraphine_pos.ui.change_panel import ChangePanel
from seraphine_pos.ui.frame import Frame
from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.window import Window
from tests.crash import inspection
from tests.crash.inspection import Inspection, Reached
from tests.crash.life import Moment
from tests.crash.told import NO_CART, Tell, Told, digest
from tests.store.folder import Folder, page_of
from tests.ui.counter import CASHIER_PIN, PEPPER, SETTINGS, code_of, documents

LIVES_OPENING: Final = 0.2
OPENING_S: Final = 1.0
LIFE_S: Final = 2.5
LINES_MAX: Final = 3


@dataclass(slots=True)
class WindowLives:
    """The program in a forked process, in a home whose server is out of reach."""

    path: Path

    def live(self, _number: int, seed: int, told: Told, tell: Tell) -> None:
        """Open the home, look, show the window, sell by its keys."""
        with self._open(told, tell) as shop, _shown(shop) as window:
            person = KeySeller(window, shop, seed, tell)
            while True:
                person.sell()

    def look(self, told: Told, tell: Tell) -> None:
        """Open, and look at everything."""
        with self._open(told, tell) as shop:
            for fault in inspection.whole(shop.stored):
                tell(f"fault {fault}")

    def moment(self, chance: random.Random) -> Moment:
        """Draw a moment: mostly while selling, or while the window comes up; sometimes while the home is opened."""
        if chance.random() < LIVES_OPENING:
            return Moment(chance.uniform(0, OPENING_S), checked=False)
        return Moment(chance.uniform(0, LIFE_S))

    @contextmanager
    def _open(self, told: Told, tell: Tell) -> Iterator[Shop]:
        home, keys = Home(self.path), MemoryKeys()
        keys.set(pepper_name(SETTINGS.store_id), PEPPER)
        if not home.settings.exists():
            _make(home)
        with open_shop(home, keys=keys) as shop:
            _look(shop.stored, told, tell)
            yield shop


def _make(home: Home) -> None:
    """Make a home with people and products; its settings come last, as when a store is joined."""
    home.make()
    folder = Folder(home.till, machine=machine())
    folder.open().mirror.apply(page_of(*documents()))
    folder.close()
    settings.save(home.settings, SETTINGS)


def _look(stored: TillStore, told: Told, tell: Tell) -> None:
    look = Inspection(stored.database.path, Reached.read(told.checked), told)
    for fault in (*look.faults(), *inspection.cart_faults(stored, told)):
        tell(f"fault {fault}")
    tell(f"checked {look.reached.written()}")


@contextmanager
def _shown(shop: Shop) -> Iterator[Window]:
    """Show the window of a shop as the program does."""
    with ExitStack() as closing:
        closing.enter_context(qt_logged())
        application = qt_application()
        theme = Theme()
        theme.apply(application)
        frame = Frame(theme)
        closing.callback(frame.close)
        frame.show()
        yield closing.enter_context(in_use(application, theme, frame, shop, ""))


class KeySeller:
    """Somebody at the window, who has a scanner and keys, and believes what the screen shows."""

    def __init__(self, window: Window, shop: Shop, seed: int, tell: Tell) -> None:
        self.window = window
        self.shop = shop
        self.chance = random.Random(seed)
        self.tell = tell
        self.keys = Keyboard(window)
        tell(f"keeps {digest(shop.stored.carts.latest())}")
        self._sign_in()

    def _sign_in(self) -> None:
        people = [person.staff_id for person in self.window.sign_in.people]
        for _person in people:
            self.keys.press("Left")
        for _step in range(people.index("salma")):
            self.keys.press("Right")
        self.keys.type(CASHIER_PIN)
        self.keys.press("F12")
        assert self.window.shell.current == "till", "nobody could sign in"

    def sell(self) -> None:
        """Scan a few products, let the window work for a moment, take the money."""
        for _ in range(self.chance.randint(1, LINES_MAX)):
            self._scan(code_of(self.chance.randint(1, 5)))
        self.keys.settle(self.chance.randrange(40))
        cart = self.shop.checkout.cart
        self.tell(f"rings {cart.cart_id}")
        self.tell(f"changes {NO_CART}")
        self.keys.press(self.chance.choice(("F9", "F10")))
        assert self.keys.wait_for(lambda: isinstance(self.window.till.panel, ChangePanel)), "the change was not shown"
        row = self.shop.sales.recent()[0]
        assert row.event_id == cart.cart_id, "the change of another sale was shown"
        self.tell(f"done {row.event_id} {row.receipt} {row.total}")
        self.tell(f"keeps {NO_CART}")

    def _scan(self, code: str) -> None:
        key, cart = barcode.key_of(code), self.shop.checkout.cart
        product = self.shop.stored.catalogue.find(key)
        assert product is not None
        tax = self.shop.stored.catalogue.tax(product.tax_code)
        shown = barcode.shown(key)
        self.tell(f"changes {digest(carts.add(cart, product, tax, product.quantity_of(key), code=shown))}")
        self.keys.scan(code)
        assert self.shop.checkout.cart.units > cart.units, "the scan was not taken"
        self.tell(f"keeps {digest(self.shop.checkout.cart)}")
