"""The tickets as the sales log lists them, and which of them somebody asks for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from seraphine_pos.domain.sale import Method
from seraphine_pos.store.database import Connection

_TICKETS: Final = """
    SELECT t.position, t.event_id, t.receipt, t.at_ms, t.refund, t.business_day, t.operator_id,
        t.lines, t.total, t.cash, t.card, t.other, t.seq <= j.acked_seq
    FROM ticket t JOIN journal j ON j.journal_id = t.journal_id"""
_NAMED: Final = """
    (t.event_id IN (SELECT value FROM json_each(?)) OR t.receipt IN (SELECT value FROM json_each(?)))"""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as the sales log lists it; ``position`` pages through the log."""

    position: int
    event_id: str
    receipt: str
    at_ms: int
    refund: bool
    business_day: str
    operator_id: str
    lines: int
    total: int
    cash: int
    card: int
    other: int
    sent: bool


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; None is any. Days are business days, both included; ``named`` are event ids or numbers."""

    start: str | None = None
    end: str | None = None
    operator_id: str | None = None
    method: str | None = None
    shift_id: str | None = None
    receipt: str | None = None
    named: tuple[str, ...] | None = None


def listed(connection: Connection, wanted: TicketFilter, before: int | None, limit: int) -> list[TicketRow]:
    """Return a page of tickets, the newest first, that come before a position."""
    named = json.dumps(wanted.named or ())
    asked: list[tuple[str, Sequence[object]]] = [
        (condition, values)
        for value, condition, values in (
            (wanted.start, "t.business_day >= ?", (wanted.start,)),
            (wanted.end, "t.business_day <= ?", (wanted.end,)),
            (wanted.operator_id, "t.operator_id = ?", (wanted.operator_id,)),
            (wanted.shift_id, "t.shift_id = ?", (wanted.shift_id,)),
            (wanted.receipt, "instr(upper(t.receipt), upper(?)) > 0", (wanted.receipt,)),
            (wanted.named, _NAMED, (named, named)),
            (before, "t.position < ?", (before,)),
            (wanted.method, f"t.{Method(wanted.method or Method.CASH).value} <> 0", ()),
        )
        if value is not None
    ]
    where = " AND ".join(condition for condition, _ in asked) or "true"
    query = f"{_TICKETS} WHERE {where} ORDER BY t.position DESC LIMIT ?"
    rows = connection.execute(query, [*chain.from_iterable(values for _, values in asked), limit]).fetchall()
    return [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> TicketRow:
    told = TicketRow(*row)
    return replace(told, refund=bool(told.refund), sent=bool(told.sent))
