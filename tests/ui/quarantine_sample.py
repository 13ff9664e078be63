"""Entries that count nowhere, one of each nature, as the server lists them."""

import json

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, canonical, seal
from seraphine_pos.domain.quarantine import Nature, Quarantine, SetAside, describe, nature_of
from seraphine_pos.domain.report import STORE
from tests.sync_server.shop import ticket
from tests.ui.report_sample import at


def entry(
    body: str, *, kind: str = Kind.SALE_COMPLETED, version: int = 1, at_ms: int = 0, seq: int = 1, reason: str = "",
    nature: Nature | None = None,
) -> SetAside:  # fmt: skip
    """Describe an entry of till A1."""
    draft = Draft(f"event-{seq}", kind, version, at_ms or at(9 + seq // 60, seq % 60), b"salt", body)
    sealed = seal("01a20244-e800-7a34-888d-396cab3b7f58", seq, FIRST_HASH, draft)
    found = nature or nature_of(kind, version, body)
    return describe(sealed, till="A1", nature=found, reason=reason or "Unreadable: why", came_at_ms=0)


def sold(**facts: object) -> str:
    """Return the body of a sale of 125,50 by o2."""
    return canonical(ticket([10_050, 2_500], operator_id="o2", **facts))


INCONSISTENT = entry(
    sold(total=12_000, receipt="A1-7QK-000042"), seq=42,
    reason="Unreadable: the ticket does not add up: lines 12550, tenders 12550, total 12000",
)  # fmt: skip
NEWER = entry(
    json.dumps({"total": 8_900, "exchanged": ["A1-7QK-000017"], "operator_id": "o1"}), kind="sale.exchanged", seq=51,
    at_ms=at(11, 40, 21), reason="Unreadable: unknown kind sale.exchanged version 1",
)  # fmt: skip
NEWER_SALE = entry(
    sold(receipt="A1-7QK-000043"), version=2, seq=60, reason="Unreadable: unknown kind sale.completed version 2"
)
DAMAGED = entry(
    '{"total":12\0', kind=Kind.SALE_REFUNDED, seq=77, at_ms=at(17, 5, 19), reason="ValueError: EOF while parsing"
)
INCOMPLETE = entry('{"operator_id":5}', kind=Kind.DRAWER_OPENED, seq=80, reason="Unreadable: drawer.opened: no reason")
REFUSED = entry(sold(receipt="A1-7QK-000044"), seq=81, reason="DataError: bigint out of range")
ALL = (INCONSISTENT, NEWER, NEWER_SALE, DAMAGED, INCOMPLETE, REFUSED)
LIST = Quarantine(STORE, len(ALL), ALL)
