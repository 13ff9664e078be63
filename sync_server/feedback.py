"""What people said about the till: folded from entries or written on a page, with what moderation made of it.

What moderation decided stands in the feed's documents, which outlive a rebuild; the rows here repeat it for the lists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.event import Unreadable
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.feedback import MESSAGE_MAX, Message, Scope, Sentiment, checked
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.refusal import InvalidText
from sync_server import audit, feed
from sync_server.errors import Missing, Refused
from sync_server.feed import Change
from sync_server.paging import Order, Page
from sync_server.schema import feedback, sales
from sync_server.transaction import Transaction

COLUMNS: Final = (
    "store_id", "event_id", "scope", "sentiment", "message", "related_sale_id", "operator_id", "till_id", "at_ms",
    "received_at_ms", "state",
)  # fmt: skip
LISTED: Final = (*COLUMNS[1:], "tag", "moderated_by", "moderated_at_ms")
LISTED_MAX: Final = 500
MS: Final = 1000
# Such a message came through no till and stands in no journal.
FROM_A_PAGE: Final = ""


class State(StrEnum):
    """How far a message has come with the owner."""

    NEW = "new"
    READ = "read"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class Tag(StrEnum):
    """What a message turned out to be."""

    BUG = "bug"
    IDEA = "idea"
    CONFUSION = "confusion"


NEW: Final = State.NEW.value
Row = tuple[object, ...]
Read = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class FeedbackQuery:
    """Which messages are asked for: days in the store's ``zone``, both included; ``after`` is where a page ended."""

    scope: Scope | None = None
    sentiment: Sentiment | None = None
    state: State | None = None
    tag: Tag | None = None
    start: date | None = None
    end: date | None = None
    zone: str = "UTC"
    after: str = ""


def row_of(store_id: str, entry: Entry, body: Mapping[str, object], till_id: str, received_at_ms: int) -> Row:
    """Return the row of a message whose body has the right shape; raise Unreadable."""
    if body["scope"] not in set(Scope) or body["sentiment"] not in set(Sentiment):
        raise Unreadable(f"feedback: unknown scope {body['scope']!r:.40} or sentiment {body['sentiment']!r:.40}")
    message = mask(entry.text or "")[:MESSAGE_MAX].replace("\0", "\ufffd")
    return (
        store_id, entry.event_id, body["scope"], body["sentiment"], message, body["related_sale_id"],
        body["operator_id"], till_id, entry.at_ms, received_at_ms, NEW,
    )  # fmt: skip


def announce(tx: Transaction, rows: Sequence[Row]) -> None:
    """Publish the state of messages that the feed does not know; the known ones get what was decided of them."""
    bodies: dict[str, dict[str, object]] = {
        str(row[1]): {"state": NEW, "scope": row[2], "sentiment": row[3]} for row in rows
    }
    known = feed.find(tx.connection, tx.store_id, DocumentKind.FEEDBACK, bodies)
    changes = [
        Change(DocumentKind.FEEDBACK, key, body, tuple(body)) for key, body in bodies.items() if key not in known
    ]
    if changes:
        feed.publish(tx, changes, {})
    for stored in known.values():
        settle(tx, stored.key, stored.body)


def submit(tx: Transaction, message: Message, operator_id: str) -> dict[str, object]:
    """Take a message that was written on a page and return it; raise Refused without words, or about no sale."""
    try:
        words = checked(message.text)
    except InvalidText:
        raise Refused(f"message: between 1 and {MESSAGE_MAX} characters are needed") from None
    related = message.related_sale_id
    of_sale = select(sales.c.event_id).where(sales.c.store_id == tx.store_id, sales.c.event_id == related)
    if related is not None and tx.connection.execute(of_sale).one_or_none() is None:
        raise Refused("related_sale_id: there is no such sale")
    event_id = tx.new_id()
    row = (
        tx.store_id, event_id, message.scope.value, message.sentiment.value, words, message.related_sale_id,
        operator_id, FROM_A_PAGE, tx.now_ms, tx.now_ms, NEW,
    )  # fmt: skip
    tx.database.insert_many(tx.connection, feedback, COLUMNS, [row])
    announce(tx, [row])
    return one(tx.connection, tx.store_id, event_id)


def moderate(tx: Transaction, event_id: str, wanted: Mapping[str, str | None], who: str) -> dict[str, object]:
    """Set ``state``, ``tag`` or both of a message, publish it and return the message; raise Missing."""
    before = one(tx.connection, tx.store_id, event_id)
    fields = {name: value for name, value in wanted.items() if before[name] != value}
    if not fields:
        return before
    old = feed.find(tx.connection, tx.store_id, DocumentKind.FEEDBACK, [event_id])
    was = old[event_id].body if event_id in old else {name: before[name] for name in ("scope", "sentiment", "state")}
    stamped = {**fields, "moderated_by": who, "moderated_at": tx.now_ms}
    body = {**was, **stamped}
    feed.publish(tx, [Change(DocumentKind.FEEDBACK, event_id, body, tuple(stamped))], old, author=who)
    settle(tx, event_id, body)
    audit.note(tx, "feedback-moderate", {"event_id": event_id, "set": fields})
    return one(tx.connection, tx.store_id, event_id)


def settle(tx: Transaction, event_id: str, body: Mapping[str, object]) -> None:
    """Write into a message's row what its document says was decided."""
    by, at_ms = body.get("moderated_by"), body.get("moderated_at")
    values = {
        "state": body["state"] if body.get("state") in set(State) else NEW,
        "tag": body["tag"] if body.get("tag") in set(Tag) else None,
        "moderated_by": by if isinstance(by, str) else None,
        "moderated_at_ms": at_ms if isinstance(at_ms, int) else None,
    }
    of_message = (feedback.c.store_id == tx.store_id, feedback.c.event_id == event_id)
    tx.connection.execute(update(feedback).where(*of_message).values(**values))


def one(connection: Connection, store_id: str, event_id: str) -> dict[str, object]:
    """Return a message; raise Missing."""
    row = connection.execute(
        select(*[feedback.c[name] for name in LISTED]).where(
            feedback.c.store_id == store_id, feedback.c.event_id == event_id
        )
    )
    found = row.mappings().one_or_none()
    if found is None:
        raise Missing("there is no such message")
    return dict(found)


def listed(connection: Connection, store_id: str, query: FeedbackQuery, rows_max: int = LISTED_MAX) -> Page:
    """Return the next messages, newest first."""
    statement = select(*[feedback.c[name] for name in LISTED]).where(feedback.c.store_id == store_id)
    for column, wanted in (
        (feedback.c.scope, query.scope), (feedback.c.sentiment, query.sentiment), (feedback.c.state, query.state),
        (feedback.c.tag, query.tag),
    ):  # fmt: skip
        if wanted is not None:
            statement = statement.where(column == wanted.value)
    zone = ZoneInfo(query.zone)
    if query.start is not None:
        statement = statement.where(feedback.c.at_ms >= _begin_ms(query.start, zone))
    if query.end is not None and query.end < date.max:
        statement = statement.where(feedback.c.at_ms < _begin_ms(query.end + timedelta(days=1), zone))
    order = Order((feedback.c.at_ms, feedback.c.event_id), (int, str), falling=True)
    page = order.page(connection, statement, query.after, rows_max)
    return replace(page, rows=[dict(row) for row in page.rows])


def all_pages(read: Read, store_id: str, query: FeedbackQuery, rows_max: int = LISTED_MAX) -> Iterator[Page]:
    """Yield page after page to the end, each in a transaction of its own that ``read`` opens."""
    while True:
        with read() as connection:
            page = listed(connection, store_id, query, rows_max)
        yield page
        if page.after is None:
            return
        query = replace(query, after=page.after)


def _begin_ms(day: date, zone: ZoneInfo) -> int:
    """Return the moment at which a day begins; one at the calendar's ends begins with it everywhere."""
    try:
        return int(datetime.combine(day, time(), zone).timestamp()) * MS
    except (OverflowError, ValueError):
        return (day - date(1970, 1, 1)).days * 86_400_000
