"""What people said about the till: folded from entries, with the state that moderation gives it."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from seraphine_pos.domain.event import Unreadable
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.feedback import MESSAGE_MAX, Scope, Sentiment
from seraphine_pos.domain.journal import Entry
from sync_server import feed
from sync_server.feed import Change
from sync_server.schema import feedback
from sync_server.transaction import Transaction

COLUMNS: Final = (
    "store_id", "event_id", "scope", "sentiment", "message", "related_sale_id", "operator_id", "till_id", "at_ms",
    "received_at_ms", "state",
)  # fmt: skip
NEW: Final = "new"
LISTED_MAX: Final = 500

Row = tuple[object, ...]


def row_of(store_id: str, entry: Entry, body: Mapping[str, object], till_id: str, received_at_ms: int) -> Row:
    """Return the row of a message whose body has the right shape; raise Unreadable."""
    if body["scope"] not in set(Scope) or body["sentiment"] not in set(Sentiment):
        raise Unreadable(f"feedback: unknown scope {body['scope']!r:.40} or sentiment {body['sentiment']!r:.40}")
    message = (entry.text or "")[:MESSAGE_MAX].replace("\0", "\ufffd")
    return (
        store_id, entry.event_id, body["scope"], body["sentiment"], message, body["related_sale_id"],
        body["operator_id"], till_id, entry.at_ms, received_at_ms, NEW,
    )  # fmt: skip


def announce(tx: Transaction, rows: Sequence[Row]) -> None:
    """Publish the state of messages that the feed does not know, so that their tills see them received."""
    bodies = {str(row[1]): {"state": NEW, "scope": row[2], "sentiment": row[3]} for row in rows}
    known = feed.find(tx.connection, tx.store_id, DocumentKind.FEEDBACK, bodies)
    changes = [
        Change(DocumentKind.FEEDBACK, key, body, tuple(body)) for key, body in bodies.items() if key not in known
    ]
    if changes:
        feed.publish(tx, changes, {})


def newest(connection: Connection, store_id: str, limit: int = LISTED_MAX) -> list[dict[str, object]]:
    """Return the messages, newest first."""
    rows = connection.execute(
        select(*[feedback.c[name] for name in COLUMNS[1:]])
        .where(feedback.c.store_id == store_id)
        .order_by(feedback.c.at_ms.desc(), feedback.c.event_id.desc())
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]
