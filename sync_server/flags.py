"""Sales that somebody found odd: for each a document with the reason, and with what the owner decided.

The documents are the truth of it; a flag that a till tells of is raised when its entry is applied, once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Connection, Exists, exists, select

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.event import Unreadable
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.feedback import MESSAGE_MAX
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.product import tidy
from sync_server import audit, feed
from sync_server.errors import Missing, Refused
from sync_server.feed import Change, Stored
from sync_server.schema import documents, sales
from sync_server.transaction import Transaction

OPEN: Final = "open"
CLEARED: Final = "cleared"
REASON_MAX: Final = 500
KEY_MAX: Final = 200
# Canonical JSON has no spaces, and writes a quote within a text as \": this stands in no reason.
_IS_OPEN: Final = f'%"state":"{OPEN}"%'

Flag = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """A sale that a person at a till marked as odd."""

    sale_id: str
    reason: str
    operator_id: str
    at_ms: int


def read(entry: Entry, body: Mapping[str, object]) -> Told:
    """Read ``sale.flagged``; raise Unreadable when it names no sale."""
    sale_id = cast("str", body["sale_id"])
    if not 0 < len(sale_id) <= KEY_MAX:
        raise Unreadable("the id of the flagged sale is empty or too long")
    reason = mask(entry.text or "")[:MESSAGE_MAX].replace("\0", "\ufffd")
    return Told(sale_id, reason, cast("str", body["operator_id"]), entry.at_ms)


def apply(tx: Transaction, told: Told, till_id: str) -> None:
    """Publish a flag of a till."""
    _publish(tx, told.sale_id, _raised(told.reason, told.operator_id, told.at_ms), _find(tx, told.sale_id), till_id)


def put(tx: Transaction, sale_id: str, reason: str, who: str) -> Flag:
    """Flag a sale, again if need be, and return its flag; raise Refused without a reason, Missing for no sale."""
    words = mask(tidy(reason))
    if not 0 < len(words) <= REASON_MAX:
        raise Refused(f"reason: between 1 and {REASON_MAX} characters are needed")
    known = select(sales.c.event_id).where(sales.c.store_id == tx.store_id, sales.c.event_id == sale_id)
    if tx.connection.execute(known).one_or_none() is None:
        raise Missing("there is no such sale")
    flag = _raised(words, who, tx.now_ms)
    _publish(tx, sale_id, flag, _find(tx, sale_id), who)
    audit.note(tx, "sale-flag", {"sale_id": sale_id, "reason": words})
    return flag


def clear(tx: Transaction, sale_id: str, who: str) -> Flag:
    """Decide that a sale is in order and return its flag; raise Missing when it bears no open one."""
    stored = _find(tx, sale_id)
    if stored is None or stored.deleted or stored.body.get("state") != OPEN:
        raise Missing("this sale bears no open flag")
    flag = {**stored.body, "state": CLEARED, "decided_by": who, "decided_at": tx.now_ms}
    _publish(tx, sale_id, flag, stored, who)
    audit.note(tx, "sale-unflag", {"sale_id": sale_id})
    return flag


def of_sales(connection: Connection, store_id: str, sale_ids: Iterable[str]) -> dict[str, Flag]:
    """Return the flags that these sales bear or bore."""
    found = feed.find(connection, store_id, DocumentKind.FLAG, sale_ids)
    return {sale_id: dict(stored.body) for sale_id, stored in found.items() if not stored.deleted}


def is_open(store_id: ColumnElement[Any], sale_id: ColumnElement[Any]) -> Exists:
    """Ask within a statement whether a sale bears an open flag."""
    return exists().where(
        documents.c.store_id == store_id,
        documents.c.kind == DocumentKind.FLAG,
        documents.c.key == sale_id,
        documents.c.deleted == 0,
        documents.c.body.like(_IS_OPEN),
    )


def _raised(reason: str, who: str, at_ms: int) -> Flag:
    return {
        "state": OPEN, "reason": reason, "flagged_by": who, "flagged_at": at_ms, "decided_by": None,
        "decided_at": None,
    }  # fmt: skip


def _find(tx: Transaction, sale_id: str) -> Stored | None:
    return feed.find(tx.connection, tx.store_id, DocumentKind.FLAG, [sale_id]).get(sale_id)


def _publish(tx: Transaction, sale_id: str, flag: Flag, before: Stored | None, author: str) -> None:
    old: dict[str, Stored] = {} if before is None else {sale_id: before}
    changed: Sequence[str] = [name for name, value in flag.items() if before is None or before.body.get(name) != value]
    feed.publish(tx, [Change(DocumentKind.FLAG, sale_id, flag, tuple(changed))], old, author=author)
