"""The names of products as a search finds them: words without accents or case, anywhere in the name.

On PostgreSQL an index of trigrams carries the search where its extension can be made; without it, and on SQLite, the
folded names are looked through.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, delete, or_, select, union
from sqlalchemy.exc import DBAPIError

from seraphine_pos.domain.barcode import GTIN_DIGITS, GTIN_LENGTHS
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import folded
from sync_server import feed
from sync_server.database import Database
from sync_server.errors import DatabaseFailed
from sync_server.feed import Change, Stored
from sync_server.schema import documents, product_codes, product_names
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", "key", "folded")
EXTENSION: Final = "pg_trgm"
INDEX: Final = "ix_product_names_trigrams"
WORDS_MAX: Final = 20
Read = Callable[[], AbstractContextManager[Connection]]
log: Final = logging.getLogger(__name__)


def prepare(database: Database) -> bool:
    """Make the index of trigrams where PostgreSQL has the extension; tell whether it is there."""
    if database.dialect != "postgresql":
        return False
    try:
        with database.write() as connection:
            return _has_index(connection) or (_has_extension(connection) and _make_index(database, connection))
    except (DBAPIError, DatabaseFailed) as problem:
        log.info("products are searched without an index of trigrams: %s", problem)
        return False


def keep(tx: Transaction, changes: Sequence[Change]) -> None:
    """Keep the names of changed products as they are searched."""
    rows = [(tx.store_id, change.key, searched(change.body)) for change in changes]
    tx.database.put_many(tx.connection, product_names, COLUMNS, rows)


def rebuild(tx: Transaction) -> None:
    """Fold the names of all products anew from their documents."""
    tx.connection.execute(delete(product_names).where(product_names.c.store_id == tx.store_id))
    for block in every(tx.connection, tx.store_id):
        keep(tx, [Change(one.kind, one.key, one.body, ()) for one in block])


def every(connection: Connection, store_id: str) -> Iterator[list[Stored]]:
    """Return all products by key, in blocks."""
    after = ""
    while block := _block(connection, store_id, after):
        yield block
        after = block[-1].key


def all_blocks(read: Read, store_id: str) -> Iterator[list[Stored]]:
    """Return all products by key, each block in a transaction of its own that ``read`` opens."""
    after = ""
    while True:
        with read() as connection:
            block = _block(connection, store_id, after)
        if not block:
            return
        yield block
        after = block[-1].key


def _block(connection: Connection, store_id: str, after: str) -> list[Stored]:
    rows = connection.execute(
        select(documents.c.key)
        .where(
            documents.c.store_id == store_id,
            documents.c.kind == DocumentKind.PRODUCT,
            documents.c.deleted == 0,
            documents.c.key > after,
        )
        .order_by(documents.c.key)
        .limit(feed.KEYS_AT_ONCE)
    )
    keys = list(rows.scalars())
    found = feed.find(connection, store_id, DocumentKind.PRODUCT, keys)
    return [found[key] for key in keys]


def named(store_id: str, words: str) -> Select[Any]:
    """Ask for the names in which all the words are, or whose product has a code that begins with them."""
    statement = select(product_names.c.folded, product_names.c.key).where(product_names.c.store_id == store_id)
    wanted = folded(words).split()[:WORDS_MAX]
    code = words.strip()
    if not wanted and not code:
        return statement
    # Two questions put together, each answered from its own index; asked at once neither index would serve.
    found: Select[Any] | CompoundSelect[Any] = _with_code(store_id, code)
    if wanted:
        in_name = and_(*(product_names.c.folded.contains(word) for word in wanted))
        of_store = product_names.c.store_id == store_id
        found = union(select(product_names.c.key).where(of_store, in_name), found)
    return statement.where(product_names.c.key.in_(found))


def _with_code(store_id: str, start: str) -> Select[Any]:
    """Ask for the products that have a code which begins so as it is printed, without the zeros that pad its key."""
    starts = [start]
    if start.isascii() and start.isdigit():
        starts += ["0" * (GTIN_DIGITS - length) + start for length in sorted(GTIN_LENGTHS) if length < GTIN_DIGITS]
    begins: list[ColumnElement[bool]] = [product_codes.c.code.startswith(one, autoescape=True) for one in starts]
    return select(product_codes.c.key).where(product_codes.c.store_id == store_id, or_(*begins))


def searched(body: Mapping[str, object]) -> str:
    """Return the name of a product as a search looks through it."""
    return " ".join(folded(str(body.get("name", ""))).split())


def _has_index(connection: Connection) -> bool:
    asked = "SELECT to_regclass(%s) IS NOT NULL"
    return bool(connection.exec_driver_sql(asked, (INDEX,)).scalar_one())


def _has_extension(connection: Connection) -> bool:
    asked = "SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = %s)"
    return bool(connection.exec_driver_sql(asked, (EXTENSION,)).scalar_one())


def _make_index(database: Database, connection: Connection) -> bool:
    database.alone(connection)
    connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {INDEX} ON product_names USING gin (folded gin_trgm_ops)")
    return True
