"""A tax and how it is taken from, or added to, the amount of one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from seraphine_pos.domain.money import divide

WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax by its code; ``rate`` in hundredths of a percent; included in prices or added to them."""

    code: str
    name: str
    rate: int
    included: bool = True


NO_TAX: Final = Tax("", "", 0)


def tax_within(amount: int, rate: int) -> int:
    """Return the tax contained in an amount, rounded half away from zero."""
    return divide(amount * rate, WHOLE + rate)


def tax_upon(amount: int, rate: int) -> int:
    """Return the tax added to an amount, rounded half away from zero."""
    return divide(amount * rate, WHOLE)


def to_body(tax: Tax) -> dict[str, object]:
    """Return the body of the tax's document; its key is the code."""
    return {"name": tax.name, "rate": tax.rate, "included": tax.included}


def from_body(code: str, body: Mapping[str, object]) -> Tax:
    """Read a tax document."""
    return Tax(code, cast("str", body["name"]), cast("int", body["rate"]), bool(body.get("included", True)))
