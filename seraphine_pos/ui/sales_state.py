"""What the sales log asks for and shows, as values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from seraphine_pos.domain.receipt import Row
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.table_state import TableState


@dataclass(frozen=True, slots=True)
class SalesQuery:
    """Which tickets to list; empty is any. `named` asks for certain tickets and for nothing else."""

    span: Span | None = None
    operator_id: str = ""
    method: str = ""
    receipt: str = ""
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SalesPage:
    """A page of tickets, the newest first; `following` reads the next one, None where this was the last."""

    table: TableState = field(default_factory=TableState)
    following: int | None = None


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket as its paper says it."""

    receipt: str
    rows: tuple[Row, ...]
    refundable: bool


@dataclass(frozen=True, slots=True)
class SalesDesk:
    """What the sales log can ask of this till; `keep` writes a ticket as PDF. All of it may wait for the disk."""

    read: Callable[[SalesQuery, int | None], SalesPage]
    open: Callable[[str], OpenTicket]
    keep: Callable[[str], Path]
    people: Callable[[], tuple[tuple[str, str], ...]]
    sees_all: Callable[[], bool]
