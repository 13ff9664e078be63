"""The staff: PINs hashed so that a hash made anywhere in the store verifies everywhere, and who may do what."""

import hmac
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select

from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import tidy
from seraphine_pos.domain.refusal import InvalidPin
from seraphine_pos.domain.staff import Operator, Role, StaffMember, checked_pin, from_body, to_body
from sync_server import audit, feed
from sync_server.errors import Conflict, Missing, Refused
from sync_server.feed import Change, Stored
from sync_server.schema import stores
from sync_server.transaction import Transaction

PEPPER_BYTES: Final = 32
SALT_BYTES: Final = 16
TIME_COST: Final = 2
MEMORY_KIB: Final = 19456
PARALLELISM: Final = 1
NAME_MAX: Final = 200


def hash_pin(pepper: bytes, pin: str, random_bytes: RandomBytes) -> str:
    """Return the argon2id hash of HMAC-SHA256(pepper, PIN)."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
    secret = hmac.digest(pepper, pin.encode(), sha256)
    return hasher.hash(secret, salt=random_bytes(SALT_BYTES))


def operator(connection: Connection, store_id: str, staff_id: str) -> Operator | None:
    """Return an active member of the staff, None for anybody else."""
    found = feed.find(connection, store_id, DocumentKind.STAFF, [staff_id]).get(staff_id)
    if found is None or found.deleted:
        return None
    try:
        member = from_body(staff_id, found.body)
    except (KeyError, ValueError):
        return None
    return member.operator if member.active else None


def members(connection: Connection, store_id: str) -> list[StaffMember]:
    """Return everybody who is or was on the staff, by name."""
    found = feed.all_of(connection, store_id, DocumentKind.STAFF)
    return sorted((from_body(one.key, one.body) for one in found), key=lambda one: (one.name.casefold(), one.staff_id))


def add(tx: Transaction, name: str, role: Role, pin: str) -> StaffMember:
    """Publish a new member of the staff; raise Refused for a name or PIN that cannot be, Conflict for one taken."""
    tidied = tidy(name)
    if not tidied or len(tidied) > NAME_MAX or "\0" in tidied:
        raise Refused(f"the name is empty or longer than {NAME_MAX} characters")
    taken = {one.name.casefold() for one in members(tx.connection, tx.store_id) if one.active}
    if tidied.casefold() in taken:
        raise Conflict(f"somebody called {tidied} is on the staff already; add what tells the two apart")
    member = StaffMember(tx.new_id(), tidied, role, _hash(tx, pin))
    body = to_body(member)
    feed.publish(tx, [Change(DocumentKind.STAFF, member.staff_id, body, tuple(body))], {})
    audit.note(tx, "staff-add", {"staff_id": member.staff_id, "name": tidied, "role": role.value})
    return member


def set_pin(tx: Transaction, staff_id: str, pin: str) -> StaffMember:
    """Publish a member's new PIN; raise Missing, Refused."""
    stored = _stored(tx, staff_id)
    _change(tx, stored, "pin_hash", _hash(tx, pin))
    audit.note(tx, "staff-pin", {"staff_id": staff_id})
    return from_body(staff_id, stored.body)


def deactivate(tx: Transaction, staff_id: str) -> StaffMember:
    """Publish that a member left; raise Missing, and Conflict for the last owner, without whom nobody could manage."""
    stored = _stored(tx, staff_id)
    owners = {
        one.staff_id for one in members(tx.connection, tx.store_id) if one.active and one.role is Role.OWNER
    }  # fmt: skip
    if owners == {staff_id}:
        raise Conflict("this is the last owner; add another one first")
    _change(tx, stored, "active", value=False)
    audit.note(tx, "staff-deactivate", {"staff_id": staff_id})
    return from_body(staff_id, stored.body)


def _stored(tx: Transaction, staff_id: str) -> Stored:
    found = feed.find(tx.connection, tx.store_id, DocumentKind.STAFF, [staff_id]).get(staff_id)
    if found is None or found.deleted:
        raise Missing(f"nobody here has the id {staff_id}; see seraphine-server staff list")
    return found


def _change(tx: Transaction, stored: Stored, name: str, value: object) -> None:
    change = Change(DocumentKind.STAFF, stored.key, {**stored.body, name: value}, (name,))
    feed.publish(tx, [change], {stored.key: stored})


def _hash(tx: Transaction, pin: str) -> str:
    try:
        checked = checked_pin(pin)
    except InvalidPin:
        raise Refused("a PIN has four to six digits") from None
    pepper: bytes = tx.connection.execute(
        select(stores.c.pepper).where(stores.c.store_id == tx.store_id)
    ).scalar_one()  # fmt: skip
    return hash_pin(bytes(pepper), checked, tx.random_bytes)
