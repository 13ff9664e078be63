"""Signing in with a PIN: how many wrong ones a person may give from one origin, and how many are looked at together.

A try is counted before its PIN is looked at and forgotten when it was right, so that neither many at once nor a server
that is started again give a further one. Somebody who is not on the staff is counted and answered like anybody else.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import Connection, delete, select, update

from seraphine_pos.domain.staff import TRIES_BEFORE_LOCK, lock_s
from sync_server import audit, feed
from sync_server.errors import RateLimited, Unauthenticated
from sync_server.rights import sessions, staff
from sync_server.rights.sessions import Opened
from sync_server.rights.staff import KeptPin
from sync_server.schema import sign_ins, stores
from sync_server.transaction import Transaction
from sync_server.turnstile import Turnstile

OPEN: Final = "open"
WRONG: Final = "this person or this PIN is wrong"
SECOND_MS: Final = 1000

Writing = Callable[[], AbstractContextManager[Transaction]]


def store_named(connection: Connection, store_id: str) -> str:
    """Return a store that somebody names who signs in; raise Unauthenticated where it is not here."""
    found: str | None = connection.execute(
        select(stores.c.store_id).where(stores.c.store_id == store_id)
    ).scalar_one_or_none()
    if found is None:
        raise Unauthenticated(WRONG)
    return found


def wait_s(tries: int) -> int:
    """Return how long a person waits after so many wrong PINs: each one after the fifth doubles the wait."""
    return lock_s(TRIES_BEFORE_LOCK * max(0, tries - TRIES_BEFORE_LOCK + 1))


def sign_in(write: Writing, turnstile: Turnstile, staff_id: str, pin: str, device_id: str | None) -> Opened:
    """Open a session for whoever knows the PIN; raise Unauthenticated, RateLimited."""
    kept = check(write, turnstile, staff_id, pin, device_id or OPEN)
    with write() as tx:
        _still(tx, staff_id, kept)
        forget(tx, staff_id, device_id or OPEN)
        return sessions.open_for(tx, staff_id, device_id)


def prove(write: Writing, turnstile: Turnstile, session: sessions.Session, pin: str) -> int:
    """Look at the PIN of a session's person again, and return until when that is good; raise as ``sign_in`` does."""
    origin = session.device_id or OPEN
    kept = check(write, turnstile, session.staff_id, pin, origin)
    with write() as tx:
        _still(tx, session.staff_id, kept)
        forget(tx, session.staff_id, origin)
        return sessions.prove(tx, session.session_id)


def check(write: Writing, turnstile: Turnstile, staff_id: str, pin: str, origin: str) -> KeptPin:
    """Count a try and look at its PIN; raise RateLimited while the person waits, Unauthenticated for a wrong one."""
    with turnstile.turn():
        with write() as tx:
            tries = count(tx, staff_id, origin)
            kept = staff.pin_of(tx.connection, tx.store_id, staff_id)
            if kept.known and tries >= TRIES_BEFORE_LOCK:
                audit.note(tx, "sign-in-locked", {"staff_id": staff_id, "origin": origin, "tries": tries})
        if not kept.fits(pin):
            raise Unauthenticated(WRONG, left=max(0, TRIES_BEFORE_LOCK - tries))
        return kept


def _still(tx: Transaction, staff_id: str, kept: KeptPin) -> None:
    """Raise Unauthenticated when the PIN was changed, or the person left, while it was being looked at."""
    feed.hold(tx)
    if staff.pin_of(tx.connection, tx.store_id, staff_id) != kept:
        raise Unauthenticated("this PIN was changed just now")


def count(tx: Transaction, staff_id: str, origin: str) -> int:
    """Count a try as a wrong one and return how many there were in a row; raise RateLimited during a wait."""
    of_person = (sign_ins.c.store_id == tx.store_id, sign_ins.c.staff_id == staff_id, sign_ins.c.origin == origin)
    columns = ("store_id", "staff_id", "origin", "tries", "locked_until_ms")
    # Adding nothing takes the row, which may be new, from whoever else would count or forget now.
    tx.database.add_many(tx.connection, sign_ins, columns, [(tx.store_id, staff_id, origin, 0, 0)])
    before = tx.connection.execute(select(sign_ins.c.tries, sign_ins.c.locked_until_ms).where(*of_person)).one()
    # A clock that was set back locks nobody out for longer than the count says.
    rest_s = min(-(-(before.locked_until_ms - tx.now_ms) // SECOND_MS), wait_s(before.tries))
    if rest_s > 0:
        raise RateLimited("too many wrong PINs: wait before the next one", retry_after_s=rest_s)
    tries: int = before.tries + 1
    until = tx.now_ms + wait_s(tries) * SECOND_MS
    tx.connection.execute(update(sign_ins).where(*of_person).values(tries=tries, locked_until_ms=until))
    return tries


def forget(tx: Transaction, staff_id: str, origin: str) -> None:
    """Forget the wrong PINs of a person who has given the right one."""
    tx.connection.execute(
        delete(sign_ins).where(
            sign_ins.c.store_id == tx.store_id, sign_ins.c.staff_id == staff_id, sign_ins.c.origin == origin
        )
    )
