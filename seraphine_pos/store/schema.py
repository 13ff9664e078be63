"""The tables of a till, as SQLAlchemy makes them; loaded to make a file, to bring an old one forward and to check one.

Truth: ``journal`` and ``entry``. The mirror of the server's truth: ``feed`` and ``document``.
Folded from these two, and rebuilt at will: ``ticket``, ``given_back``, ``shift``, ``proposal``,
``cell``, ``proof``, ``product_code``, ``product_name``.
Local state, lost with this installation and with nothing else: ``cart``, ``cart_line``,
``attempt``, ``local``, and in ``journal`` how far the server has read.
"""

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

if TYPE_CHECKING:
    from seraphine_pos.store.database import Connection

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _words(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=key, nullable=null)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


journal = Table(
    "journal",
    metadata,
    _number("place", key=True),
    _words("journal_id"),
    _words("till_id"),
    _words("till_label"),
    _words("tag"),
    _number("acked_seq"),
    _number("applied_seq"),
    _number("durable"),
    _number("closed_after", null=True),
    UniqueConstraint("journal_id"),
    sqlite_strict=True,
)

entry = Table(
    "entry",
    metadata,
    _number("position", key=True),
    _words("journal_id"),
    _number("seq"),
    _number("at_ms"),
    _words("kind"),
    _number("version"),
    _words("event_id"),
    _bytes("salt"),
    _words("body"),
    _words("text", null=True),
    _bytes("digest"),
    _bytes("prev_hash"),
    _bytes("hash"),
    UniqueConstraint("journal_id", "seq"),
    sqlite_strict=True,
)

ticket = Table(
    "ticket",
    metadata,
    _number("position", key=True),
    _words("event_id"),
    _words("journal_id"),
    _number("seq"),
    _number("at_ms"),
    _number("refund"),
    _words("receipt"),
    _words("tag"),
    _number("number"),
    _words("shift_id"),
    _words("business_day"),
    _words("operator_id"),
    _number("lines"),
    _number("total"),
    _number("cash"),
    _number("card"),
    _number("other"),
    UniqueConstraint("event_id"),
    UniqueConstraint("tag", "number"),
    Index(None, "business_day"),
    sqlite_strict=True,
)

given_back = Table(
    "given_back",
    metadata,
    _words("event_id", key=True),
    _number("no", key=True),
    _words("of_event_id"),
    _number("of_no"),
    _number("quantity"),
    _number("amount"),
    _number("tax"),
    Index(None, "of_event_id", "of_no"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

shift = Table(
    "shift",
    metadata,
    _words("shift_id", key=True),
    _words("till_id"),
    _words("business_day"),
    _words("operator_id"),
    _number("opened_at_ms"),
    _number("float"),
    _number("closed_at_ms", null=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

proposal = Table(
    "proposal",
    metadata,
    _number("position", key=True),
    _words("event_id"),
    _words("journal_id"),
    _number("seq"),
    _words("kind"),
    _words("key"),
    _words("fields"),
    UniqueConstraint("event_id"),
    sqlite_strict=True,
)

cell = Table(
    "cell",
    metadata,
    _words("day", key=True),
    _words("till_id", key=True),
    _words("facet", key=True),
    _words("key", key=True),
    _words("label"),
    _number("sales"),
    _number("refunds"),
    _number("quantity"),
    _number("gross"),
    _number("refunded"),
    _number("tax"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The parts of the digest are those of ``domain.proof.Share``.
proof = Table(
    "proof",
    metadata,
    _words("day", key=True),
    _words("till_id", key=True),
    _number("tickets"),
    _number("net"),
    *(_number(f"p{place}") for place in range(8)),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

feed = Table(
    "feed",
    metadata,
    _number("only", key=True),
    _number("side"),
    _words("feed_id"),
    _number("rev"),
    _number("whole"),
    _words("next_feed_id"),
    _number("next_rev"),
    sqlite_strict=True,
)

document = Table(
    "document",
    metadata,
    _number("position", key=True),
    _number("side"),
    _words("kind"),
    _words("key"),
    _number("rev"),
    _words("body"),
    _number("deleted"),
    UniqueConstraint("side", "kind", "key"),
    sqlite_strict=True,
)

product_code = Table(
    "product_code",
    metadata,
    _number("side", key=True),
    _words("code", key=True),
    _number("document", key=True),
    Index(None, "document"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

cart = Table(
    "cart",
    metadata,
    _words("cart_id", key=True),
    _number("opened_at_ms"),
    _words("operator_id"),
    _words("note"),
    _words("tenders"),
    _number("last_no"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

cart_line = Table(
    "cart_line",
    metadata,
    _words("cart_id", key=True),
    _number("no", key=True),
    _words("body"),
    ForeignKeyConstraint(["cart_id"], ["cart.cart_id"], ondelete="CASCADE"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

attempt = Table(
    "attempt",
    metadata,
    _words("staff_id", key=True),
    _number("tries"),
    _number("until_ms"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

local = Table(
    "local",
    metadata,
    _words("name", key=True),
    _words("value"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

BESIDE_TABLES: Final = (
    """CREATE VIRTUAL TABLE product_name USING fts5(
        name, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
    """CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
        BEGIN SELECT RAISE(ABORT, 'a journal entry is never deleted'); END""",
    """CREATE TRIGGER entry_is_only_blanked BEFORE UPDATE ON entry
        WHEN NOT (new.text IS NULL
            AND (new.salt = x'' AND new.body = '' OR new.salt = old.salt AND new.body = old.body)
            AND new.position = old.position AND new.journal_id = old.journal_id AND new.seq = old.seq
            AND new.at_ms = old.at_ms AND new.kind = old.kind AND new.version = old.version
            AND new.event_id = old.event_id AND new.digest = old.digest
            AND new.prev_hash = old.prev_hash AND new.hash = old.hash)
        BEGIN SELECT RAISE(ABORT, 'a journal entry is never changed'); END""",
    """CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'a journal is never deleted'); END""",
)


def make(connection: "Connection") -> None:
    """Make all tables in an empty file."""
    for table in metadata.sorted_tables:
        connection.execute(_text(CreateTable(table)))
        for index in table.indexes:
            connection.execute(_text(CreateIndex(index)))
    for statement in BESIDE_TABLES:
        connection.execute(statement)


def _text(statement: DDLElement) -> str:
    return str(statement.compile(dialect=dialect.dialect()))
