"""The staff: PINs hashed so that a hash made anywhere in the store verifies everywhere, and who may do what."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy import Connection, select

from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import tidy
from seraphine_pos.domain.refusal import InvalidPin
from seraphine_pos.domain.staff import Operator, Role, StaffMember, checked_pin, from_body, peppered, to_body
from sync_server import audit, feed
from sync_server.errors import Conflict, Missing, Refused, Unauthenticated
from sync_server.feed import Change, Stored
from sync_server.rights import sessions
from sync_server.schema import stores
from sync_server.transaction import Transaction

PEPPER_BYTES: Final = 32
SALT_BYTES: Final = 16
TIME_COST: Final = 2
MEMORY_KIB: Final = 19456
PARALLELISM: Final = 1
NAME_MAX: Final = 200
# Of nobody's PIN: looking at it takes as long as at somebody's.
NOBODY: Final = f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p={PARALLELISM}${'A' * 22}${'A' * 43}"
# What people call the role that is “pilotTester” on the wire, taken wherever somebody writes one by hand.
CASHIER_TYPED: Final = "cashier"
TypedRole = Annotated[
    Role,
    BeforeValidator(lambda said: Role.CASHIER if said == CASHIER_TYPED else said),
    WithJsonSchema(
        {
            "type": "string",
            "enum": [*Role, CASHIER_TYPED],
            "description": f"{CASHIER_TYPED} is taken for {Role.CASHIER}, which is what every answer says",
        }
    ),
]


@dataclass(frozen=True, slots=True)
class KeptPin:
    """What is kept of a person's PIN; of somebody who is not on the staff, what nothing fits."""

    pepper: bytes
    pin_hash: str
    known: bool

    def fits(self, pin: str) -> bool:
        """Tell whether this is the person's PIN, after the same time whoever is asked for."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            PasswordHasher().verify(self.pin_hash, peppered(self.pepper, pin))
        except (VerificationError, InvalidHashError):
            return False
        return self.known


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What a person's record is to say from now on; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    pin: str | None = None
    active: bool | None = None


def hash_pin(pepper: bytes, pin: str, random_bytes: RandomBytes) -> str:
    """Return the argon2id hash of HMAC-SHA256(pepper, PIN)."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
    return hasher.hash(peppered(pepper, pin), salt=random_bytes(SALT_BYTES))


def operator(connection: Connection, store_id: str, staff_id: str) -> Operator | None:
    """Return an active member of the staff, None for anybody else."""
    member = _active(connection, store_id, staff_id)
    return None if member is None else member.operator


def pin_of(connection: Connection, store_id: str, staff_id: str) -> KeptPin:
    """Return what is kept of the PIN of an active member, or of anybody else's."""
    member = _active(connection, store_id, staff_id)
    pepper = _pepper(connection, store_id)
    return KeptPin(pepper, NOBODY, known=False) if member is None else KeptPin(pepper, member.pin_hash, known=True)


def find(connection: Connection, store_id: str, staff_id: str) -> StaffMember:
    """Return somebody who is or was on the staff; raise Missing."""
    return from_body(staff_id, _stored(connection, store_id, staff_id).body)


def members(connection: Connection, store_id: str) -> list[StaffMember]:
    """Return everybody who is or was on the staff, by name."""
    found = feed.all_of(connection, store_id, DocumentKind.STAFF)
    return sorted((from_body(one.key, one.body) for one in found), key=lambda one: (one.name.casefold(), one.staff_id))


def add(tx: Transaction, name: str, role: Role, pin: str) -> StaffMember:
    """Publish a new member of the staff; raise Refused for a name or PIN that cannot be, Conflict for one taken."""
    feed.hold(tx)
    tidied = _free_name(tx, name, "")
    member = StaffMember(tx.new_id(), tidied, role, _hash(tx, pin))
    body = to_body(member)
    feed.publish(tx, [Change(DocumentKind.STAFF, member.staff_id, body, tuple(body))], {})
    audit.note(tx, "staff-add", {"staff_id": member.staff_id, "name": tidied, "role": role.value})
    return member


def set_pin(tx: Transaction, staff_id: str, pin: str) -> StaffMember:
    """Publish a member's new PIN; raise Missing, Refused."""
    return change(tx, staff_id, StaffChange(pin=pin))


def deactivate(tx: Transaction, staff_id: str) -> StaffMember:
    """Publish that a member left; raise Missing, and Conflict for the last owner, without whom nobody could manage."""
    return change(tx, staff_id, StaffChange(active=False))


def change(tx: Transaction, staff_id: str, wanted: StaffChange) -> StaffMember:
    """Publish what is new of a member, whose sessions end unless it is the name alone.

    Raises Missing, Refused for a name or PIN that cannot be, Conflict for a name that is taken and for the last owner.
    """
    feed.hold(tx)
    stored = _stored(tx.connection, tx.store_id, staff_id)
    fields = _changed(tx, stored, wanted)
    body = {**stored.body, **fields}
    if not fields:
        return from_body(staff_id, body)
    changed = Change(DocumentKind.STAFF, staff_id, body, tuple(fields))
    settle(tx, changed)
    feed.publish(tx, [changed], {staff_id: stored})
    told = {name: value for name, value in fields.items() if name != "pin_hash"}
    audit.note(tx, "staff-change", {"staff_id": staff_id, "pin": "pin_hash" in fields, **told})
    return from_body(staff_id, body)


def settle(tx: Transaction, changed: Change) -> None:
    """Do what goes with a change of a person, whoever wishes for it: end the sessions, and keep an owner.

    Raises Conflict for the last owner, without whom nobody could manage.
    """
    feed.hold(tx)
    body = changed.body
    if (body["role"] != Role.OWNER or not body["active"]) and _owners(tx) == {changed.key}:
        raise Conflict("this is the last owner; add another one first")
    if sessions.DECISIVE & set(changed.changed):
        sessions.end_of_person(tx, changed.key)


def _changed(tx: Transaction, stored: Stored, wanted: StaffChange) -> dict[str, object]:
    """Return the fields that a change sets to something else."""
    fields: dict[str, object] = {}
    if wanted.name is not None:
        fields["name"] = _free_name(tx, wanted.name, stored.key)
    if wanted.role is not None:
        fields["role"] = wanted.role.value
    if wanted.active is not None:
        fields["active"] = wanted.active
    fields = {name: value for name, value in fields.items() if stored.body.get(name) != value}
    if wanted.pin is not None:
        fields["pin_hash"] = _hash(tx, wanted.pin)
    return fields


def _free_name(tx: Transaction, name: str, staff_id: str) -> str:
    """Return a name as it is kept; raise Refused, and Conflict when somebody else has it."""
    tidied = tidy(name)
    if not tidied or len(tidied) > NAME_MAX:
        raise Refused(f"the name is empty or longer than {NAME_MAX} characters")
    others = [one for one in members(tx.connection, tx.store_id) if one.active and one.staff_id != staff_id]
    if tidied.casefold() in {one.name.casefold() for one in others}:
        raise Conflict(f"somebody called {tidied} is on the staff already; add what tells the two apart")
    return tidied


def _owners(tx: Transaction) -> set[str]:
    return {one.staff_id for one in members(tx.connection, tx.store_id) if one.active and one.role is Role.OWNER}


def _active(connection: Connection, store_id: str, staff_id: str) -> StaffMember | None:
    found = feed.find(connection, store_id, DocumentKind.STAFF, [staff_id]).get(staff_id)
    if found is None or found.deleted:
        return None
    try:
        member = from_body(staff_id, found.body)
    except (KeyError, ValueError):
        return None
    return member if member.active else None


def _stored(connection: Connection, store_id: str, staff_id: str) -> Stored:
    found = feed.find(connection, store_id, DocumentKind.STAFF, [staff_id]).get(staff_id)
    if found is None or found.deleted:
        raise Missing(f"nobody here has the id {staff_id}; see seraphine-server staff list")
    return found


def _pepper(connection: Connection, store_id: str) -> bytes:
    found = connection.execute(select(stores.c.pepper).where(stores.c.store_id == store_id)).scalar_one_or_none()
    if found is None:
        raise Unauthenticated("this person or this PIN is wrong")  # a store that nobody has, as a caller may name one
    return bytes(found)


def _hash(tx: Transaction, pin: str) -> str:
    try:
        checked = checked_pin(pin)
    except InvalidPin:
        raise Refused("a PIN has four to six digits") from None
    return hash_pin(_pepper(tx.connection, tx.store_id), checked, tx.random_bytes)
