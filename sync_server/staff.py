"""The staff: PINs hashed so that a hash made anywhere in the store verifies everywhere, and who may do what."""

import hmac
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection

from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.staff import Operator, from_body
from sync_server import feed

PEPPER_BYTES: Final = 32
SALT_BYTES: Final = 16
TIME_COST: Final = 2
MEMORY_KIB: Final = 19456
PARALLELISM: Final = 1


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
