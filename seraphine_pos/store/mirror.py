"""This till's copy of the server's feed: pages go in, documents come out.

The tables have two sides. A new feed is pulled into the idle side while the other one serves, and
both change places in one small transaction when the new one is whole.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import Connection, delete, select

from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.product import folded
from seraphine_pos.domain.protocol import Page
from seraphine_pos.store.database import Database
from seraphine_pos.store.ledger import drop_granted
from seraphine_pos.store.schema import document, feed, journal, product_code
from seraphine_pos.store.statement import run, run_many

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
            row = connection.execute(select(feed)).first()
        if row is None:
            return FeedState("", 0, whole=False)
        if row.next_feed_id:
            return FeedState(row.next_feed_id, row.next_rev, bool(row.whole))
        return FeedState(row.feed_id, row.rev, bool(row.whole))

    def apply(self, page: Page, journal_id: str | None = None) -> frozenset[str]:
        """Take a page in, in one transaction; return the kinds of document that changed in use.

        A page of another feed than the one in use goes to the idle side.
        """
        with self._database.write(durable=False) as connection:
            row = connection.execute(select(feed)).first()
            if row is None:
                connection.execute(feed.insert().values(_first(page.feed_id)))
                row = connection.execute(select(feed)).one()
            beside = page.feed_id != row.feed_id
            side = 1 - row.side if beside else row.side
            if beside and page.feed_id != row.next_feed_id:
                _clear_side(connection, side)
            for one in page.documents:
                _store(connection, side, one)
            if beside:
                values = {"next_feed_id": page.feed_id, "next_rev": page.rev}
                if not page.more:
                    values = {
                        "side": side, "feed_id": page.feed_id, "rev": page.rev, "whole": 1,
                        "next_feed_id": "", "next_rev": 0,
                    }  # fmt: skip
            else:
                values = {"rev": page.rev, "whole": 1 if row.whole or not page.more else 0}
            connection.execute(feed.update().values(values))
            # A wish stays until the documents that hold it are all here.
            if journal_id is not None and not page.more:
                self._granted(connection, journal_id, page.applied_seq)
        if beside and page.more:
            return frozenset()
        return frozenset(DocumentKind) if beside else frozenset(one.kind for one in page.documents)

    def _granted(self, connection: Connection, journal_id: str, applied_seq: int) -> None:
        connection.execute(journal.update().where(journal.c.journal_id == journal_id).values(applied_seq=applied_seq))
        drop_granted(connection)

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document in use."""
        with self._database.read() as connection:
            row = connection.exec_driver_sql(
                """SELECT rev, body, deleted FROM document
                WHERE side = (SELECT side FROM feed) AND kind = ? AND key = ?""",
                (str(kind), key),
            ).first()
        return None if row is None else Document(kind, key, row[0], json.loads(row[1]), bool(row[2]))

    def all(self, kind: str) -> Iterator[Document]:
        """Yield the live documents of a kind, in the order of their keys."""
        columns = document.c
        side = select(feed.c.side).scalar_subquery()
        query = (
            select(columns.key, columns.rev, columns.body)
            .where(columns.side == side, columns.kind == kind, columns.deleted == 0)
            .order_by(columns.key)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            yield Document(kind, row.key, row.rev, json.loads(row.body))

    def count(self, kind: str) -> int:
        """Return how many live documents of a kind are in use."""
        with self._database.read() as connection:
            return cast("int", connection.exec_driver_sql(
                """SELECT count(*) FROM document
                WHERE side = (SELECT side FROM feed) AND kind = ? AND deleted = 0""", (str(kind),)
            ).scalar_one())  # fmt: skip

    def differences(self, pages: Iterable[Page]) -> Iterator[str]:
        """Compare the documents in use with the whole feed; yield each that differs.

        What the feed changed after the revision reached here is not a difference: it has not come yet.
        """
        columns = document.c
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
        query = select(columns.kind, columns.key).where(columns.side == select(feed.c.side).scalar_subquery())
        with self._database.read() as connection:
            for row in connection.execute(query):
                if (row.kind, row.key) not in seen:
                    yield f"document {row.kind} {row.key}: here and not in the feed"

    def rebuild(self) -> int:
        """Make the code and name indexes again from the documents; return how many products there are."""
        with self._database.write() as connection:
            connection.execute(delete(product_code))
            connection.exec_driver_sql("DELETE FROM product_name")
            query = select(document).where(document.c.kind == DocumentKind.PRODUCT, document.c.deleted == 0)
            rows = connection.execute(query).all()
            for row in rows:
                _index(connection, row.side, row.position, json.loads(row.body))
        return len(rows)


def _first(feed_id: str) -> dict[str, object]:
    return {"only": 1, "side": 0, "feed_id": feed_id, "rev": 0, "whole": 0, "next_feed_id": "", "next_rev": 0}


def _store(connection: Connection, side: int, one: Document) -> None:
    values = (side, str(one.kind), one.key, one.rev, json.dumps(dict(one.body), ensure_ascii=False), int(one.deleted))
    position = run(connection, _UPSERT, values).fetchone()[0]
    if one.kind == DocumentKind.PRODUCT:
        _unindex(connection, position)
        if not one.deleted:
            _index(connection, side, position, dict(one.body))


def _index(connection: Connection, side: int, position: int, body: dict[str, object]) -> None:
    if not body.get("active", True):
        return
    run(
        connection,
        "INSERT INTO product_name (rowid, name) VALUES (?, ?)",
        (position, folded(cast("str", body["name"]))),
    )
    codes = cast("list[dict[str, str]]", body.get("codes", []))
    if codes:
        run_many(
            connection,
            "INSERT OR IGNORE INTO product_code (side, code, document) VALUES (?, ?, ?)",
            [(side, pack["code"], position) for pack in codes],
        )


def _unindex(connection: Connection, position: int) -> None:
    run(connection, "DELETE FROM product_code WHERE document = ?", (position,))
    run(connection, "DELETE FROM product_name WHERE rowid = ?", (position,))


def _clear_side(connection: Connection, side: int) -> None:
    run(connection, "DELETE FROM product_name WHERE rowid IN (SELECT position FROM document WHERE side = ?)", (side,))
    connection.execute(delete(product_code).where(product_code.c.side == side))
    connection.execute(delete(document).where(document.c.side == side))
