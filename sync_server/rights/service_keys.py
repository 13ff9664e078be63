"""The keys of programs, each with the scopes that it was made for; kept as hashes alone, told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from seraphine_pos.domain.product import tidy
from sync_server import audit
from sync_server.errors import Forbidden, Missing, Refused, Unauthenticated
from sync_server.rights import tokens
from sync_server.schema import service_keys
from sync_server.transaction import Transaction

NAME_MAX: Final = 100


class Scope(StrEnum):
    """What a service key may open."""

    INSIGHTS_WRITE = "insights:write"
    SALES_READ = "sales:read"
    REPORTS_READ = "reports:read"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    METRICS_READ = "metrics:read"


_COLUMNS: Final = (
    service_keys.c.key_id, service_keys.c.name, service_keys.c.scopes, service_keys.c.created_at_ms,
    service_keys.c.revoked_at_ms,
)  # fmt: skip
# Built once: every request of a program asks it.
_HOLDER: Final = select(*_COLUMNS).where(
    service_keys.c.store_id == bindparam("of_store"), service_keys.c.key_hash == bindparam("of_key")
)


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A key without its secret."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    created_at_ms: int
    revoked_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh key with its token, which nobody can read again."""

    key: ServiceKey
    token: str


def new(tx: Transaction, name: str, scopes: Sequence[Scope]) -> Made:
    """Make a key that opens these scopes alone; raise Refused for a name that cannot be, or no scope."""
    tidied = tidy(name)
    if not tidied or len(tidied) > NAME_MAX:
        raise Refused(f"the name is empty or longer than {NAME_MAX} characters")
    if not scopes:
        raise Refused("a key without a scope opens nothing: name one at least")
    token = tokens.new(tx, tokens.SERVICE)
    key = ServiceKey(tx.new_id(), tidied, frozenset(scopes), tx.now_ms, None)
    told = " ".join(sorted(key.scopes))
    tx.connection.execute(
        insert(service_keys).values(
            store_id=tx.store_id,
            key_id=key.key_id,
            name=tidied,
            scopes=told,
            key_hash=tokens.digest(token),
            created_at_ms=tx.now_ms,
        )
    )
    audit.note(tx, "service-key", {"key_id": key.key_id, "name": tidied, "scopes": told})
    return Made(key, token)


def of_token(connection: Connection, store_id: str, token: str) -> ServiceKey:
    """Return the key that a token is; raise Unauthenticated, or Forbidden when it was revoked."""
    asked = {"of_store": store_id, "of_key": tokens.digest(token)}
    row = connection.execute(_HOLDER, asked).one_or_none()
    if row is None:
        raise Unauthenticated("nobody has this service key: an owner makes another one")
    if row.revoked_at_ms is not None:
        raise Forbidden("this service key was revoked: an owner makes another one")
    return _key(*row)


def listed(connection: Connection, store_id: str) -> list[ServiceKey]:
    """Return every key that was made, newest first."""
    rows = connection.execute(
        select(*_COLUMNS).where(service_keys.c.store_id == store_id).order_by(service_keys.c.key_id.desc())
    )
    return [_key(*row) for row in rows]


def revoke(tx: Transaction, key_id: str) -> ServiceKey:
    """Take a key away at once; raise Missing for one that is not there or was taken away before."""
    row = tx.connection.execute(
        update(service_keys)
        .where(
            service_keys.c.store_id == tx.store_id,
            service_keys.c.key_id == key_id,
            service_keys.c.revoked_at_ms.is_(None),
        )
        .values(revoked_at_ms=tx.now_ms)
        .returning(*_COLUMNS)
    ).one_or_none()
    if row is None:
        raise Missing("there is no such key, or it was revoked before")
    key = _key(*row)
    audit.note(tx, "service-key-revoke", {"key_id": key.key_id, "name": key.name})
    return key


def _key(key_id: str, name: str, scopes: str, created_at_ms: int, revoked_at_ms: int | None) -> ServiceKey:
    """Return a row as a key; a scope that a newer program gave opens nothing here."""
    known = frozenset(scope for scope in Scope if scope in scopes.split(" "))
    return ServiceKey(key_id, name, known, created_at_ms, revoked_at_ms)
