"""What a till told the world outside before it ended, and what the world may therefore ask of its disk."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from seraphine_pos.domain.cart import Cart

NO_CART: Final = "-"
Tell = Callable[[str], None]


def digest(cart: Cart | None) -> str:
    """Return what tells one state of a cart from every other, whatever the till calls it after a start."""
    return NO_CART if cart is None else f"{zlib.crc32(repr(replace(cart, cart_id='')).encode()):08x}"


@dataclass(slots=True)
class Told:
    """What was heard, line by line.

    ``done`` holds receipt and total of every ticket that was said to be done, by event id; ``begun`` the tickets that
    were rung without an answer yet, ``refused`` those of which it was said that nothing was saved; ``carts`` the
    states in which the cart in progress may be found; ``faults`` what was found wrong. A till that has looked at all of
    it says how far it looked (``checked``); the tickets are then ``settled``.
    """

    done: dict[str, tuple[str, int]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    carts: set[str] = field(default_factory=lambda: {NO_CART})
    faults: list[str] = field(default_factory=list)
    checked: str = ""
    settled: dict[str, tuple[str, int]] = field(default_factory=dict)

    def hear(self, line: str) -> None:
        """Take in one line."""
        word, *rest = line.split(" ")
        if word == "fault":
            self.faults.append(" ".join(rest))
        elif word == "checked":
            self._settle(rest[0])
        elif word == "keeps":
            self.carts = {rest[0]}
        elif word == "changes":
            self.carts.add(rest[0])
        elif word == "rings":
            self.begun.add(rest[0])
            self.refused.pop(rest[0], None)
        elif word == "done":
            self.done[rest[0]] = (rest[1], int(rest[2]))
            self.begun.discard(rest[0])
        elif word == "refused":
            self.refused[rest[0]] = rest[1]
            self.begun.discard(rest[0])
        else:
            self.faults.append(f"told what nobody understands: {line}")

    def _settle(self, checked: str) -> None:
        self.checked = checked
        self.settled.update(self.done)
        self.done.clear()
        self.begun.clear()
        self.refused.clear()

    def unsettle(self) -> None:
        """Have every ticket looked for once more."""
        self.done = {**self.settled, **self.done}
