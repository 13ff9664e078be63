"""The store's own document: its name and address, and the words on its receipts."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, update

from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.store import Store, from_body
from sync_server import audit, feed
from sync_server.errors import Missing, Refused
from sync_server.feed import Change
from sync_server.schema import stores
from sync_server.transaction import Transaction

# What can be changed once there are sales: never the currency or the time zone, in which they were counted.
LONGEST: Final[Mapping[str, int]] = {"name": 200, "address": 2000, "receipt_header": 2000, "receipt_footer": 2000}


def change(tx: Transaction, wanted: Mapping[str, str]) -> dict[str, object]:
    """Publish these fields of the store, by the names in LONGEST, and return its whole document; raise Refused."""
    for name, text in wanted.items():
        if len(text) > LONGEST[name] or "\0" in text:
            raise Refused(f"{name} is longer than {LONGEST[name]} characters, or holds a NUL character")
    if "name" in wanted and not wanted["name"].strip():
        raise Refused("the store needs a name")
    old = feed.find(tx.connection, tx.store_id, DocumentKind.SETTING, [STORE_SETTING])
    if STORE_SETTING not in old:
        raise Missing("the store's document is not in the feed: run seraphine-server verify")
    before = old[STORE_SETTING].body
    fields = {name: text for name, text in wanted.items() if before.get(name, "") != text}
    body = {**before, **fields}
    if fields:
        feed.publish(tx, [Change(DocumentKind.SETTING, STORE_SETTING, body, tuple(fields))], old)
        tx.connection.execute(update(stores).where(stores.c.store_id == tx.store_id).values(name=body["name"]))
        audit.note(tx, "setting-store", fields)
    return body


def read(connection: Connection, store_id: str) -> Store:
    """Return the store as its document says it; raise Missing without one."""
    found = feed.find(connection, store_id, DocumentKind.SETTING, [STORE_SETTING]).get(STORE_SETTING)
    if found is None:
        raise Missing("the store's document is not in the feed: run seraphine-server verify")
    return from_body(found.body)
