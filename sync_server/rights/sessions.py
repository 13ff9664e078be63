"""The sessions of people: opened with a PIN for a day, proven anew for what is sensitive, ended at once when need be.

Tokens are kept as hashes alone; whose session it is stands in the row, never in what the caller says.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update

from sync_server import audit
from sync_server.errors import Unauthenticated
from sync_server.rights import tokens
from sync_server.schema import sessions, sign_ins
from sync_server.transaction import Transaction

LIFE_MS: Final = 24 * 3600 * 1000
PROOF_MS: Final = 5 * 60 * 1000
LISTED_MAX: Final = 500
# Wrong PINs of a day ago say nothing any more: whoever waits that long tries less often than a lock lets them.
TRIES_KEPT_MS: Final = 24 * 3600 * 1000
# What of a person's document ends their sessions when it changes.
DECISIVE: Final = frozenset({"pin_hash", "role", "active"})
_COLUMNS: Final = (
    sessions.c.session_id, sessions.c.staff_id, sessions.c.device_id, sessions.c.created_at_ms,
    sessions.c.expires_at_ms, sessions.c.proven_at_ms,
)  # fmt: skip
# Built once: every request of a person asks it.
_HOLDER: Final = select(*_COLUMNS, sessions.c.revoked_at_ms).where(
    sessions.c.store_id == bindparam("of_store"), sessions.c.token_hash == bindparam("of_token")
)


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session; ``device_id`` is the till it was opened at, None when it was elsewhere."""

    session_id: str
    staff_id: str
    device_id: str | None
    created_at_ms: int
    expires_at_ms: int
    proven_at_ms: int

    def is_proven(self, now_ms: int) -> bool:
        """Tell whether the PIN has been given in the last minutes; a clock that was set back proves nothing."""
        return 0 <= now_ms - self.proven_at_ms <= PROOF_MS


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh session with its token, which nobody can read again."""

    session: Session
    token: str


def open_for(tx: Transaction, staff_id: str, device_id: str | None) -> Opened:
    """Open a session of a person who has just given the PIN."""
    token, now = tokens.new(tx, tokens.SESSION), tx.now_ms
    session = Session(tx.new_id(), staff_id, device_id, now, now + LIFE_MS, now)
    tx.connection.execute(
        insert(sessions).values(
            store_id=tx.store_id,
            session_id=session.session_id,
            staff_id=staff_id,
            device_id=device_id,
            token_hash=tokens.digest(token),
            created_at_ms=now,
            expires_at_ms=session.expires_at_ms,
            proven_at_ms=now,
        )
    )
    audit.note(tx, "sign-in", {"staff_id": staff_id, "session_id": session.session_id, "device_id": device_id})
    return Opened(session, token)


def of_token(connection: Connection, store_id: str, token: str, now_ms: int) -> Session:
    """Return the live session that a token opens; raise Unauthenticated."""
    asked = {"of_store": store_id, "of_token": tokens.digest(token)}
    row = connection.execute(_HOLDER, asked).one_or_none()
    if row is None or row.revoked_at_ms is not None or not row.created_at_ms <= now_ms < row.expires_at_ms:
        raise Unauthenticated("this session is over, or never was: sign in again")
    return Session(*row[:-1])


def prove(tx: Transaction, session_id: str) -> int:
    """Note that the PIN was given again, and return until when that is good."""
    tx.connection.execute(
        update(sessions)
        .where(sessions.c.store_id == tx.store_id, sessions.c.session_id == session_id)
        .values(proven_at_ms=tx.now_ms)
    )
    return tx.now_ms + PROOF_MS


def live(connection: Connection, store_id: str, now_ms: int, staff_id: str | None = None) -> list[Session]:
    """Return the sessions that open something, newest first: of one person, or of everybody."""
    statement = (
        select(*_COLUMNS)
        .where(sessions.c.store_id == store_id, sessions.c.revoked_at_ms.is_(None), sessions.c.expires_at_ms > now_ms)
        .order_by(sessions.c.session_id.desc())
        .limit(LISTED_MAX)
    )
    if staff_id is not None:
        statement = statement.where(sessions.c.staff_id == staff_id)
    return [Session(*row) for row in connection.execute(statement)]


def end(tx: Transaction, session_id: str, staff_id: str | None = None) -> int:
    """End a session, of this person if one is named; return how many ended: one or none."""
    conditions = [sessions.c.session_id == session_id]
    return _end(tx, *conditions, *([] if staff_id is None else [sessions.c.staff_id == staff_id]))


def end_of_person(tx: Transaction, staff_id: str) -> int:
    """End all sessions of a person and return how many there were."""
    return _end(tx, sessions.c.staff_id == staff_id)


def end_of_device(tx: Transaction, device_id: str) -> int:
    """End the sessions that were opened at a till whose key is taken away."""
    return _end(tx, sessions.c.device_id == device_id)


def clean(tx: Transaction) -> int:
    """Delete the sessions that are over, and wrong PINs of more than a day ago; return how many rows went."""
    over = or_(sessions.c.expires_at_ms <= tx.now_ms, sessions.c.revoked_at_ms.is_not(None))
    gone = tx.connection.execute(delete(sessions).where(sessions.c.store_id == tx.store_id, over)).rowcount
    old = sign_ins.c.locked_until_ms < tx.now_ms - TRIES_KEPT_MS
    return gone + tx.connection.execute(delete(sign_ins).where(sign_ins.c.store_id == tx.store_id, old)).rowcount


def _end(tx: Transaction, *conditions: ColumnElement[bool]) -> int:
    ended = tx.connection.execute(
        update(sessions)
        .where(sessions.c.store_id == tx.store_id, sessions.c.revoked_at_ms.is_(None), *conditions)
        .values(revoked_at_ms=tx.now_ms)
        .returning(sessions.c.session_id)
    )
    gone = sorted(ended.scalars())
    if gone:
        audit.note(tx, "sign-out", {"session_ids": gone})
    return len(gone)
