"""Codes on goods: what a scan or a catalogue row says, and the one key it is found by."""

from typing import Final

from seraphine_pos.domain.refusal import InvalidCode

CODE_MAX: Final = 128
GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
GTIN_DIGITS: Final = 14


def check_digit(digits: str) -> str:
    """Return the GS1 modulo-10 check digit that follows these digits."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(map(int, digits[-2::-2]))
    return str(-(3 * odd + even) % 10)


def is_gtin(code: str) -> bool:
    """Tell whether the code is a GTIN-8, -12, -13 or -14 with its right check digit."""
    return len(code) in GTIN_LENGTHS and code.isascii() and code.isdigit() and check_digit(code[:-1]) == code[-1]


def has_wrong_digit(code: str) -> bool:
    """Tell whether the code is as long as a GTIN and its check digit another: mistyped, or the shop's own label."""
    return len(code) in GTIN_LENGTHS and code.isascii() and code.isdigit() and not is_gtin(code)


def key_of(code: str) -> str:
    """Return the key a code is found by; raise InvalidCode.

    Every length of one GTIN has one key, its 14 digits; any other code is its own key, in the
    letters it was printed with.
    """
    code = code.strip()
    if not code:
        raise InvalidCode(reason="vide")
    if len(code) > CODE_MAX:
        raise InvalidCode(reason=f"{len(code)} caractères, {CODE_MAX} au plus")
    if not code.isprintable():
        raise InvalidCode(reason="caractère de commande")
    return code.zfill(GTIN_DIGITS) if is_gtin(code) else code


def shown(key: str) -> str:
    """Return a key as it is printed under the bars: no padding zeros before a shorter GTIN."""
    if len(key) != GTIN_DIGITS or not is_gtin(key):
        return key
    for length in (8, 12, 13):
        if key[:-length].strip("0") == "":
            return key[-length:]
    return key
