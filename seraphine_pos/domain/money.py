"""Amounts are integers of a currency's minor units, quantities integers of thousandths."""

from dataclasses import dataclass
from typing import Final

from seraphine_pos.domain.refusal import InvalidAmount, InvalidQuantity

ONE: Final = 1000
AMOUNT_MAX: Final = 10**12
QUANTITY_MAX: Final = 10**9
DIGITS_MAX: Final = 15
ROUNDING: Final = "line-half-up"

_DECIMALS: Final = {"JPY": 0, "XOF": 0, "XAF": 0, "TND": 3, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3}
_POINTS: Final = str.maketrans({",": ".", "\u202f": None, "\xa0": None, " ": None})


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code and its number of decimals (0, 2 or 3)."""

    code: str
    decimals: int


def currency_of(code: str) -> Currency:
    """Return the currency of an ISO 4217 code."""
    return Currency(code, _DECIMALS.get(code, 2))


def divide(numerator: int, denominator: int) -> int:
    """Divide integers, rounding half away from zero; the denominator is positive."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def extend(unit_price: int, quantity: int) -> int:
    """Return the amount of a quantity (thousandths) at a unit price."""
    return divide(unit_price * quantity, ONE)


def parse_amount(text: str, decimals: int) -> int:
    """Read an amount as a person writes it ("12,50", "1 234.5"); raise InvalidAmount."""
    whole, _, fraction = text.strip().translate(_POINTS).partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()) or len(fraction) > decimals or len(digits) > DIGITS_MAX:
        raise InvalidAmount(text=text[:40])
    amount = int(whole + fraction.ljust(decimals, "0"))
    if amount > AMOUNT_MAX:
        raise InvalidAmount(text=text[:40])
    return amount


def parse_quantity(text: str) -> int:
    """Read a quantity with up to three decimals into thousandths; raise InvalidQuantity."""
    try:
        quantity = parse_amount(text, 3)
    except InvalidAmount:
        raise InvalidQuantity from None
    return checked_quantity(quantity)


def checked_quantity(quantity: int) -> int:
    """Return the quantity if a line can hold it; raise InvalidQuantity."""
    if not 0 < quantity <= QUANTITY_MAX:
        raise InvalidQuantity
    return quantity


def plain(amount: int, decimals: int) -> str:
    """Write an amount for a machine: "-1234.50"."""
    return written(amount, decimals, mark=".", group="")


def written(amount: int, decimals: int, *, mark: str = ",", group: str = "\u202f") -> str:
    """Write an amount for a person, by default as French does: "1 234,50"."""
    sign = "-" if group == "" else "\u2212"
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", group)
    return (sign if amount < 0 else "") + grouped + (mark + fraction if fraction else "")


def written_quantity(quantity: int, *, mark: str = ",") -> str:
    """Write a quantity without idle zeros: "2", "0,25"."""
    whole, rest = divmod(abs(quantity), ONE)
    fraction = f"{rest:03d}".rstrip("0")
    sign = "\u2212" if quantity < 0 else ""
    return f"{sign}{whole}" + (mark + fraction if fraction else "")
