"""The server's tables, and what keeps a database at the revision this program knows.

Two truths: ``entries`` (what the tills told) and ``documents`` (what the shop decided). ``events``,
``sales``, ``rollups``, ``proofs``, ``quarantine`` and ``feedback`` are folded from entries and can be rebuilt.
The rest is the server's own: stores, tills, keys, codes, sessions, what tills told of their days, insights, secrets,
receivers, runs of jobs, backups, audit.

``store_id`` is the first column of every primary key and stands in every unique or foreign key, so that a store's rows
can live together, on a machine of their own if need be.
"""

from typing import Any, Final

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import sqlite

from sync_server.database import Database
from sync_server.errors import NewerDatabase

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
REVISIONS: Final = ("0001",)

metadata = MetaData(naming_convention=NAMING)

# STRICT tables know INTEGER and no BIGINT; PostgreSQL's own INTEGER has 32 bits.
Int: Final = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
# Labels are compared, and both databases and Python must find the same one greater.
Ordered: Final = Text().with_variant(Text(collation="C"), "postgresql")


def _table(name: str, *parts: Any, keys: tuple[str, ...], clustered: bool = False) -> Table:
    """Declare a STRICT table with ``store_id`` in front; ``clustered`` stores rows in their key's order."""
    store = Column("store_id", Text, nullable=False)
    key = PrimaryKeyConstraint("store_id", *keys)
    return Table(name, metadata, store, *parts, key, sqlite_strict=True, sqlite_with_rowid=not clustered)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _int(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Int, nullable=null)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _of_store() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["store_id"], ["stores.store_id"])


server = Table("server", metadata, Column("server_id", Text, primary_key=True), sqlite_strict=True)

stores = _table(
    "stores",
    _text("name"), _text("feed_id"), _int("rev"), _text("opening"), _int("arrival"), _bytes("pepper"),
    _int("created_at_ms"),
    keys=(),
)  # fmt: skip

# Between these two no revision was ever given out.
gaps = _table("gaps", _int("after"), _int("before"), keys=("after",), clustered=True)

tills = _table(
    "tills",
    _text("till_id"), _text("label"), _text("machine"), _int("enrolled_at_ms"),
    UniqueConstraint("store_id", "label"), _of_store(),
    keys=("till_id",),
)  # fmt: skip

devices = _table(
    "devices",
    _text("device_id"), _text("till_id"), _bytes("key_hash"), _int("created_at_ms"),
    _int("revoked_at_ms", null=True),
    UniqueConstraint("key_hash", "store_id"),
    ForeignKeyConstraint(["store_id", "till_id"], ["tills.store_id", "tills.till_id"]),
    keys=("device_id",),
)  # fmt: skip

enrol_codes = _table(
    "enrol_codes",
    _bytes("code_hash"), _text("till_id", null=True), _int("created_at_ms"), _int("expires_at_ms"),
    _int("used_at_ms", null=True), _int("tries"),
    Index(None, "code_hash"), _of_store(),
    keys=("code_hash",),
)  # fmt: skip

journals = _table(
    "journals",
    _text("journal_id"), _int("seq"), _bytes("hash"), _int("applied_seq"), _text("till_id", null=True),
    _text("device_id", null=True), _int("at_ms", null=True), _int("received_at_ms"),
    _bytes("lost_hash", null=True), _int("durable"),
    keys=("journal_id",),
)  # fmt: skip

# Bodies and words are bytes as they were sealed: PostgreSQL's text could not hold every character.
entries = _table(
    "entries",
    _text("journal_id"), _int("seq"), _int("arrival"), _int("received_at_ms"), _int("at_ms"), _text("kind"),
    _int("version"), _text("event_id"), _bytes("salt"), _bytes("body"), _bytes("text", null=True),
    _bytes("digest"), _bytes("prev_hash"), _bytes("hash"),
    UniqueConstraint("store_id", "arrival"),
    keys=("journal_id", "seq"),
)  # fmt: skip
# Entries come in the order of their arrival: a few pages say which of them hold a span of time. What came since the
# last vacuum is not in such an index, and read whole, unless it asks for it as it grows.
Index(
    None, entries.c.received_at_ms, postgresql_using="brin",
    postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
).ddl_if(dialect="postgresql")  # fmt: skip

pushes = _table(
    "pushes",
    _int("arrival"), _int("entries"), _text("journal_id"), _text("device_id", null=True), _int("received_at_ms"),
    _text("request_id"),
    keys=("arrival",),
)  # fmt: skip

events = _table("events", _text("event_id"), _text("journal_id"), _int("seq"), keys=("event_id",), clustered=True)

quarantine = _table(
    "quarantine",
    _text("event_id"), _text("journal_id"), _int("seq"), _text("kind"), _int("version"), _text("reason"),
    _int("received_at_ms"),
    keys=("event_id",),
)  # fmt: skip

sales = _table(
    "sales",
    _text("event_id"), _text("journal_id"), _int("seq"), _text("kind"), _text("till_id"), _text("business_day"),
    _int("hour"), _int("at_ms"), _text("operator_id"), _text("receipt"), _text("currency"), _int("total"),
    _int("tax"), _text("methods"),
    CheckConstraint("kind IN ('sale', 'refund')", name="kind"),
    Index(None, "store_id", "business_day"),
    keys=("event_id",), clustered=True,
)  # fmt: skip

rollups = _table(
    "rollups",
    _text("day"), _text("till_id"), _text("facet"), _text("key"), Column("label", Ordered, nullable=False),
    _int("sales"), _int("refunds"), _int("quantity"), _int("gross"), _int("refunded"), _int("tax"),
    keys=("day", "till_id", "facet", "key"), clustered=True,
)  # fmt: skip

# The parts of the digest are those of ``domain.proof.Share``.
proofs = _table(
    "proofs",
    _text("day"), _text("till_id"), _int("tickets"), _int("net"), *(_int(f"p{place}") for place in range(8)),
    keys=("day", "till_id"), clustered=True,
)  # fmt: skip

# Each till's own proofs as it last told them; ``same`` says whether this server had counted the same by then.
told = _table(
    "told",
    _text("day"), _text("till_id"), _int("tickets"), _int("net"), _text("digest"), _int("told_at_ms"), _int("same"),
    CheckConstraint("same IN (0, 1)", name="same"),
    keys=("day", "till_id"), clustered=True,
)  # fmt: skip

# ``body`` is canonical JSON; ``fields`` says for each field the revision and the till that set it.
documents = _table(
    "documents",
    _text("kind"), _text("key"), _int("rev"), _text("body"), _int("deleted"), _text("fields"),
    CheckConstraint("deleted IN (0, 1)", name="deleted"),
    Index(None, "store_id", "rev"),
    keys=("kind", "key"),
)  # fmt: skip

product_codes = _table("product_codes", _text("code"), _text("key"), keys=("code",), clustered=True)
Index(None, product_codes.c.store_id, product_codes.c.key)

# Names as they are searched: without accents, in lower case.
product_names = _table("product_names", _text("key"), _text("folded"), keys=("key",), clustered=True)

conflicts = _table(
    "conflicts",
    _text("event_id"), _text("field"), _text("kind"), _text("key"), _text("proposed"), _text("current"),
    _text("reason"), _text("operator_id"), _int("at_ms"), _int("resolved_at_ms", null=True),
    _text("resolved_by", null=True), _text("resolution", null=True),
    keys=("event_id", "field"),
)  # fmt: skip

feedback = _table(
    "feedback",
    _text("event_id"), _text("scope"), _text("sentiment"), _text("message"), _text("related_sale_id", null=True),
    _text("operator_id"), _text("till_id"), _int("at_ms"), _int("received_at_ms"), _text("state"),
    _text("tag", null=True), _text("moderated_by", null=True), _int("moderated_at_ms", null=True),
    Index(None, "store_id", "at_ms"),
    keys=("event_id",),
)  # fmt: skip

insights = _table(
    "insights",
    _text("source_run_id"), _text("insight_id"), _text("category"), _text("title"), _text("detail"),
    _int("confidence"), _text("related_sales"), _int("created_at_ms"), _int("received_at_ms"),
    CheckConstraint("category IN ('cashVariance', 'topSeller', 'watchlist')", name="category"),
    CheckConstraint("confidence BETWEEN 0 AND 1000", name="confidence"),
    keys=("source_run_id",),
)  # fmt: skip

webhook_secrets = _table(
    "webhook_secrets",
    _text("secret_id"), _text("secret"), _int("created_at_ms"), _int("retired_at_ms", null=True), _of_store(),
    keys=("secret_id",),
)  # fmt: skip

webhook_ids = _table("webhook_ids", _text("webhook_id"), _int("received_at_ms"), keys=("webhook_id",))
Index(None, webhook_ids.c.store_id, webhook_ids.c.received_at_ms)

webhook_failures = _table(
    "webhook_failures",
    _text("failure_id"), _int("received_at_ms"), _text("code"), _text("reason"), _text("webhook_id", null=True),
    _bytes("body"),
    keys=("failure_id",),
)  # fmt: skip

# Where the server tells what happened, and what it still has to tell there.
receivers = _table(
    "receivers",
    _text("receiver_id"), _text("url"), _text("secret"), _text("topics"), _int("created_at_ms"),
    _int("disabled_at_ms", null=True), _text("reason", null=True),
    keys=("receiver_id",),
)  # fmt: skip

outbox = _table(
    "outbox",
    _text("message_id"), _text("receiver_id"), _text("topic"), _bytes("body"), _int("created_at_ms"), _int("tries"),
    _int("due_at_ms", null=True), _int("delivered_at_ms", null=True), _text("problem", null=True),
    Index(None, "store_id", "due_at_ms"),
    keys=("message_id",),
)  # fmt: skip

# Tokens and keys are stored as hashes alone.
sessions = _table(
    "sessions",
    _text("session_id"), _text("staff_id"), _text("device_id", null=True), _bytes("token_hash"),
    _int("created_at_ms"), _int("expires_at_ms"), _int("proven_at_ms"), _int("revoked_at_ms", null=True),
    UniqueConstraint("token_hash", "store_id"), Index(None, "store_id", "staff_id"),
    keys=("session_id",),
)  # fmt: skip

# Wrong PINs in a row, of a person from one origin: a device, or whoever calls without one.
sign_ins = _table(
    "sign_ins",
    _text("staff_id"), _text("origin"), _int("tries"), _int("locked_until_ms"),
    keys=("staff_id", "origin"),
)  # fmt: skip

service_keys = _table(
    "service_keys",
    _text("key_id"), _text("name"), _text("scopes"), _bytes("key_hash"), _int("created_at_ms"),
    _int("revoked_at_ms", null=True),
    UniqueConstraint("key_hash", "store_id"),
    keys=("key_id",),
)  # fmt: skip

job_runs = _table(
    "job_runs",
    _text("run_id"), _text("job"), _int("started_at_ms"), _int("ended_at_ms", null=True),
    _text("outcome", null=True), _text("detail"),
    CheckConstraint("outcome IN ('done', 'found', 'failed')", name="outcome"),
    Index(None, "store_id", "job", "started_at_ms"),
    keys=("run_id",),
)  # fmt: skip

# Each was restored aside and compared; ``problems`` are in its books, ``removed_at_ms`` says when its time was over.
backups = _table(
    "backups",
    _text("backup_id"), _int("made_at_ms"), _text("path"), _int("size"), _int("encrypted"), _text("digest"),
    _int("problems"),
    _int("removed_at_ms", null=True),
    CheckConstraint("encrypted IN (0, 1)", name="encrypted"),
    keys=("backup_id",),
)  # fmt: skip

purges = _table(
    "purges",
    _text("purge_id"), _int("at_ms"), _int("before_ms"), _text("preset"), _int("entries"), _text("manifest"),
    keys=("purge_id",),
)  # fmt: skip

audit = _table(
    "audit",
    _text("audit_id"), _int("at_ms"), _text("actor"), _text("action"), _text("detail"),
    Index(None, "store_id", "at_ms"),
    keys=("audit_id",),
)  # fmt: skip

# The one row of ``server``, as a column beside others.
this_server: Final = select(server.c.server_id).scalar_subquery()

SEALED: Final = (
    "store_id", "journal_id", "seq", "arrival", "received_at_ms", "at_ms", "kind", "version", "event_id",
    "digest", "prev_hash", "hash",
)  # fmt: skip
_CHANGED: Final = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in SEALED)
# Emptied whole, or of its words alone.
_EMPTIED: Final = (
    "NEW.text IS NULL AND (NEW.body = {e} AND NEW.salt = {e} OR NEW.body = OLD.body AND NEW.salt = OLD.salt)"
)

# An entry is never changed and never deleted; blanking empties its words and keeps its hashes.
SQLITE_TRIGGERS: Final = (
    f"""CREATE TRIGGER entries_are_kept BEFORE UPDATE ON entries
        WHEN {_CHANGED} OR NOT ({_EMPTIED.format(e="x''")})
        BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END""",
    """CREATE TRIGGER entries_stay BEFORE DELETE ON entries
       BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END""",
)
POSTGRES_TRIGGERS: Final = (
    f"""CREATE OR REPLACE FUNCTION keep_entries() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'an entry is never deleted'; END IF;
            IF {_CHANGED.replace("IS NOT", "IS DISTINCT FROM")}
               OR NOT ({_EMPTIED.format(e="''::bytea")})
            THEN RAISE EXCEPTION 'an entry is never changed'; END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER entries_are_kept BEFORE UPDATE OR DELETE ON entries
       FOR EACH ROW EXECUTE FUNCTION keep_entries()""",
)
for _dialect, _statements in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRES_TRIGGERS)):
    for _statement in _statements:
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy left it so
        event.listen(entries, "after_create", _ddl.execute_if(dialect=_dialect))

# As alembic would make it.
VERSION_TABLE: Final = "alembic_version"
_version = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def prepare(database: Database, new_id: str) -> str:
    """Bring the database to this program's revision and return the id of its server.

    An empty database is made whole with ``new_id``; one of a newer program is refused.
    """
    with database.write() as connection:
        database.alone(connection)
        found = stored_revision(connection)
        if found is None:
            create(connection, new_id)
        elif found not in REVISIONS:
            raise NewerDatabase(
                f"this database was written by a newer program (revision {found}, this one knows"
                f" {REVISIONS[-1]}); nothing was changed: install the newer seraphine-server"
            )
        elif found != REVISIONS[-1]:
            from sync_server import migrations

            migrations.upgrade(connection, REVISIONS[-1])
        server_id: str = connection.execute(select(server.c.server_id)).scalar_one()
        return server_id


def stored_revision(connection: Connection) -> str | None:
    """Return the revision of the tables that are there, None for an empty database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_version.c.version_num)).scalar_one_or_none()


def create(connection: Connection, server_id: str) -> None:
    """Make every table in an empty database."""
    metadata.create_all(connection)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=REVISIONS[-1]))
    connection.execute(insert(server).values(server_id=server_id))
