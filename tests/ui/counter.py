"""A counter for tests: the real window over the real till, with a keyboard, and a server address where nobody is."""

from pathlib import Path

from argon2 import PasswordHasher
from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from seraphine_pos.devices.keys import MemoryKeys, pepper_name
from seraphine_pos.devices.sound import Name
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.domain.staff import Role, StaffMember, peppered, to_body
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.store import to_body as store_body
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.shop import Shop
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.places import Makings
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.till import Till
from seraphine_pos.ui.wedge import Wedge
from seraphine_pos.ui.window import Window
from tests.domain.examples import gtin
from tests.fakes.clock import seeded_bytes
from tests.store.folder import Folder, page_of, product_document
from tests.till.room import STORE

PEPPER = "70" * 32
OWNER_PIN = "260418"
CASHIER_PIN = "1357"
# A code that no product has, and the first line of a sale of product 1.
UNKNOWN = "6111242100992"
A_LINE = ("Article 1", 1000)
SETTINGS = Settings(
    server_url="http://127.0.0.1:9", server_id="server-1", store_id="store-1", store_name="Épicerie", till_id="till-1",
    till_label="A1", device_id="device-1",
)  # fmt: skip
SHOP_STORE = Store(STORE.name, "3, rue du Port", STORE.currency, STORE.time_zone, "fr")


def code_of(no: int) -> str:
    """Return the code printed on a product of the shelf; there are five, at 12,50."""
    return gtin(2_000_000 + no, 13)


def documents() -> tuple[Document, ...]:
    """Return what the feed holds: a tax, two people, five products, the store."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    pepper = bytes.fromhex(PEPPER)
    people = (
        StaffMember("nadia", "Nadia El Idrissi", Role.OWNER, hasher.hash(peppered(pepper, OWNER_PIN))),
        StaffMember("salma", "Salma Berrada", Role.CASHIER, hasher.hash(peppered(pepper, CASHIER_PIN))),
    )
    return (
        Document("tax", "TVA20", 1, {"name": "TVA 20 %", "rate": 2000, "included": True}),
        *(Document("staff", person.staff_id, 2, to_body(person)) for person in people),
        *(product_document(no, 2 + no) for no in range(1, 6)),
        Document("setting", "store", 9, store_body(SHOP_STORE)),
    )


class SoundBook:
    """Notes the sounds that would be heard."""

    def __init__(self) -> None:
        self.played: list[Name] = []

    def play(self, name: Name) -> None:
        """Note a sound."""
        self.played.append(name)


class Counter:
    """Window, wedge and keyboard over a shop of five products; `salma` sells, `nadia` owns."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        self.home = Home(path)
        self.home.make()
        self.folder = Folder(self.home.till)
        self.stored = self.folder.open()
        self.stored.mirror.apply(page_of(*documents()))
        self.stored.catalogue.refresh()
        keys = MemoryKeys()
        keys.set(pepper_name(SETTINGS.store_id), PEPPER)
        self.shop = Shop(self.home, SETTINGS, self.stored, keys, self.folder.clock, seeded_bytes(7))
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.theme = Theme()
        self.theme.apply(application)
        self.sounds = SoundBook()
        self.pool = QThreadPool()
        self.window = Window(Makings(self.theme, self.shop, self.pool), self.sounds)
        self.wedge = Wedge(application)
        self.wedge.scanned.connect(self.window.scanned)
        self.wedge.too_long.connect(self.window.too_long)
        self.window.resize(1366, 768)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        self.wedge.watch(self.window.windowHandle())
        self.keyboard = Keyboard(self.window)

    @property
    def till(self) -> Till:
        """The till's page."""
        return self.window.till

    @property
    def title(self) -> str:
        """What the till says above its sale, nothing where it says nothing."""
        notice = self.till._notices.current
        return notice.title if notice else ""

    def sign_in(self, staff_id: str = "salma") -> None:
        """Sign a person in by keys."""
        people = [person.staff_id for person in self.window.sign_in.people]
        for _person in people:
            self.keyboard.press("Left")
        for _step in range(people.index(staff_id)):
            self.keyboard.press("Right")
        self.keyboard.type(OWNER_PIN if staff_id == "nadia" else CASHIER_PIN)
        self.keyboard.press("F12")

    def scan(self, *numbers: int) -> None:
        """Scan products of the shelf by their numbers."""
        for no in numbers:
            self.keyboard.scan(code_of(no))

    def tickets(self) -> list[Ticket]:
        """Return all tickets, the oldest first."""
        rows = reversed(self.stored.ledger.tickets(TicketFilter()))
        found = [self.stored.ledger.ticket_of(row.event_id) for row in rows]
        return [ticket for ticket in found if ticket is not None]

    def quantities(self) -> list[tuple[str, int]]:
        """Return name and quantity (thousandths) of the cart's lines."""
        return [(line.name, line.quantity) for line in self.shop.checkout.cart.lines]

    def close(self) -> None:
        """Stop and let go."""
        self.wedge.stop()
        self.window.close_down()
        self.pool.waitForDone()
        self.shop.close()
