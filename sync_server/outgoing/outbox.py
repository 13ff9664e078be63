"""What has to be told outside: receivers, and one row a message, written in the transaction of what happened.

A message is delivered at least once: whoever takes it holds it for a minute, and whoever fails puts it back.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update

from sync_server import audit, signature
from sync_server.errors import Missing, Refused
from sync_server.outgoing import destination
from sync_server.schema import outbox, receivers
from sync_server.transaction import Transaction

INSIGHTS_REQUESTED: Final = "insights.requested"
DAY_CLOSED: Final = "day.closed"
TOPICS: Final[Mapping[str, str]] = {
    INSIGHTS_REQUESTED: "the night's analysis has run: time to compute and send insights",
    DAY_CLOSED: "a till's shift was closed, and with it the day's figures",
}
# After the first try: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; then it is given up and shown.
RETRY_MS: Final = tuple(1000 * s for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
BODY_BYTES_MAX: Final = 20 * 1024
HELD_MS: Final = 60_000
KEPT_MS: Final = 30 * 24 * 3600 * 1000
PROBLEM_MAX: Final = 500
GIVEN_UP: Final = "given up: "


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told of which topics, and how it goes: messages waiting, delivered and given up, the last problem."""

    receiver_id: str
    url: str
    topics: tuple[str, ...]
    disabled_at_ms: int | None
    reason: str | None
    waiting: int
    delivered: int
    given_up: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message in hand: ``tries`` counts this one."""

    message_id: str
    receiver_id: str
    url: str
    secret: str
    topic: str
    body: bytes
    tries: int


def add(tx: Transaction, url: str, topics: Sequence[str], allow: Sequence[str] = ()) -> tuple[str, str]:
    """Keep a receiver and return its id and the secret that signs what it is sent; raise Refused."""
    if not topics or (unknown := [one for one in topics if one not in TOPICS]):
        raise Refused(f"topics are {', '.join(TOPICS)}" + (f", not {unknown[0]}" if topics else ""))
    destination.read(url, allow)
    receiver_id, secret = tx.new_id(), signature.new_secret(tx.random_bytes)
    tx.connection.execute(
        insert(receivers).values(
            store_id=tx.store_id, receiver_id=receiver_id, url=url, secret=secret,
            topics=" ".join(sorted(set(topics))), created_at_ms=tx.now_ms,
        )
    )  # fmt: skip
    audit.note(tx, "receiver-added", {"receiver_id": receiver_id, "url": url, "topics": sorted(set(topics))})
    return receiver_id, secret


def remove(tx: Transaction, receiver_id: str) -> None:
    """Take a receiver away, with whatever it was not told yet; raise Missing."""
    mine = (receivers.c.store_id == tx.store_id, receivers.c.receiver_id == receiver_id)
    if not tx.connection.execute(delete(receivers).where(*mine)).rowcount:
        raise Missing(f"there is no receiver {receiver_id}: run seraphine-server receiver list")
    tx.connection.execute(delete(outbox).where(outbox.c.store_id == tx.store_id, outbox.c.receiver_id == receiver_id))
    audit.note(tx, "receiver-removed", {"receiver_id": receiver_id})


def listed(connection: Connection, store_id: str) -> list[Receiver]:
    """Return the receivers, oldest first, with what became of their messages."""
    told = connection.execute(
        select(
            outbox.c.receiver_id,
            _count(outbox.c.due_at_ms.is_not(None)).label("waiting"),
            _count(outbox.c.delivered_at_ms.is_not(None)).label("delivered"),
            _count(outbox.c.due_at_ms.is_(None) & outbox.c.delivered_at_ms.is_(None)).label("given_up"),
        )
        .where(outbox.c.store_id == store_id)
        .group_by(outbox.c.receiver_id)
    )
    counts = {row.receiver_id: (int(row.waiting), int(row.delivered), int(row.given_up)) for row in told}
    rows = connection.execute(
        select(receivers).where(receivers.c.store_id == store_id).order_by(receivers.c.receiver_id)
    ).all()
    return [
        Receiver(
            row.receiver_id, row.url, tuple(row.topics.split()), row.disabled_at_ms, row.reason,
            *counts.get(row.receiver_id, (0, 0, 0)), _last_problem(connection, store_id, row.receiver_id),
        )
        for row in rows
    ]  # fmt: skip


def enqueue(tx: Transaction, topic: str, about: str, data: Mapping[str, object]) -> int:
    """Put a message for each receiver of a topic; return how many are new.

    The id is made of receiver, topic and ``about``, so that the same thing is told once.
    """
    asked = tx.connection.execute(
        select(receivers.c.receiver_id, receivers.c.topics).where(
            receivers.c.store_id == tx.store_id, receivers.c.disabled_at_ms.is_(None)
        )
    )
    wanted = [row.receiver_id for row in asked if topic in row.topics.split()]
    if not wanted:
        return 0
    at = datetime.fromtimestamp(tx.now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps(
        {"type": topic, "timestamp": at, "data": dict(data)}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    if len(body) > BODY_BYTES_MAX:
        raise ValueError(f"a message of {len(body)} bytes, at most {BODY_BYTES_MAX} are sent")
    tx.connection.execute(
        delete(outbox).where(
            outbox.c.store_id == tx.store_id,
            outbox.c.due_at_ms.is_(None),
            outbox.c.created_at_ms < tx.now_ms - KEPT_MS,
        )
    )
    columns = ("store_id", "message_id", "receiver_id", "topic", "body", "created_at_ms", "tries", "due_at_ms")
    rows = [
        (tx.store_id, _id(receiver_id, topic, about), receiver_id, topic, body, tx.now_ms, 0, tx.now_ms)
        for receiver_id in wanted
    ]
    return tx.database.insert_many(tx.connection, outbox, columns, rows)


def is_due(connection: Connection, store_id: str, now_ms: int) -> bool:
    """Tell whether a message waits for nobody but its receiver."""
    waiting = select(outbox.c.message_id).where(outbox.c.store_id == store_id, outbox.c.due_at_ms <= now_ms).limit(1)
    return connection.execute(waiting).one_or_none() is not None


def stores_with_due(connection: Connection, now_ms: int, named: str, most: int) -> list[str]:
    """Return the stores with a message that waits for nobody but its receiver, that of the oldest one first.

    A store without a receiver costs nothing, another one a step in an index. ``named`` is the only one that is meant.
    """
    asked = select(receivers.c.store_id).distinct()
    telling = (asked.where(receivers.c.store_id == named) if named else asked).subquery("telling")
    oldest = (
        select(func.min(outbox.c.due_at_ms))
        .where(outbox.c.store_id == telling.c.store_id, outbox.c.due_at_ms <= now_ms)
        .correlate(telling)
        .scalar_subquery()
    )
    waiting = select(telling.c.store_id, oldest.label("oldest")).subquery("waiting")
    found = select(waiting.c.store_id).where(waiting.c.oldest.is_not(None)).order_by(waiting.c.oldest).limit(most)
    return list(connection.execute(found).scalars())


def take(tx: Transaction) -> Message | None:
    """Take the message that is due longest, for a minute; None when nothing is due, or others hold it."""
    row = tx.connection.execute(
        select(
            outbox.c.message_id, outbox.c.receiver_id, outbox.c.topic, outbox.c.body, outbox.c.tries,
            receivers.c.url, receivers.c.secret,
        )
        .join(
            receivers,
            (receivers.c.store_id == outbox.c.store_id) & (receivers.c.receiver_id == outbox.c.receiver_id),
        )
        .where(
            outbox.c.store_id == tx.store_id, outbox.c.due_at_ms <= tx.now_ms, receivers.c.disabled_at_ms.is_(None)
        )
        .order_by(outbox.c.due_at_ms, outbox.c.message_id)
        .limit(1)
        .with_for_update(of=outbox, skip_locked=True)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    message = Message(row.message_id, row.receiver_id, row.url, row.secret, row.topic, row.body, row.tries + 1)
    _change(tx, message, tries=message.tries, due_at_ms=tx.now_ms + HELD_MS)
    return message


def delivered(tx: Transaction, message: Message) -> None:
    """Note that a message arrived."""
    _change(tx, message, delivered_at_ms=tx.now_ms, due_at_ms=None, problem=None)


def failed(tx: Transaction, message: Message, problem: str) -> None:
    """Note why a message did not arrive, and when it is tried again; after the last try it is given up."""
    problem = problem.replace("\0", "\ufffd")[:PROBLEM_MAX]
    if message.tries <= len(RETRY_MS):
        _change(tx, message, due_at_ms=tx.now_ms + RETRY_MS[message.tries - 1], problem=problem)
        return
    _change(tx, message, due_at_ms=None, problem=GIVEN_UP + problem)
    said = {"receiver_id": message.receiver_id, "message_id": message.message_id, "problem": problem}
    audit.note(tx, "message-given-up", said)


def gone(tx: Transaction, message: Message) -> None:
    """Tell a receiver nothing more: it has said that it is gone (410)."""
    mine = (receivers.c.store_id == tx.store_id, receivers.c.receiver_id == message.receiver_id)
    reason = "it answered 410: gone"
    tx.connection.execute(update(receivers).where(*mine).values(disabled_at_ms=tx.now_ms, reason=reason))
    tx.connection.execute(
        update(outbox)
        .where(
            outbox.c.store_id == tx.store_id,
            outbox.c.receiver_id == message.receiver_id,
            outbox.c.due_at_ms.is_not(None),
        )
        .values(due_at_ms=None, problem=GIVEN_UP + reason)
    )
    audit.note(tx, "receiver-disabled", {"receiver_id": message.receiver_id, "reason": reason})


def _change(tx: Transaction, message: Message, **values: object) -> None:
    mine = (outbox.c.store_id == tx.store_id, outbox.c.message_id == message.message_id)
    tx.connection.execute(update(outbox).where(*mine).values(**values))


def _id(receiver_id: str, topic: str, about: str) -> str:
    return "msg_" + sha256(json.dumps([receiver_id, topic, about]).encode()).hexdigest()[:32]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _last_problem(connection: Connection, store_id: str, receiver_id: str) -> str | None:
    problem: Any = connection.execute(
        select(outbox.c.problem)
        .where(outbox.c.store_id == store_id, outbox.c.receiver_id == receiver_id, outbox.c.problem.is_not(None))
        .order_by(outbox.c.created_at_ms.desc(), outbox.c.message_id)
        .limit(1)
    ).scalar_one_or_none()
    return None if problem is None else str(problem)
