"""Who is calling: one-time codes that enrol a till, and the device keys that they are exchanged for.

Codes and keys are stored as hashes alone; store, till and device are read from the key, never from
what the caller says. A key names its store before its secret, so that looking it up costs one store whatever others
share the database; the hash is over both parts.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select, update

from seraphine_pos.domain.protocol import Enrolment
from seraphine_pos.domain.refusal import CodeRefused
from sync_server import audit
from sync_server.errors import Forbidden, Missing, Unauthenticated
from sync_server.rights import sessions
from sync_server.schema import devices, enrol_codes, journals, stores, this_server, tills
from sync_server.transaction import Transaction

CODE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 16
# Of a code that is copied and never typed: 128 bits.
LONG_CODE_LENGTH: Final = 26
# So many wrong codes burn all that are open; a person who mistypes needs fewer, and a new code is made at once.
TRIES_MAX: Final = 10
CODE_GROUP: Final = 4
CODE_LIFE_MS: Final = 15 * 60 * 1000
KEY_BYTES: Final = 32
MACHINE_MAX: Final = 200
KEY_STORE: Final = re.compile(r"([0-9A-Za-z-]{1,64})\.")
KEY: Final = re.compile(r"([0-9A-Za-z-]{1,64}\.)?[0-9a-f]{64}")
# Built once: every request asks one of these.
_HOLDER: Final = select(devices.c.store_id, devices.c.device_id, devices.c.till_id, devices.c.revoked_at_ms).where(
    devices.c.key_hash == bindparam("of_key")
)
_HOLDER_IN_STORE: Final = _HOLDER.where(devices.c.store_id == bindparam("of_store"))


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device: whose it is and which till it is."""

    store_id: str
    device_id: str
    till_id: str


def new_code(
    tx: Transaction, *, till_label: str | None = None, life_ms: int = CODE_LIFE_MS, length: int = CODE_LENGTH
) -> str:
    """Return a code that enrols one till, once, within ``life_ms``; for a label, that till again."""
    till_id = None if till_label is None else _till_of_label(tx, till_label)
    letters = "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in tx.random_bytes(length))
    code = "-".join(letters[at : at + CODE_GROUP] for at in range(0, length, CODE_GROUP))
    tx.connection.execute(
        insert(enrol_codes).values(
            store_id=tx.store_id,
            code_hash=_hash_code(code),
            till_id=till_id,
            created_at_ms=tx.now_ms,
            expires_at_ms=tx.now_ms + life_ms,
            tries=0,
        )
    )
    audit.note(tx, "enrol-code", {"till": till_label, "life_ms": life_ms})
    return code


def store_of_code(connection: Connection, code: str) -> str:
    """Return the store that a code enrols for; raise CodeRefused."""
    found: str | None = connection.execute(
        select(enrol_codes.c.store_id).where(enrol_codes.c.code_hash == _hash_code(code))
    ).scalar_one_or_none()
    if found is None:
        raise CodeRefused
    return found


def stores_with_open_codes(connection: Connection, now_ms: int) -> list[str]:
    """Return the stores in which a wrong code might have been meant to hit one."""
    return list(connection.execute(select(enrol_codes.c.store_id).where(*_open(now_ms)).distinct()).scalars())


def count_wrong(tx: Transaction) -> None:
    """Count a wrong code against every code that is open; those that have seen TRIES_MAX are good no more."""
    burnt = tx.connection.execute(
        update(enrol_codes)
        .where(enrol_codes.c.store_id == tx.store_id, *_open(tx.now_ms))
        .values(tries=enrol_codes.c.tries + 1)
        .returning(enrol_codes.c.tries)
    ).scalars()
    count = sum(tries >= TRIES_MAX for tries in burnt)
    if count:
        audit.note(tx, "enrol-codes-burnt", {"codes": count})


def _open(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        enrol_codes.c.used_at_ms.is_(None),
        enrol_codes.c.expires_at_ms >= now_ms,
        enrol_codes.c.tries < TRIES_MAX,
    )


def enrol(tx: Transaction, code: str, machine: str) -> Enrolment:
    """Exchange a code for a till and its key; raise CodeRefused when it is unknown, used, burnt or too old."""
    taken = tx.connection.execute(
        update(enrol_codes)
        .where(
            enrol_codes.c.store_id == tx.store_id,
            enrol_codes.c.code_hash == _hash_code(code),
            *_open(tx.now_ms),
        )
        .values(used_at_ms=tx.now_ms)
        .returning(enrol_codes.c.till_id)
    ).one_or_none()
    if taken is None:
        raise CodeRefused
    machine = machine[:MACHINE_MAX].replace("\0", "")
    till_id = taken.till_id if taken.till_id is not None else _new_till(tx, machine)
    device_id, key = tx.new_id(), key_of_store(tx.store_id, tx.random_bytes(KEY_BYTES).hex())
    _revoke(tx, devices.c.till_id == till_id)
    tx.connection.execute(
        insert(devices).values(
            store_id=tx.store_id, device_id=device_id, till_id=till_id, key_hash=_hash_key(key), created_at_ms=tx.now_ms
        )
    )
    row = tx.connection.execute(
        select(this_server.label("server_id"), stores.c.name, stores.c.pepper, tills.c.label)
        .join(tills, tills.c.store_id == stores.c.store_id)
        .where(stores.c.store_id == tx.store_id, tills.c.till_id == till_id)
    ).one()
    audit.note(tx, "enrol", {"till": row.label, "device_id": device_id, "machine": machine})
    return Enrolment(
        row.server_id, tx.store_id, row.name, till_id, row.label, device_id, key, row.pepper.hex()
    )  # fmt: skip


def key_of_store(store_id: str, secret: str) -> str:
    """Return the key, of any kind, that says in which store its secret opens something."""
    return f"{store_id}.{secret}"


def store_of_key(key: str) -> str | None:
    """Return the store that a key names, None for a key that is a secret alone."""
    named = KEY_STORE.match(key)
    return None if named is None else named[1]


def device_of_key(connection: Connection, key: str) -> Device:
    """Return the device that holds a key; raise Unauthenticated, or Forbidden when it was revoked."""
    store_id = store_of_key(key)
    asked = {"of_key": _hash_key(key)}
    found = (
        connection.execute(_HOLDER, asked)
        if store_id is None
        else connection.execute(_HOLDER_IN_STORE, {**asked, "of_store": store_id})
    )
    row = found.one_or_none()
    if row is None:
        if KEY.fullmatch(key) is None:  # somebody's mistyped token, and no till's
            raise Unauthenticated("nobody has this key or session")
        raise Unauthenticated("nobody has this device key: enrol this till again with a new code")
    if row.revoked_at_ms is not None:
        raise Forbidden("this device key was revoked: keep everything and enrol again with a new code")
    return Device(row.store_id, row.device_id, row.till_id)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that was enrolled, and when it last pushed."""

    device_id: str
    created_at_ms: int
    revoked_at_ms: int | None
    pushed_at_ms: int | None


@dataclass(frozen=True, slots=True)
class KnownTill:
    """A till with the devices that ever stood in its place, the newest first."""

    till_id: str
    label: str
    machine: str
    enrolled_at_ms: int
    devices: tuple[KnownDevice, ...]


def tills_of(connection: Connection, store_id: str) -> list[KnownTill]:
    """Return the tills of a store in the order in which they were enrolled."""
    pushed = (
        select(func.max(journals.c.received_at_ms))
        .where(journals.c.store_id == devices.c.store_id, journals.c.device_id == devices.c.device_id)
        .scalar_subquery()
    )
    columns = (devices.c.device_id, devices.c.created_at_ms, devices.c.revoked_at_ms, pushed, devices.c.till_id)
    known: dict[str, list[KnownDevice]] = {}
    newest_first = (devices.c.created_at_ms.desc(), devices.c.device_id.desc())
    for *device, till_id in connection.execute(
        select(*columns).where(devices.c.store_id == store_id).order_by(*newest_first)
    ):
        known.setdefault(till_id, []).append(KnownDevice(*device))
    rows = connection.execute(
        select(tills.c.till_id, tills.c.label, tills.c.machine, tills.c.enrolled_at_ms)
        .where(tills.c.store_id == store_id)
        .order_by(tills.c.enrolled_at_ms, tills.c.till_id)
    )
    return [KnownTill(*row, devices=tuple(known.get(row.till_id, ()))) for row in rows]


def till_named(connection: Connection, store_id: str, name: str) -> str:
    """Return the id of the till that has a label or an id; raise Missing."""
    found = connection.execute(
        select(tills.c.till_id)
        .where(tills.c.store_id == store_id, or_(tills.c.till_id == name, tills.c.label == name))
        .order_by(tills.c.till_id != name)
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise Missing(f"there is no till “{name:.64}” in this store: give its label or its id")
    return str(found)


def revoke(tx: Transaction, device_id: str) -> None:
    """Take a device's key away at once; raise Missing for one that is not there or was taken away before."""
    if not _revoke(tx, devices.c.device_id == device_id):
        raise Missing("there is no such device, or its key was revoked before")
    audit.note(tx, "device-revoke", {"device_id": device_id})


def _new_till(tx: Transaction, machine: str) -> str:
    """Add a till labelled A1, A2 … in the order of enrolment; the store's row keeps others waiting."""
    tx.connection.execute(update(stores).where(stores.c.store_id == tx.store_id).values(rev=stores.c.rev))
    count = tx.connection.execute(
        select(func.count()).select_from(tills).where(tills.c.store_id == tx.store_id)
    ).scalar_one()
    till_id = tx.new_id()
    tx.connection.execute(
        insert(tills).values(
            store_id=tx.store_id, till_id=till_id, label=f"A{count + 1}", machine=machine, enrolled_at_ms=tx.now_ms
        )
    )
    return till_id


def _revoke(tx: Transaction, which: ColumnElement[bool]) -> list[str]:
    """Revoke some keys with the sessions that were opened at their tills, and return whose they were."""
    revoked = tx.connection.execute(
        update(devices)
        .where(devices.c.store_id == tx.store_id, which, devices.c.revoked_at_ms.is_(None))
        .values(revoked_at_ms=tx.now_ms)
        .returning(devices.c.device_id)
    )
    gone = list(revoked.scalars())
    for device_id in gone:
        sessions.end_of_device(tx, device_id)
    return gone


def _till_of_label(tx: Transaction, label: str) -> str:
    found: str | None = tx.connection.execute(
        select(tills.c.till_id).where(tills.c.store_id == tx.store_id, tills.c.label == label)
    ).scalar_one_or_none()
    if found is None:
        raise Missing(f"there is no till {label} in this store")
    return found


def _hash_code(code: str) -> bytes:
    """Hash a code as a person may have typed it: any case, with or without dashes."""
    return sha256(b"enrol code " + "".join(filter(str.isalnum, code.upper())).encode()).digest()


def _hash_key(key: str) -> bytes:
    return sha256(b"device key " + key.encode(errors="surrogatepass")).digest()
