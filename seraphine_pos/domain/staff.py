"""Who works in the shop, and who may do what: one table for the till and the server."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from seraphine_pos.domain.refusal import InvalidPin, NotAllowed

TRIES_BEFORE_LOCK: Final = 5
LOCK_S: Final = 30
LOCK_S_MAX: Final = 15 * 60


class Role(StrEnum):
    """The two roles, by their names on the wire."""

    OWNER = "owner"
    CASHIER = "pilotTester"


class Right(StrEnum):
    """What a person may be allowed to do."""

    SELL = "sell"
    REFUND = "refund"
    REFUND_WITHOUT_RECEIPT = "refund_without_receipt"
    OVERRIDE_PRICE = "override_price"
    CREATE_PRODUCT = "create_product"
    OWN_SALES = "own_sales"
    ALL_SALES = "all_sales"
    REPORTS = "reports"
    DEVICES = "devices"
    STORE_SETTINGS = "store_settings"
    GIVE_FEEDBACK = "give_feedback"


_CASHIER: Final = frozenset({Right.SELL, Right.REFUND, Right.OWN_SALES, Right.DEVICES, Right.GIVE_FEEDBACK})
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {Role.OWNER: frozenset(Right), Role.CASHIER: _CASHIER}


@dataclass(frozen=True, slots=True)
class Operator:
    """The person at the till."""

    staff_id: str
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Tell whether the person's role has the right."""
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person's record; ``pin_hash`` is argon2id over HMAC(the store's pepper, PIN)."""

    staff_id: str
    name: str
    role: Role
    pin_hash: str
    active: bool = True

    @property
    def operator(self) -> Operator:
        """Return the person without the hash."""
        return Operator(self.staff_id, self.name, self.role)


def require(operator: Operator, right: Right) -> None:
    """Raise NotAllowed unless the person may do this."""
    if not operator.may(right):
        raise NotAllowed


def checked_pin(pin: str) -> str:
    """Return the PIN if it has four to six digits; raise InvalidPin."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 6):  # noqa: PLR2004  the rule itself
        raise InvalidPin
    return pin


def peppered(pepper: bytes, pin: str) -> bytes:
    """Return what a PIN's hash is made of: nobody guesses PINs from a hash without the store's pepper."""
    return hmac.digest(pepper, pin.encode(), "sha256")


def lock_s(tries: int) -> int:
    """Return how many seconds a person waits after this many wrong PINs in a row."""
    rounds, rest = divmod(tries, TRIES_BEFORE_LOCK)
    return 0 if rest or not rounds else min(LOCK_S * 2 ** (rounds - 1), LOCK_S_MAX)


def to_body(member: StaffMember) -> dict[str, object]:
    """Return the body of the person's document; its key is the staff id."""
    return {
        "name": member.name,
        "role": member.role.value,
        "pin_hash": member.pin_hash,
        "active": member.active,
    }


def from_body(staff_id: str, body: Mapping[str, object]) -> StaffMember:
    """Read a staff document."""
    return StaffMember(
        staff_id,
        cast("str", body["name"]),
        Role(cast("str", body["role"])),
        cast("str", body["pin_hash"]),
        bool(body.get("active", True)),
    )
