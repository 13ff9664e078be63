"""What the words typed on the till's line mean: a number waits for its meaning, letters are a search. Knows no Qt."""

import re
from typing import Final

from seraphine_pos.domain.money import parse_amount, parse_quantity
from seraphine_pos.domain.refusal import InvalidAmount, InvalidQuantity

SEARCH_MIN: Final = 2
_NUMBER: Final = re.compile(r"[0-9]{1,12}([.,][0-9]{0,3})?")
_RECEIPT: Final = re.compile(r"[A-Z0-9]{1,8}-[A-Z0-9]{3}-[0-9]{6,12}")


def is_number(typed: str) -> bool:
    """Tell whether the words are a number a person types, not a code or a name."""
    return _NUMBER.fullmatch(typed) is not None


def wants_search(typed: str, *, forced: bool) -> bool:
    """Tell whether products are searched: letters ask for it, digits only after Ctrl+K."""
    return len(typed) >= SEARCH_MIN and (forced or not is_number(typed))


def typed_amount(typed: str, decimals: int) -> int | None:
    """Return the amount typed in minor units, None where nothing is typed; raise InvalidAmount."""
    if not typed:
        return None
    if not is_number(typed):
        raise InvalidAmount(text=typed[:40])
    return parse_amount(typed, decimals)


def typed_quantity(typed: str) -> int:
    """Return the quantity typed, in thousandths; raise InvalidQuantity."""
    if not is_number(typed):
        raise InvalidQuantity
    return parse_quantity(typed)


def is_receipt(code: str) -> bool:
    """Tell whether a code has the form of a receipt's number, till–tag–number."""
    return _RECEIPT.fullmatch(code) is not None
