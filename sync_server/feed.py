"""The feed: what the shop has decided, one row a document with the revision that last changed it.

A revision is taken by updating the store's row, so that its number and its commit agree: whoever
reads revision N reads everything before it. Whoever opens the database anew leaves a wide gap of its
own before its first revision: a revision that was given out by a copy of this database, which was
then replaced, falls into a gap and is told from those of this one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Connection, bindparam, insert, select, update

from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.protocol import PAGE_DOCUMENTS_MAX, Page
from sync_server.schema import documents, gaps, journals, stores, this_server
from sync_server.transaction import SERVER, Transaction

COLUMNS: Final = ("store_id", "kind", "key", "rev", "body", "deleted", "fields")
KEYS_AT_ONCE: Final = 500
# A gap holds so many revisions, and less than twice as many: two copies of a database do not leave the same one.
GAP: Final = 1 << 24
GAP_BYTES: Final = 3
# A feed that begins anew leaves all behind that its lost copy may have given out.
RESTART_GAP: Final = 1 << 34
_OF_STORE: Final = stores.c.store_id == bindparam("of_store")
_NEXT: Final = (
    update(stores)
    .where(_OF_STORE, stores.c.opening == bindparam("of_opening"))
    .values(rev=stores.c.rev + 1)
    .returning(stores.c.rev)
)
_LEAP: Final = (
    update(stores)
    .where(_OF_STORE)
    .values(rev=stores.c.rev + bindparam("gap") + 1, opening=bindparam("of_opening"))
    .returning(stores.c.rev)
)

# Every till asks these every forty seconds, all day: building them anew cost more than answering them.
_LAST: Final = select(stores.c.rev).where(_OF_STORE)
# Gaps never overlap: only the last one that begins before it can hold it. Servers that take turns leave many.
_GAP_BEFORE: Final = (
    select(gaps.c.before)
    .where(gaps.c.store_id == bindparam("of_store"), gaps.c.after < bindparam("of_rev"))
    .order_by(gaps.c.after.desc())
    .limit(1)
)
_STORE: Final = select(stores.c.feed_id, stores.c.rev, this_server.label("server_id")).where(_OF_STORE)
_AFTER: Final = (
    select(documents)
    .where(documents.c.store_id == bindparam("of_store"), documents.c.rev > bindparam("of_rev"))
    .order_by(documents.c.rev, documents.c.kind, documents.c.key)
    .limit(PAGE_DOCUMENTS_MAX + 1)
)
_APPLIED: Final = select(journals.c.applied_seq).where(
    journals.c.store_id == bindparam("of_store"), journals.c.journal_id == bindparam("of_journal")
)


@dataclass(frozen=True, slots=True)
class Author:
    """Who last set a field, and in which revision."""

    rev: int
    who: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the server holds it, with the author of each field."""

    kind: str
    key: str
    rev: int
    body: Mapping[str, object]
    deleted: bool
    fields: Mapping[str, Author]


@dataclass(frozen=True, slots=True)
class Change:
    """A document's new body, and the names of the fields that this change sets."""

    kind: str
    key: str
    body: Mapping[str, object]
    changed: tuple[str, ...]
    deleted: bool = False


def hold(tx: Transaction) -> None:
    """Take the store's row before reading what is to be changed: of two changes the second sees what the first left."""
    tx.connection.execute(select(stores.c.store_id).where(stores.c.store_id == tx.store_id).with_for_update())


def next_rev(tx: Transaction) -> int:
    """Take the store's next revision, and with it the store's row until the commit."""
    of = {"of_store": tx.store_id, "of_opening": tx.database.opening}
    rev: int | None = tx.connection.execute(_NEXT, of).scalar_one_or_none()
    if rev is None:  # somebody else, or nobody since this database was opened, took the one before
        rev = _leap(tx, GAP + int.from_bytes(tx.random_bytes(GAP_BYTES), "big"))
    return rev


def _leap(tx: Transaction, gap: int) -> int:
    """Take the revision after a gap that no other may ever fill."""
    of = {"of_store": tx.store_id, "of_opening": tx.database.opening, "gap": gap}
    rev: int = tx.connection.execute(_LEAP, of).scalar_one()
    tx.connection.execute(insert(gaps).values(store_id=tx.store_id, after=rev - gap - 1, before=rev))
    return rev


def was_given(connection: Connection, store_id: str, rev: int) -> bool:
    """Tell whether this feed has given a revision out; 0 stands before all."""
    asked = {"of_store": store_id, "of_rev": rev}
    last: int = connection.execute(_LAST, asked).scalar_one()
    before: int | None = connection.execute(_GAP_BEFORE, asked).scalar_one_or_none()
    return 0 <= rev <= last and (before is None or before <= rev)


def find(connection: Connection, store_id: str, kind: str, keys: Iterable[str]) -> dict[str, Stored]:
    """Return the documents of a kind that have these keys."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Stored] = {}
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        rows = connection.execute(
            select(documents).where(
                documents.c.store_id == store_id,
                documents.c.kind == kind,
                documents.c.key.in_(wanted[start : start + KEYS_AT_ONCE]),
            )
        )
        found.update({row.key: _stored(row) for row in rows})
    return found


def all_of(connection: Connection, store_id: str, kind: str) -> list[Stored]:
    """Return the living documents of a kind, by key."""
    rows = connection.execute(
        select(documents)
        .where(documents.c.store_id == store_id, documents.c.kind == kind, documents.c.deleted == 0)
        .order_by(documents.c.key)
    )
    return [_stored(row) for row in rows]


def publish(tx: Transaction, changes: Sequence[Change], before: Mapping[str, Stored], *, author: str = SERVER) -> int:
    """Write changed documents in one revision of their own and return it.

    ``before`` holds the documents that exist, by key; at most a page's worth of changes fit.
    """
    if len(changes) > PAGE_DOCUMENTS_MAX:
        raise ValueError(f"{len(changes)} documents do not fit one page")
    rev = next_rev(tx)
    rows = []
    for change in changes:
        old = before.get(change.key)
        fields = {name: [by.rev, by.who] for name, by in old.fields.items()} if old else {}
        fields.update({name: [rev, author] for name in change.changed})
        rows.append((
            tx.store_id, change.kind, change.key, rev, canonical(dict(change.body)), int(change.deleted),
            canonical(fields),
        ))  # fmt: skip
    tx.database.put_many(tx.connection, documents, COLUMNS, rows)
    return rev


def put(tx: Transaction, kind: str, key: str, body: Mapping[str, object]) -> int:
    """Publish one document that the server itself decides; the whole body is its own."""
    return publish(tx, [Change(kind, key, body, tuple(body))], {})


def page(connection: Connection, store_id: str, feed_id: str, rev: int, journal_id: str) -> Page:
    """Return the documents after ``rev``, never a part of a revision, and how far the journal is applied.

    A reader of another feed, or one ahead of this feed, starts again from nothing.
    """
    asked: dict[str, object] = {"of_store": store_id, "of_journal": journal_id}
    store = connection.execute(_STORE, asked).one()
    after = rev if feed_id == store.feed_id and 0 <= rev <= store.rev else 0
    rows = connection.execute(_AFTER, {**asked, "of_rev": after}).all()
    more = len(rows) > PAGE_DOCUMENTS_MAX
    if more:
        cut = rows[-1].rev
        rows = [row for row in rows if row.rev < cut]
    applied = connection.execute(_APPLIED, asked).scalar_one_or_none()
    return Page(
        server_id=store.server_id,
        feed_id=store.feed_id,
        rev=rows[-1].rev if more else store.rev,
        documents=tuple(Document(row.kind, row.key, row.rev, json.loads(row.body), bool(row.deleted)) for row in rows),
        applied_seq=applied or 0,
        more=more,
        after=after,
    )


def restart(tx: Transaction) -> str:
    """Give the feed a new identity: every mirror of the old one is pulled again from nothing.

    What was proposed on a revision of the lost copy then stands before every revision to come.
    """
    feed_id = tx.new_id()
    _leap(tx, RESTART_GAP)
    tx.connection.execute(update(stores).where(stores.c.store_id == tx.store_id).values(feed_id=feed_id))
    return feed_id


def _stored(row: object) -> Stored:
    line = cast("Any", row)
    fields = {name: Author(*by) for name, by in json.loads(line.fields).items()}
    return Stored(line.kind, line.key, line.rev, json.loads(line.body), bool(line.deleted), fields)
