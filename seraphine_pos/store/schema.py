"""The tables of a till.

Truth: ``journal`` and ``entry``. The mirror of the server's truth: ``feed`` and ``document``.
Folded from these two, and rebuilt at will: ``ticket``, ``given_back``, ``shift``, ``proposal``,
``cell``, ``product_code``, ``product_name``.
Local state, lost with this installation and with nothing else: ``cart``, ``cart_line``,
``attempt``, ``local``, and in ``journal`` how far the server has read.
"""

from typing import Final

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

VERSION: Final = 1
APPLICATION_ID: Final = 0x53455250

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=null)


def _number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=key, nullable=null)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


journal = Table(
    "journal",
    metadata,
    _number("place", key=True),
    _text("journal_id"),
    _text("till_id"),
    _text("till_label"),
    _text("tag"),
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
    _text("journal_id"),
    _number("seq"),
    _number("at_ms"),
    _text("kind"),
    _number("version"),
    _text("event_id"),
    _bytes("salt"),
    _text("body"),
    _text("text", null=True),
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
    _text("event_id"),
    _text("journal_id"),
    _number("seq"),
    _number("at_ms"),
    _number("refund"),
    _text("receipt"),
    _text("tag"),
    _number("number"),
    _text("shift_id"),
    _text("business_day"),
    _text("operator_id"),
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
    _text("event_id", key=True),
    _number("no", key=True),
    _text("of_event_id"),
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
    _text("shift_id", key=True),
    _text("till_id"),
    _text("business_day"),
    _text("operator_id"),
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
    _text("event_id"),
    _text("journal_id"),
    _number("seq"),
    _text("kind"),
    _text("key"),
    _text("fields"),
    UniqueConstraint("event_id"),
    sqlite_strict=True,
)

cell = Table(
    "cell",
    metadata,
    _text("day", key=True),
    _text("till_id", key=True),
    _text("facet", key=True),
    _text("key", key=True),
    _text("label"),
    _number("sales"),
    _number("refunds"),
    _number("quantity"),
    _number("gross"),
    _number("refunded"),
    _number("tax"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

feed = Table(
    "feed",
    metadata,
    _number("only", key=True),
    _number("side"),
    _text("feed_id"),
    _number("rev"),
    _number("whole"),
    _text("next_feed_id"),
    _number("next_rev"),
    sqlite_strict=True,
)

document = Table(
    "document",
    metadata,
    _number("position", key=True),
    _number("side"),
    _text("kind"),
    _text("key"),
    _number("rev"),
    _text("body"),
    _number("deleted"),
    UniqueConstraint("side", "kind", "key"),
    sqlite_strict=True,
)

product_code = Table(
    "product_code",
    metadata,
    _number("side", key=True),
    _text("code", key=True),
    _number("document", key=True),
    Index(None, "document"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

cart = Table(
    "cart",
    metadata,
    _text("cart_id", key=True),
    _number("opened_at_ms"),
    _text("operator_id"),
    _text("note"),
    _text("tenders"),
    _number("last_no"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

cart_line = Table(
    "cart_line",
    metadata,
    _text("cart_id", key=True),
    _number("no", key=True),
    _text("body"),
    ForeignKeyConstraint(["cart_id"], ["cart.cart_id"], ondelete="CASCADE"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

attempt = Table(
    "attempt",
    metadata,
    _text("staff_id", key=True),
    _number("tries"),
    _number("until_ms"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

local = Table(
    "local",
    metadata,
    _text("name", key=True),
    _text("value"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

BESIDE_TABLES: Final = (
    """CREATE VIRTUAL TABLE product_name USING fts5(
        name, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
    """CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
        BEGIN SELECT RAISE(ABORT, 'a journal entry is never deleted'); END""",
    """CREATE TRIGGER entry_is_only_blanked BEFORE UPDATE ON entry
        WHEN NOT (new.salt = x'' AND new.body = '' AND new.text IS NULL
            AND new.position = old.position AND new.journal_id = old.journal_id AND new.seq = old.seq
            AND new.at_ms = old.at_ms AND new.kind = old.kind AND new.version = old.version
            AND new.event_id = old.event_id AND new.digest = old.digest
            AND new.prev_hash = old.prev_hash AND new.hash = old.hash)
        BEGIN SELECT RAISE(ABORT, 'a journal entry is never changed'); END""",
    """CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'a journal is never deleted'); END""",
)
