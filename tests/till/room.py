"""A till without a window, a network or real PIN hashes: the real words over the real storage."""

from dataclasses import dataclass, field

from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.domain.staff import Operator, Role, StaffMember, to_body
from seraphine_pos.domain.store import Store
from seraphine_pos.store.till import TillStore
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.feedback import Feedback
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.reports import Reports
from seraphine_pos.till.sales import Sales
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts
from seraphine_pos.till.staff import Staff
from tests.fakes.clock import seeded_bytes
from tests.store.folder import Folder, page_of, product_document

OWNER = Operator("omar", "Omar", Role.OWNER)
CASHIER = Operator("amina", "Amina", Role.CASHIER)
OTHER = Operator("bilal", "Bilal", Role.CASHIER)
STORE = Store("Épicerie", "", Currency("MAD", 2), "Africa/Casablanca", "fr")
PEOPLE = (
    StaffMember("omar", "Omar", Role.OWNER, "pin 1111"),
    StaffMember("amina", "Amina", Role.CASHIER, "pin 2222"),
    StaffMember("bilal", "Bilal", Role.CASHIER, "pin 3333", active=False),
)
DOCUMENTS = (
    Document("tax", "TVA20", 1, {"name": "TVA 20 %", "rate": 2000, "included": True}),
    *(Document("staff", member.staff_id, 2, to_body(member)) for member in PEOPLE),
    *(product_document(no, 2 + no) for no in range(1, 6)),
)


def check_pin(pin_hash: str, pin: str) -> bool:
    """Compare a PIN with a hash that hides nothing."""
    return pin_hash == f"pin {pin}"


@dataclass(slots=True)
class Answer:
    """The server's report: an answer, or why there is none."""

    data: ReportData | None = None
    failure: Exception | None = None
    asked: list[ReportQuery] = field(default_factory=list)

    def __call__(self, query: ReportQuery) -> ReportData:
        self.asked.append(query)
        if self.failure is not None:
            raise self.failure
        assert self.data is not None
        return self.data


class Room:
    """What a person can do at this till, on a folder that can be closed and opened again."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.clock = folder.clock
        self.answer = Answer()
        self.session = Session()
        self.store = self.open()

    def open(self) -> TillStore:
        """Open the folder, again if it was open; whoever was signed in is not any more."""
        self.folder.close()
        self.store = store = self.folder.open()
        if not store.mirror.state().whole:
            store.mirror.apply(page_of(*DOCUMENTS))
            store.catalogue.refresh()
        self.session = session = Session()
        journal, ledger = store.journal, store.ledger
        chance = seeded_bytes(1000 + self.folder.opens)
        self.shifts = Shifts(ledger, "till-1", STORE)
        self.checkout = Checkout(
            journal, store.catalogue, store.carts, self.shifts, session,
            currency="MAD", clock=self.clock, random_bytes=chance,
        )  # fmt: skip
        self.refunds = Refunds(
            journal, ledger, store.catalogue, self.shifts, session,
            currency="MAD", clock=self.clock, random_bytes=chance,
        )  # fmt: skip
        self.catalogue = Catalogue(store.catalogue, journal, session)
        self.staff = Staff(store.mirror, journal, store.attempts, session, check_pin, self.clock)
        self.feedback = Feedback(journal, session)
        self.sales = Sales(ledger, journal, self.shifts, session)
        self.reports = Reports(ledger, journal, session, self.answer)
        return store

    def kinds(self) -> list[str]:
        """Return the kinds of all entries, in order."""
        return [entry.kind for entry in self.store.journal.unsent(100_000, 1 << 40)]
