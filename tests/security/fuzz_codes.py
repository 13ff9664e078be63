"""Fuzzed: what a scanner types, and the codes that are read of it, at the counter and in lists."""

from typing import Final

from seraphine_pos.devices.scanner import Act, Scanner, Step
from seraphine_pos.domain import barcode
from seraphine_pos.domain.product_row import RowRefused, read_code
from seraphine_pos.domain.refusal import InvalidCode
from tests.security.fuzz_target import hold

KEYS_MAX: Final = 600


class Codes:
    """A code has one key, whatever its length; a scan is what was typed, nothing more, and never longer than a code."""

    def seeds(self) -> list[bytes]:
        """Return a byte that says how the rest is meant (see ``attempt``), and the rest."""
        codes = ("6111234567890", "96385074", "012345678905", "10614141000415", "ABC-123", " é ", "0", "x" * 128)
        typed = b"".join(bytes([ord(letter), 2]) for letter in "6111234567890") + b"\r\x02"
        slow = b"".join(bytes([ord(letter), 90]) for letter in "thé".encode().decode("latin-1")) + b"\x00\x00"
        return [*(b"\x00" + code.encode() for code in codes), b"\x01" + typed, b"\x01" + slow, b"\x01" + typed * 20]

    def attempt(self, data: bytes) -> None:
        """Take the bytes as a code if the first is even, else as keys with the time since the one before."""
        if data[:1] < b"\x01" or data[0] % 2 == 0:
            as_code(data[1:].decode(errors="replace"))
        else:
            as_keys(data[1 : 1 + 2 * KEYS_MAX])

    def close(self) -> None:
        """Nothing is open."""


def as_code(text: str) -> None:
    """Find the key of a code."""
    try:
        packs, _ = read_code(text)
    except RowRefused:
        packs = ()
    for pack in packs:
        hold(barcode.key_of(pack.code) == pack.code, "what a list reads is a key")
    try:
        key = barcode.key_of(text)
    except InvalidCode:
        return
    hold(barcode.key_of(key) == key, "the key of a key is the key")
    hold(barcode.key_of(barcode.shown(key)) == key, "what is printed leads to the key")
    hold(0 < len(key) <= barcode.CODE_MAX and key.isprintable(), "a key can be printed")


def as_keys(data: bytes) -> None:
    """Type at a scanner's pace, or not: what was held is told once, as typed or as scanned."""
    scanner, held, at_ms = Scanner(), "", 0
    for letter, pause in zip(data[::2], data[1::2], strict=False):
        at_ms += pause
        text = chr(letter)
        if text in "\r\t":
            step = scanner.terminator(at_ms)
            held = _told(step, held)
        elif letter == 0:
            held = _told(scanner.silence(), held)
        elif letter == 1:
            held = _told(scanner.other_key(), held)
        else:
            step = scanner.character(text, at_ms)
            hold(step.act in {Act.HOLD, Act.AFRESH}, "a character is held until it is known what it is")
            held = text if step.act is Act.AFRESH else held + text
        hold(scanner.is_holding == bool(held), "what waits is what was typed")


def _told(step: Step, held: str) -> str:
    """Hold what was told against what was held, and return what is held then: nothing."""
    if step.act is Act.SCAN:
        hold(step.code == held, "a scan is what was typed")
        hold(len(step.code) <= barcode.CODE_MAX, "no scan is longer than a code")
    elif step.act is Act.TOO_LONG:
        hold(step.length == len(held) > barcode.CODE_MAX, "what is too long for a code is no scan")
    elif step.act is Act.TYPED:
        hold(held, "only what was held was typed")
    else:
        hold(not held, "what was held is told")
    return ""
