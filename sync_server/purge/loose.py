"""Words that stand in no journal: messages and reasons from pages, the trail, conflicts, and refused insights.

They are old by this server's clock alone. No till could send them again, and none has to keep them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import Connection, select, update

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.retention import Data, Rules
from sync_server import feed
from sync_server.feed import Change, Stored
from sync_server.feedback import FROM_A_PAGE
from sync_server.purge import disputes, refusals, trail
from sync_server.purge.words import CLASS, Loose, Where
from sync_server.schema import feedback
from sync_server.transaction import Transaction


def due(connection: Connection, store_id: str, wanted: Rules) -> tuple[Loose, ...]:
    """Return what is due by these rules; it changes nothing."""
    limit = wanted.before[Data.TECHNICAL] or 0
    found = (
        *_messages(connection, store_id), *_reasons(connection, store_id),
        *(one for room in (trail, disputes, refusals) for one in room.due(connection, store_id, limit)),
    )  # fmt: skip
    return tuple(one for one in found if wanted.due(CLASS[one.where], one.at_ms))


def empty(tx: Transaction, gone: Sequence[Loose]) -> int:
    """Empty words of their place, unless others stand there by now; return how many were, at most a page of them."""
    keys = {where: [one.key for one in gone if one.where is where] for where in Where}
    said = (feedback.c.store_id == tx.store_id, feedback.c.event_id.in_(keys[Where.FEEDBACK]))
    count = tx.connection.execute(update(feedback).where(*said, feedback.c.message != "").values(message="")).rowcount
    archived = {one.key: one for one in gone if one.where is Where.FLAG}
    count += unflag(tx, archived, lambda one: _reason(one) == archived[one.key])
    count += trail.empty(tx, keys[Where.AUDIT]) + disputes.empty(tx, keys[Where.CONFLICT])
    return count + refusals.remove(tx, keys[Where.REFUSAL])


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
