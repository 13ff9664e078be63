"""Version 1: the first tables."""

from typing import Final

from alembic.operations import Operations

STATEMENTS: Final = (
    """CREATE TABLE attempt (
    staff_id TEXT NOT NULL,
    tries INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    CONSTRAINT pk_attempt PRIMARY KEY (staff_id)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE cart (
    cart_id TEXT NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    operator_id TEXT NOT NULL,
    note TEXT NOT NULL,
    tenders TEXT NOT NULL,
    last_no INTEGER NOT NULL,
    CONSTRAINT pk_cart PRIMARY KEY (cart_id)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE cell (
    day TEXT NOT NULL,
    till_id TEXT NOT NULL,
    facet TEXT NOT NULL,
    "key" TEXT NOT NULL,
    label TEXT NOT NULL,
    sales INTEGER NOT NULL,
    refunds INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    gross INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    CONSTRAINT pk_cell PRIMARY KEY (day, till_id, facet, "key")
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE document (
    position INTEGER NOT NULL,
    side INTEGER NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    rev INTEGER NOT NULL,
    body TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    CONSTRAINT pk_document PRIMARY KEY (position),
    CONSTRAINT uq_document_side_kind_key UNIQUE (side, kind, "key")
)
 STRICT""",
    """CREATE TABLE entry (
    position INTEGER NOT NULL,
    journal_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    salt BLOB NOT NULL,
    body TEXT NOT NULL,
    text TEXT,
    digest BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (position),
    CONSTRAINT uq_entry_journal_id_seq UNIQUE (journal_id, seq)
)
 STRICT""",
    """CREATE TABLE feed (
    only INTEGER NOT NULL,
    side INTEGER NOT NULL,
    feed_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    next_feed_id TEXT NOT NULL,
    next_rev INTEGER NOT NULL,
    CONSTRAINT pk_feed PRIMARY KEY (only)
)
 STRICT""",
    """CREATE TABLE given_back (
    event_id TEXT NOT NULL,
    no INTEGER NOT NULL,
    of_event_id TEXT NOT NULL,
    of_no INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    CONSTRAINT pk_given_back PRIMARY KEY (event_id, no)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE INDEX ix_given_back_of_event_id_of_no ON given_back (of_event_id, of_no)""",
    """CREATE TABLE journal (
    place INTEGER NOT NULL,
    journal_id TEXT NOT NULL,
    till_id TEXT NOT NULL,
    till_label TEXT NOT NULL,
    tag TEXT NOT NULL,
    acked_seq INTEGER NOT NULL,
    applied_seq INTEGER NOT NULL,
    durable INTEGER NOT NULL,
    closed_after INTEGER,
    CONSTRAINT pk_journal PRIMARY KEY (place),
    CONSTRAINT uq_journal_journal_id UNIQUE (journal_id)
)
 STRICT""",
    """CREATE TABLE local (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_local PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE product_code (
    side INTEGER NOT NULL,
    code TEXT NOT NULL,
    document INTEGER NOT NULL,
    CONSTRAINT pk_product_code PRIMARY KEY (side, code, document)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE INDEX ix_product_code_document ON product_code (document)""",
    """CREATE TABLE proof (
    day TEXT NOT NULL,
    till_id TEXT NOT NULL,
    tickets INTEGER NOT NULL,
    net INTEGER NOT NULL,
    p0 INTEGER NOT NULL,
    p1 INTEGER NOT NULL,
    p2 INTEGER NOT NULL,
    p3 INTEGER NOT NULL,
    p4 INTEGER NOT NULL,
    p5 INTEGER NOT NULL,
    p6 INTEGER NOT NULL,
    p7 INTEGER NOT NULL,
    CONSTRAINT pk_proof PRIMARY KEY (day, till_id)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE proposal (
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    journal_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    fields TEXT NOT NULL,
    CONSTRAINT pk_proposal PRIMARY KEY (position),
    CONSTRAINT uq_proposal_event_id UNIQUE (event_id)
)
 STRICT""",
    """CREATE TABLE shift (
    shift_id TEXT NOT NULL,
    till_id TEXT NOT NULL,
    business_day TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    float INTEGER NOT NULL,
    closed_at_ms INTEGER,
    CONSTRAINT pk_shift PRIMARY KEY (shift_id)
)
 WITHOUT ROWID,
 STRICT""",
    """CREATE TABLE ticket (
    position INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    journal_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    refund INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    tag TEXT NOT NULL,
    number INTEGER NOT NULL,
    shift_id TEXT NOT NULL,
    business_day TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    lines INTEGER NOT NULL,
    total INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    card INTEGER NOT NULL,
    other INTEGER NOT NULL,
    CONSTRAINT pk_ticket PRIMARY KEY (position),
    CONSTRAINT uq_ticket_event_id UNIQUE (event_id),
    CONSTRAINT uq_ticket_tag_number UNIQUE (tag, number)
)
 STRICT""",
    """CREATE INDEX ix_ticket_business_day ON ticket (business_day)""",
    """CREATE TABLE cart_line (
    cart_id TEXT NOT NULL,
    no INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT pk_cart_line PRIMARY KEY (cart_id, no),
    CONSTRAINT fk_cart_line_cart_id FOREIGN KEY(cart_id) REFERENCES cart (cart_id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT""",
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


def upgrade(operations: Operations) -> None:
    """Make the tables of an empty file."""
    for statement in STATEMENTS:
        operations.execute(statement)
