"""This till's copy of the server's feed: pages go in, documents come out.

The tables have two sides. A new feed is pulled into the idle side while the other one serves, and
both change places in one small transaction when the new one is whole.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.product import folded
from seraphine_pos.domain.protocol import Page
from seraphine_pos.store.database import Connection, Database
from seraphine_pos.store.ledger import drop_granted

_FEED: Final = "SELECT side, feed_id, rev, whole, next_feed_id, next_rev FROM feed"
_FIRST_FEED: Final = """
    INSERT INTO feed (only, side, feed_id, rev, whole, next_feed_id, next_rev) VALUES (1, 0, ?, 0, 0, '', 0)"""
_CHANGE_SIDES: Final = "UPDATE feed SET side = ?, feed_id = ?, rev = ?, whole = 1, next_feed_id = '', next_rev = 0"
_PRODUCTS: Final = "SELECT side, position, body FROM document WHERE kind = ? AND deleted = 0"
_IN_USE: Final = "side = (SELECT side FROM feed)"
_UPSERT: Final = """
    INSERT INTO document (side, kind, key, rev, body, deleted) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (side, kind, key) DO UPDATE SET rev = excluded.rev, body = excluded.body, deleted = excluded.deleted
    RETURNING position"""


@dataclass(frozen=True, slots=True)
class FeedState:
    """Where the next pull goes on, and whether the documents in use are whole."""

    feed_id: str
    rev: int
    whole: bool


class Mirror:
    """The documents of the feed on this till."""

    def __init__(self, database: Database) -> None:
        """Read and write in this database."""
        self._database = database

    def state(self) -> FeedState:
        """Return where the next pull goes on."""
        with self._database.read() as connection:
            row = connection.execute(_FEED).fetchone()
        if row is None:
            return FeedState("", 0, whole=False)
        _, feed_id, rev, whole, next_feed_id, next_rev = row
        return FeedState(next_feed_id, next_rev, bool(whole)) if next_feed_id else FeedState(feed_id, rev, bool(whole))

    def apply(self, page: Page, journal_id: str | None = None) -> frozenset[str]:
        """Take a page in, in one transaction; return the kinds of document that changed in use.

        A page of another feed than the one in use goes to the idle side.
        """
        with self._database.write(durable=False) as connection:
            in_use, feed_id, whole, next_feed_id = _feed(connection, page.feed_id)
            beside = page.feed_id != feed_id
            side = 1 - in_use if beside else in_use
            if beside and page.feed_id != next_feed_id:
                _clear_side(connection, side)
            for one in page.documents:
                _store(connection, side, one)
            if not beside:
                connection.execute("UPDATE feed SET rev = ?, whole = ?", (page.rev, int(whole or not page.more)))
            elif page.more:
                connection.execute("UPDATE feed SET next_feed_id = ?, next_rev = ?", (page.feed_id, page.rev))
            else:
                connection.execute(_CHANGE_SIDES, (side, page.feed_id, page.rev))
            # A wish stays until the documents that hold it are all here.
            if journal_id is not None and not page.more:
                self._granted(connection, journal_id, page.applied_seq)
        if beside and page.more:
            return frozenset()
        return frozenset(DocumentKind) if beside else frozenset(one.kind for one in page.documents)

    def _granted(self, connection: Connection, journal_id: str, applied_seq: int) -> None:
        connection.execute("UPDATE journal SET applied_seq = ? WHERE journal_id = ?", (applied_seq, journal_id))
        # Nobody asks for the till's other journals: what the server had acknowledged of them is in this feed, too.
        connection.execute("UPDATE journal SET applied_seq = acked_seq WHERE journal_id <> ?", (journal_id,))
        drop_granted(connection)

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document in use."""
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT rev, body, deleted FROM document WHERE {_IN_USE} AND kind = ? AND key = ?", (str(kind), key)
            ).fetchone()
        return None if row is None else Document(kind, key, row[0], json.loads(row[1]), bool(row[2]))

    def all(self, kind: str) -> Iterator[Document]:
        """Yield the live documents of a kind, in the order of their keys."""
        query = f"SELECT key, rev, body FROM document WHERE {_IN_USE} AND kind = ? AND deleted = 0 ORDER BY key"
        with self._database.read() as connection:
            rows = connection.execute(query, (str(kind),)).fetchall()
        for key, rev, body in rows:
            yield Document(kind, key, rev, json.loads(body))

    def count(self, kind: str) -> int:
        """Return how many live documents of a kind are in use."""
        with self._database.read() as connection:
            query = f"SELECT count(*) FROM document WHERE {_IN_USE} AND kind = ? AND deleted = 0"
            return int(connection.execute(query, (str(kind),)).fetchone()[0])

    def differences(self, pages: Iterable[Page]) -> Iterator[str]:
        """Compare the documents in use with the whole feed; yield each that differs.

        What the feed changed after the revision reached here is not a difference: it has not come yet.
        """
        seen: set[tuple[str, str]] = set()
        reached = self.state().rev
        for page in pages:
            for one in page.documents:
                seen.add((one.kind, one.key))
                if one.rev > reached:
                    continue
                kept = self.get(one.kind, one.key)
                if (
                    kept is None
                    or (kept.rev, kept.deleted) != (one.rev, one.deleted)
                    or dict(kept.body) != dict(one.body)
                ):
                    yield f"document {one.kind} {one.key}: revision {one.rev} of the feed, {kept and kept.rev} here"
        with self._database.read() as connection:
            for kind, key in connection.execute(f"SELECT kind, key FROM document WHERE {_IN_USE}"):
                if (kind, key) not in seen:
                    yield f"document {kind} {key}: here and not in the feed"

    def rebuild(self) -> int:
        """Make the code and name indexes again from the documents; return how many products there are."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM product_code")
            connection.execute("DELETE FROM product_name")
            rows = connection.execute(_PRODUCTS, (DocumentKind.PRODUCT.value,)).fetchall()
            for side, position, body in rows:
                _index(connection, side, position, json.loads(body))
        return len(rows)


def _feed(connection: Connection, feed_id: str) -> tuple[int, str, bool, str]:
    """Return the side in use, its feed, whether that is whole, and the feed that comes in beside it."""
    row = connection.execute(_FEED).fetchone()
    if row is None:
        connection.execute(_FIRST_FEED, (feed_id,))
        return 0, feed_id, False, ""
    side, in_use, _, whole, next_feed_id, _ = row
    return side, in_use, bool(whole), next_feed_id


def _store(connection: Connection, side: int, one: Document) -> None:
    values = (side, str(one.kind), one.key, one.rev, json.dumps(dict(one.body), ensure_ascii=False), int(one.deleted))
    position = connection.execute(_UPSERT, values).fetchone()[0]
    if one.kind == DocumentKind.PRODUCT:
        _unindex(connection, position)
        if not one.deleted:
            _index(connection, side, position, dict(one.body))


def _index(connection: Connection, side: int, position: int, body: dict[str, object]) -> None:
    if not body.get("active", True):
        return
    name = folded(cast("str", body["name"]))
    connection.execute("INSERT INTO product_name (rowid, name) VALUES (?, ?)", (position, name))
    codes = cast("list[dict[str, str]]", body.get("codes", []))
    if codes:
        connection.executemany(
            "INSERT OR IGNORE INTO product_code (side, code, document) VALUES (?, ?, ?)",
            [(side, pack["code"], position) for pack in codes],
        )


def _unindex(connection: Connection, position: int) -> None:
    connection.execute("DELETE FROM product_code WHERE document = ?", (position,))
    connection.execute("DELETE FROM product_name WHERE rowid = ?", (position,))


def _clear_side(connection: Connection, side: int) -> None:
    connection.execute(
        "DELETE FROM product_name WHERE rowid IN (SELECT position FROM document WHERE side = ?)", (side,)
    )
    connection.execute("DELETE FROM product_code WHERE side = ?", (side,))
    connection.execute("DELETE FROM document WHERE side = ?", (side,))
