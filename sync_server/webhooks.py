"""Insights from outside: signed as Standard Webhooks says, taken once, and kept with the reason when refused."""

import hmac
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, not_, select, update

from seraphine_pos.domain.card_mask import mask
from sync_server import audit, insights, nesting, shape_faults, signature
from sync_server.errors import Conflict, Problem, Refused, TooLarge, Unauthenticated
from sync_server.insights import Insight
from sync_server.schema import webhook_failures, webhook_ids, webhook_secrets
from sync_server.transaction import Transaction

TOLERANCE_MS: Final = 5 * 60 * 1000
REMEMBERED_MS: Final = 7 * 24 * 3600 * 1000
BODY_BYTES_MAX: Final = 64 * 1024
FAILURES_KEPT_MAX: Final = 1000
# What anybody may send has a small share of its own: it never pushes out what somebody who knows a secret sent.
UNSIGNED_KEPT_MAX: Final = 50
FAILURES_LISTED_MAX: Final = 200
BODY_BYTES_KEPT: Final = 8 * 1024
SECRETS_LIVE_MAX: Final = 2
ID_MAX: Final = 200
TOO_FAR: Final = "webhook-timestamp is more than five minutes from this server's clock"
TIMESTAMP_DIGITS_MAX: Final = 12


def new_secret(tx: Transaction) -> str:
    """Make a signing secret and return it; the one before stays valid, older ones do not."""
    secret = signature.new_secret(tx.random_bytes)
    live = [secret_id for secret_id, _ in _secrets(tx.connection, tx.store_id)]
    for secret_id in live[SECRETS_LIVE_MAX - 1 :]:
        tx.connection.execute(
            update(webhook_secrets)
            .where(webhook_secrets.c.store_id == tx.store_id, webhook_secrets.c.secret_id == secret_id)
            .values(retired_at_ms=tx.now_ms)
        )
    secret_id = tx.new_id()
    tx.connection.execute(
        insert(webhook_secrets).values(
            store_id=tx.store_id, secret_id=secret_id, secret=secret, created_at_ms=tx.now_ms
        )
    )
    audit.note(tx, "webhook-secret", {"secret_id": secret_id})
    return secret


def accept(tx: Transaction, headers: Mapping[str, str], body: bytes) -> str:
    """Publish the insight of a signed request and return its id; raise Refused with the reason."""
    webhook_id = _verified(tx, headers, body)
    if len(body) > BODY_BYTES_MAX:
        raise TooLarge(f"the body has {len(body)} bytes, at most {BODY_BYTES_MAX} are taken")
    _remember(tx, webhook_id)
    nesting.check(body)
    try:
        insight = Insight.model_validate_json(body)
    except ValidationError as problem:
        raise Refused(shape_faults.told(problem.errors())) from None
    if twice := shape_faults.given_twice(body):
        raise Refused(twice)
    if insight.source_run_id.startswith(insights.PREFIX):
        raise Refused(f"sourceRunId: {insights.PREFIX} is what this server calls its own runs")
    return insights.publish(tx, insight)


def keep_failure(tx: Transaction, headers: Mapping[str, str], body: bytes, problem: Problem) -> None:
    """Keep a refused request with its reason; the oldest of its share make room, the signed or the unsigned ones."""
    tx.connection.execute(
        insert(webhook_failures).values(
            store_id=tx.store_id,
            failure_id=tx.new_id(),
            received_at_ms=tx.now_ms,
            code=problem.code,
            reason=mask(problem.message.replace("\0", "\ufffd")),
            webhook_id=headers.get("webhook-id", "")[:ID_MAX] or None,
            body=mask(body.decode(errors="replace")).encode()[:BODY_BYTES_KEPT],
        )
    )
    # A signature that fits but is late came from somebody who knows a secret.
    unsigned = and_(webhook_failures.c.code == Unauthenticated.code, webhook_failures.c.reason != TOO_FAR)
    _make_room(tx, unsigned, UNSIGNED_KEPT_MAX)
    _make_room(tx, not_(unsigned), FAILURES_KEPT_MAX)


def _make_room(tx: Transaction, share: ColumnElement[bool], kept_max: int) -> None:
    """Delete all but the newest of a share of the refused requests."""
    mine = and_(webhook_failures.c.store_id == tx.store_id, share)
    newest_first = select(webhook_failures.c.failure_id).where(mine).order_by(webhook_failures.c.failure_id.desc())
    found = tx.connection.execute(newest_first.offset(kept_max).limit(1)).scalar_one_or_none()
    if found is not None:
        tx.connection.execute(delete(webhook_failures).where(mine, webhook_failures.c.failure_id <= found))


def failures(connection: Connection, store_id: str) -> list[dict[str, object]]:
    """Return the refused requests, newest first."""
    rows = connection.execute(
        select(webhook_failures)
        .where(webhook_failures.c.store_id == store_id)
        .order_by(webhook_failures.c.failure_id.desc())
        .limit(FAILURES_LISTED_MAX)
    )
    return [
        {
            "failure_id": row.failure_id,
            "received_at_ms": row.received_at_ms,
            "code": row.code,
            "reason": row.reason,
            "webhook_id": row.webhook_id,
            "body": row.body.decode(errors="replace"),
        }
        for row in rows
    ]


def _verified(tx: Transaction, headers: Mapping[str, str], body: bytes) -> str:
    """Return the id of a request whose time and signature are right; raise Unauthenticated."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not (0 < len(webhook_id) <= ID_MAX and webhook_id.isprintable() and signatures):
        raise Unauthenticated("the headers webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= TIMESTAMP_DIGITS_MAX):
        raise Unauthenticated("webhook-timestamp is not a time in Unix seconds")
    secrets = _secrets(tx.connection, tx.store_id)
    if not secrets:
        raise Unauthenticated("no secret has been made here: run seraphine-server webhook-secret")
    given = [part.encode() for part in signatures.split(" ") if part.startswith("v1,")]
    expected = [signature.sign(secret, webhook_id, timestamp, body).encode() for _, secret in secrets]
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        raise Unauthenticated("no signature matches: sign id.timestamp.body, the body as the exact bytes sent")
    if abs(int(timestamp) * 1000 - tx.now_ms) > TOLERANCE_MS:
        raise Unauthenticated(TOO_FAR)
    return webhook_id


def _remember(tx: Transaction, webhook_id: str) -> None:
    """Note an id for as long as its signature could be tried again, and longer; raise Conflict for a known one."""
    mine = webhook_ids.c.store_id == tx.store_id
    tx.connection.execute(delete(webhook_ids).where(mine, webhook_ids.c.received_at_ms < tx.now_ms - REMEMBERED_MS))
    row = (tx.store_id, webhook_id, tx.now_ms)
    columns = ("store_id", "webhook_id", "received_at_ms")
    if not tx.database.insert_many(tx.connection, webhook_ids, columns, [row]):
        raise Conflict(f"the request {webhook_id} was received before")


def _secrets(connection: Connection, store_id: str) -> list[tuple[str, str]]:
    """Return the live secrets, newest first."""
    rows = connection.execute(
        select(webhook_secrets.c.secret_id, webhook_secrets.c.secret)
        .where(webhook_secrets.c.store_id == store_id, webhook_secrets.c.retired_at_ms.is_(None))
        .order_by(webhook_secrets.c.created_at_ms.desc(), webhook_secrets.c.secret_id.desc())
    )
    return [(row.secret_id, row.secret) for row in rows]
