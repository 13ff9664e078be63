"""The proof of a day: what a till's tickets of one business day come to, added up alike by both sides.

Each ticket has a mark, the hash of its event and of its sealed body; a day's digest is the sum of the marks. It is the
same in whatever order, batch or journal the tickets came. It shows what was lost, doubled or changed on the way; that
nobody rewrites what is kept is for the journal's chain.
"""

import struct
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, cast

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry

FORMAT: Final = b"seraphine day proof 1"
SIGNS: Final[Mapping[str, int]] = {Kind.SALE_COMPLETED: 1, Kind.SALE_REFUNDED: -1}
_PART_BITS: Final = 32
_PARTS: Final = struct.Struct(">8I")
_LANES: Final = struct.Struct(">8Q")
_NONE: Final = (0, 0, 0)
_DIGEST_BITS: Final = 256


class Share(NamedTuple):
    """What some tickets add to the proof of their day: their number, minor units of money, and their marks in parts.

    Eight parts of 32 bits, so that any database adds them up without a carry: 2^31 tickets fit.
    """

    day: str
    till_id: str
    tickets: int
    net: int
    p0: int
    p1: int
    p2: int
    p3: int
    p4: int
    p5: int
    p6: int
    p7: int

    def proof(self) -> "Proof":
        """Return the proof when nothing is to be added any more."""
        total = 0
        for part in self[4:]:
            total = (total << _PART_BITS) + part
        digest = f"{total % (1 << _DIGEST_BITS):064x}"
        return Proof(self.day, self.till_id, self.tickets, self.net, digest)


class Proof(NamedTuple):
    """How many tickets a till's day has, their net sum in minor units, and the hexadecimal sum of their marks."""

    day: str
    till_id: str
    tickets: int
    net: int
    digest: str


def none_of(day: str, till_id: str) -> Proof:
    """Return the proof of a day without a ticket."""
    return Proof(day, till_id, 0, 0, "0" * (_DIGEST_BITS // 4))


def mark_of(kind: str, event_id: str, digest: bytes) -> bytes:
    """Return a ticket's mark; ``digest`` is its entry's, which stands for its body wherever it is carried."""
    return sha256(b"\0".join((FORMAT, kind.encode(), event_id.encode(), digest))).digest()


class Shares:
    """Proofs added up ticket by ticket, beside the figures and of the same entries."""

    def __init__(self) -> None:
        # Tickets, net and the marks' parts of each day; the parts side by side in one number, 64 bits for each, so
        # that one addition adds all of them up and none reaches into the next.
        self._days: dict[tuple[str, str], tuple[int, int, int]] = {}

    def add(self, entry: Entry, body: Mapping[str, object]) -> None:
        """Add an entry that the figures have counted; one that is no ticket adds nothing."""
        sign = SIGNS.get(entry.kind)
        if sign is None:
            return
        ticket = cast("Mapping[str, Any]", body)
        parts = _LANES.pack(*_PARTS.unpack(mark_of(entry.kind, entry.event_id, entry.digest)))
        key = (ticket["business_day"], ticket["till_id"])
        tickets, net, lanes = self._days.get(key, _NONE)
        self._days[key] = (tickets + 1, net + sign * ticket["total"], lanes + int.from_bytes(parts, "big"))

    def rows(self) -> list[Share]:
        """Return what was added, in the order of the days."""
        return [
            Share(*key, tickets, net, *_LANES.unpack(lanes.to_bytes(_LANES.size, "big")))
            for key, (tickets, net, lanes) in sorted(self._days.items())
        ]


def gather(shares: Iterable[Share]) -> list[Share]:
    """Add up the shares of each day and till, in their order."""
    days: dict[tuple[str, str], list[int]] = {}
    for share in shares:
        key = (share.day, share.till_id)
        before = days.get(key, [0] * len(share[2:]))
        days[key] = [one + other for one, other in zip(before, cast("tuple[int, ...]", share[2:]), strict=True)]
    return [Share(*key, *sums) for key, sums in sorted(days.items())]
