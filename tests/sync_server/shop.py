"""A store's server without HTTP, and tills that write journals and push them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seraphine_pos.domain.clock import RandomBytes, new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, canonical, seal, text_digest
from seraphine_pos.domain.protocol import Enrolment, Head, Page
from seraphine_pos.domain.report import ReportData, ReportQuery
from sync_server import conflicts, feedback, founding
from sync_server.database import Database, open_database
from sync_server.feedback import FeedbackQuery
from sync_server.paging import Row
from sync_server.rights import sessions
from sync_server.store_server import DeviceServer, StoreServer
from tests.fakes.clock import FakeClock, seeded_bytes

OWNER = "nadia"
CASHIER = "salma"
REQUEST = {
    "name": "Épicerie Nour",
    "address": "12, rue des Orangers",
    "currency": "MAD",
    "decimals": 2,
    "time_zone": "Africa/Casablanca",
    "taxes": [{"code": "TVA20", "name": "TVA 20 %", "rate": 2000}],
    "staff": [
        {"staff_id": OWNER, "name": "Nadia", "role": "owner", "pin": "2604"},
        {"staff_id": CASHIER, "name": "Salma", "role": "pilotTester", "pin": "1357"},
    ],
}
DAY = "2026-11-20"


def ticket(amounts: Sequence[int], **facts: object) -> dict[str, object]:
    """Return the body of a sale whose lines have these amounts, each of its own product."""
    lines = [
        {
            "no": no, "product_id": f"product-{amount}", "code": "", "name": f"Article {amount}", "quantity": 1000,
            "unit_price": amount, "list_price": amount, "tax_code": "TVA20", "tax_rate": 2000, "tax_included": True,
            "discount": 0, "amount": amount, "tax": amount // 6, "approved_by": None,
        }
        for no, amount in enumerate(amounts, 1)
    ]  # fmt: skip
    total = sum(amounts)
    return {
        "till_id": "till-1", "shift_id": "shift-1", "business_day": DAY, "hour": 9, "operator_id": CASHIER,
        "number": 1, "receipt": "A1-7QK-000001", "currency": "MAD", "rounding": "line-half-up", "lines": lines,
        "tenders": [{"method": "cash", "amount": total, "given": total, "change": 0}],
        "total": total, "tax": sum(amount // 6 for amount in amounts), "text_digest": None, **facts,
    }  # fmt: skip


def proposal(
    kind: str, key: str, rev: int, fields: Mapping[str, object], operator_id: str = OWNER
) -> dict[str, object]:
    """Return the body of a proposal."""
    return {"kind": kind, "key": key, "rev": rev, "fields": dict(fields), "operator_id": operator_id}


@dataclass
class Till:
    """A till that keeps one journal and pushes what it likes of it."""

    server: DeviceServer
    enrolment: Enrolment
    journal_id: str
    clock: FakeClock
    random_bytes: RandomBytes
    entries: list[Entry] = field(default_factory=list)

    def write(
        self,
        kind: str,
        body: Mapping[str, object],
        *,
        text: str | None = None,
        event_id: str | None = None,
        version: int = 1,
    ) -> Entry:
        """Seal an entry to the journal's end."""
        salt = self.random_bytes(16)
        event_id = event_id or new_id(self.clock.now_ms(), self.random_bytes)
        if text is not None:
            body = {**body, "text_digest": text_digest(salt, text)}
        return self.write_raw(Draft(event_id, kind, version, self.clock.now_ms(), salt, canonical(dict(body)), text))

    def write_raw(self, draft: Draft) -> Entry:
        """Seal whatever the draft holds."""
        previous = self.entries[-1].hash if self.entries else FIRST_HASH
        entry = seal(self.journal_id, len(self.entries) + 1, previous, draft)
        self.entries.append(entry)
        return entry

    def sell(self, *amounts: int, **facts: object) -> Entry:
        """Ring a sale."""
        return self.write(Kind.SALE_COMPLETED, ticket(amounts, **{"till_id": self.enrolment.till_id, **facts}))

    def refund(self, *amounts: int, **facts: object) -> Entry:
        """Give the lines of a sale back, without its receipt."""
        body = ticket(amounts, **{"till_id": self.enrolment.till_id, "reason": "défaut", "approved_by": OWNER, **facts})
        lines = [{**line, "of": None} for line in body["lines"]]  # type: ignore[attr-defined]
        return self.write(Kind.SALE_REFUNDED, {**body, "lines": lines})

    def propose(self, kind: str, key: str, rev: int, fields: Mapping[str, object], operator_id: str = OWNER) -> Entry:
        """Wish for a document."""
        return self.write(Kind.DOCUMENT_PROPOSED, proposal(kind, key, rev, fields, operator_id))

    def push(self, entries: Sequence[Entry] | None = None, *, acknowledged: Entry | None = None) -> Head:
        """Send entries, the whole journal unless told otherwise."""
        seq, digest = (acknowledged.seq, acknowledged.hash) if acknowledged else (0, bytes(32))
        return self.server.push(self.journal_id, seq, digest, self.entries if entries is None else entries)

    def pull(self, feed_id: str = "", rev: int = 0) -> Page:
        """Ask for a page of the feed."""
        return self.server.pull(feed_id, rev, self.journal_id)

    def mirror(self) -> dict[tuple[str, str], dict[str, object]]:
        """Pull the whole feed."""
        documents: dict[tuple[str, str], dict[str, object]] = {}
        page = self.pull()
        while True:
            documents.update({(one.kind, one.key): dict(one.body) for one in page.documents})
            if not page.more:
                return documents
            page = self.pull(page.feed_id, page.rev)

    def feedback(self) -> list[Row]:
        """Return what people said, as the owner sees it."""
        with self.server.whole.database.read() as connection:
            return list(feedback.listed(connection, self.server.device.store_id, FeedbackQuery()).rows)

    def conflicts(self) -> list[Row]:
        """Return the fields that wait for the owner."""
        with self.server.whole.database.read() as connection:
            return list(conflicts.listed(connection, self.server.device.store_id).rows)

    def report(self, start: str = DAY, end: str = DAY) -> ReportData:
        """Ask for the figures of some days."""
        return self.server.report(ReportQuery(start, end))


@dataclass
class Shop:
    """A store's server on a database, with a clock that stands still."""

    server: StoreServer
    clock: FakeClock
    random_bytes: RandomBytes
    store_id: str
    first_code: str

    @property
    def database(self) -> Database:
        """Return the server's database."""
        return self.server.database

    def till(self) -> Till:
        """Enrol another till."""
        enrolment = self.server.enrol(self.server.new_code(), "machine")
        journal_id = new_id(self.clock.now_ms(), self.random_bytes)
        return Till(
            self.server.device(enrolment.device_key), enrolment, journal_id, self.clock, self.random_bytes
        )  # fmt: skip

    def token(self, staff_id: str = OWNER) -> str:
        """Sign somebody in and return the token of the session."""
        with self.server.write(self.store_id, staff_id) as tx:
            return sessions.open_for(tx, staff_id, None).token

    def rows(self, table: str) -> list[dict[str, object]]:
        """Return all rows of a table, in no order."""
        with self.database.read() as connection:
            return [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()]


def found_shop(database_url: str, seed: int = 1) -> Shop:
    """Found a store in an empty database."""
    return found_by(database_url, seeded_bytes(seed))


def found_by(database_url: str, random_bytes: RandomBytes) -> Shop:
    """Found a store in an empty database by this chance."""
    clock, database = FakeClock(), open_database(database_url)
    server = StoreServer(database, clock, random_bytes)
    request = founding.StoreRequest.model_validate_json(json.dumps(REQUEST))
    made = founding.found(database, request, clock.now_ms(), random_bytes)
    return Shop(server, clock, random_bytes, made.store_id, made.code)
