"""Words that stand in no journal: messages written on a page, reasons of flags raised there, and their audit rows.

They are old by this server's clock alone. No till could send them again, and none has to keep them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, select, update

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical, parse
from seraphine_pos.domain.retention import Data, Rules
from sync_server import feed
from sync_server.feed import Change, Stored
from sync_server.feedback import FROM_A_PAGE
from sync_server.schema import audit, feedback
from sync_server.transaction import Transaction

FLAGGING: Final = "sale-flag"


class Where(StrEnum):
    """Where such words are kept."""

    FEEDBACK = "feedback"
    FLAG = "flag"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Loose:
    """Some words, the key of the row or document that they stand in, and when they were written."""

    where: Where
    key: str
    at_ms: int
    words: str


def due(connection: Connection, store_id: str, wanted: Rules) -> tuple[Loose, ...]:
    """Return what is due by these rules; it changes nothing."""
    found = (*_messages(connection, store_id), *_reasons(connection, store_id), *_noted(connection, store_id))
    classes = {Where.FEEDBACK: Data.FEEDBACK, Where.FLAG: Data.WORDS, Where.AUDIT: Data.WORDS}
    return tuple(one for one in found if wanted.due(classes[one.where], one.at_ms))


def empty(tx: Transaction, gone: Sequence[Loose]) -> int:
    """Empty words of their place, unless others stand there by now; return how many were, at most a page of them."""
    keys = {where: [one.key for one in gone if one.where is where] for where in Where}
    said = (feedback.c.store_id == tx.store_id, feedback.c.event_id.in_(keys[Where.FEEDBACK]))
    count = tx.connection.execute(update(feedback).where(*said, feedback.c.message != "").values(message="")).rowcount
    archived = {one.key: one for one in gone if one.where is Where.FLAG}
    count += unflag(tx, archived, lambda one: _reason(one) == archived[one.key])
    return count + _empty_noted(tx, keys[Where.AUDIT])


def unflag(tx: Transaction, sale_ids: Collection[str], is_meant: Callable[[Stored], bool]) -> int:
    """Publish flags without their reasons, and return how many; who flagged, and what was decided, stays."""
    found = feed.find(tx.connection, tx.store_id, DocumentKind.FLAG, sale_ids)
    changes = [
        Change(DocumentKind.FLAG, one.key, {**one.body, "reason": ""}, ("reason",), deleted=one.deleted)
        for one in found.values()
        if one.body.get("reason") and is_meant(one)
    ]
    if changes:
        feed.publish(tx, changes, found)
    return len(changes)


def _messages(connection: Connection, store_id: str) -> Iterator[Loose]:
    statement = select(feedback.c.event_id, feedback.c.at_ms, feedback.c.message).where(
        feedback.c.store_id == store_id, feedback.c.till_id == FROM_A_PAGE, feedback.c.message != ""
    )
    for row in connection.execute(statement.order_by(feedback.c.at_ms, feedback.c.event_id)):
        yield Loose(Where.FEEDBACK, row.event_id, row.at_ms, row.message)


def _reasons(connection: Connection, store_id: str) -> Iterator[Loose]:
    for stored in feed.all_of(connection, store_id, DocumentKind.FLAG):
        if (found := _reason(stored)) is not None:
            yield found


def _reason(stored: Stored) -> Loose | None:
    """Return the reason of a flag that was raised on a page: a till's is set by the till, for its operator."""
    by, at_ms, words = (stored.body.get(name) for name in ("flagged_by", "flagged_at", "reason"))
    author = stored.fields.get("flagged_at")
    if author is None or author.who != by or not isinstance(at_ms, int) or not isinstance(words, str) or not words:
        return None
    return Loose(Where.FLAG, stored.key, at_ms, words)


def _noted(connection: Connection, store_id: str) -> Iterator[Loose]:
    statement = select(audit.c.audit_id, audit.c.at_ms, audit.c.detail).where(
        audit.c.store_id == store_id, audit.c.action == FLAGGING
    )
    for row in connection.execute(statement.order_by(audit.c.at_ms, audit.c.audit_id)):
        if words := parse(row.detail).get("reason"):
            yield Loose(Where.AUDIT, row.audit_id, row.at_ms, str(words))


def _empty_noted(tx: Transaction, audit_ids: Sequence[str]) -> int:
    """Leave of these rows who flagged which sale."""
    of_rows = (audit.c.store_id == tx.store_id, audit.c.audit_id.in_(audit_ids))
    rows = tx.connection.execute(select(audit.c.audit_id, audit.c.detail).where(*of_rows)).all()
    for row in rows:
        tx.connection.execute(
            update(audit)
            .where(audit.c.store_id == tx.store_id, audit.c.audit_id == row.audit_id)
            .values(detail=canonical({**parse(row.detail), "reason": ""}))
        )
    return len(rows)
