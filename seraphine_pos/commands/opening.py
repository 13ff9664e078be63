"""Opening the till for a command: makes a default store in an empty home, and takes an owner's place at the till."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.commands.terminal import Terminal, Unusable
from seraphine_pos.devices.keys import Keys
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.refusal import NoStore, StorageInUse
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.usual_taxes import usual_taxes
from seraphine_pos.paths import Home
from seraphine_pos.shop import NewMember, NewStore, Shop, found_shop, open_shop

DEFAULT_CURRENCY: Final = "MAD"
PIN_DIGITS: Final = 6
OWNER: Final = "Gérant"
STORE_NAME: Final = "Mon magasin"
_ZONES: Final[Mapping[str, str]] = {"MAD": "Africa/Casablanca", "GBP": "Europe/London", "EUR": "Europe/Paris"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works and by what: the home, the clock, chance, and the keys if not the system's."""

    home: Home
    clock: Clock
    random_bytes: RandomBytes
    keys: Keys | None = None


def default_store(currency: str, pin: str) -> NewStore:
    """Return a store with one owner, the usual taxes of its currency, and prices that include them."""
    store = Store(STORE_NAME, "", currency_of(currency), _ZONES.get(currency, "UTC"), "fr")
    return NewStore(store, usual_taxes(currency), (NewMember(OWNER, Role.OWNER, pin),))


def ensure_store(place: Place, terminal: Terminal, currency: str = "") -> None:
    """Make a default store where there is none, and say so with the owner's PIN.

    Raises Unusable when a store is there already and counts in another currency than asked for.
    """
    if own.load(place.home.settings).enrolled:
        return
    pin = "".join(str(byte % 10) for byte in place.random_bytes(PIN_DIGITS))
    found = currency or DEFAULT_CURRENCY
    terminal.tell(f"There is no store in {place.home.root} yet: making one in {found} …")
    # Before the store is made: whatever happens next, nobody owns a store whose PIN was never shown.
    terminal.tell(f"The owner's PIN is {pin}. It is shown this once: write it down.")
    found_shop(
        place.home, default_store(found, pin), clock=place.clock, random_bytes=place.random_bytes, keys=place.keys
    )
    terminal.tell(f"Made the store “{STORE_NAME}” ({found}) with the owner “{OWNER}”.")


@contextmanager
def opened(
    place: Place, terminal: Terminal, *, operator: str = "", currency: str = "", beside: bool = False
) -> Iterator[Shop]:
    """Open the shop with an owner at the till, made first where there is none.

    ``beside`` is for commands that write nothing on this till: with a window open on the same data
    they look on (``shop.stored.database.writable`` is False) instead of being refused.
    """
    ensure_store(place, terminal, currency)
    with ExitStack() as stack:
        try:
            shop = stack.enter_context(_shop(place, readonly=False))
        except StorageInUse:
            if not beside:
                raise
            shop = stack.enter_context(_shop(place, readonly=True))
        found = shop.store.currency.code
        if currency and currency != found:
            raise Unusable(
                f"this store counts in {found}, not in {currency}: choose another data folder (SERAPHINE_HOME=…) "
                "or leave --currency out"
            )
        shop.staff.take_over(owner_of(shop, operator))
        yield shop


def _shop(place: Place, *, readonly: bool) -> AbstractContextManager[Shop]:
    return open_shop(place.home, clock=place.clock, random_bytes=place.random_bytes, keys=place.keys, readonly=readonly)


def owner_of(shop: Shop, name: str = "") -> Operator:
    """Return the store's first owner, or the person of this name; raise Unusable."""
    members = shop.staff.members()
    if name:
        found = [one for one in members if name.casefold() in (one.name.casefold(), one.staff_id.casefold())]
        if not found:
            raise Unusable(f"nobody here is called “{name}”; the staff is {', '.join(one.name for one in members)}")
        return found[0].operator
    owners = [one for one in members if one.role is Role.OWNER]
    if not owners:
        raise NoStore(path=shop.home.root)
    return owners[0].operator
