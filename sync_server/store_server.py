"""The whole server over one database, without HTTP: what the routes and a simulation talk to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from seraphine_pos.domain.clock import Clock, RandomBytes, new_id
from seraphine_pos.domain.day_proof import DayTickets, StoreProofs
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.proof import Proof
from seraphine_pos.domain.protocol import (
    HASHES_MAX,
    PUSH_BYTES_MAX,
    Enrolment,
    Head,
    ImportRow,
    Page,
    RowResult,
)
from seraphine_pos.domain.quarantine import Quarantine
from seraphine_pos.domain.refusal import CodeRefused, NotAllowed
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.domain.staff import Right
from sync_server import audit, catalogue, feed, intake, product_names, proofs, quarantine, reports, webhooks
from sync_server.database import Database
from sync_server.errors import Missing, Problem, Refused, TooLarge, Unready
from sync_server.intake import Acknowledged
from sync_server.rights import auth, callers, staff
from sync_server.rights.auth import Device
from sync_server.rights.callers import Caller
from sync_server.schema import backups, prepare, stores
from sync_server.settings import Settings
from sync_server.transaction import Transaction
from sync_server.turnstile import Turnstile

WEBHOOK: Final = "webhook"
ENROLLING: Final = "enrolling"
BY_COMMAND: Final = "by --store ID (see seraphine-server stores)"

Rows = list[dict[str, object]]


class StoreServer:
    """A database with its clock and its chance; everything it does is one transaction."""

    def __init__(
        self, database: Database, clock: Clock, random_bytes: RandomBytes, settings: Settings | None = None,
        *, named: str = "",
    ) -> None:  # fmt: skip
        """Bring the database to this program's revision; without settings the defaults hold.

        ``named`` is the store that is meant where a database has several.
        """
        self.database = database
        self.clock = clock
        self.random_bytes = random_bytes
        self.settings = settings or Settings()
        self.named = named
        # A PIN costs a core 30 ms and 19 MB, a report of years seconds and 220 MB.
        self.sign_in_turns = Turnstile(2, 8, "many people sign in just now: try again in a moment")
        self.long_report_turns = Turnstile(2, 4, "long reports are being made: ask again in a moment")
        self.server_id = prepare(database, new_id(clock.now_ms(), random_bytes))
        product_names.prepare(database)

    @contextmanager
    def write(self, store_id: str, actor: str, request_id: str = "") -> Iterator[Transaction]:
        """Open a writing transaction of a store."""
        with self.database.write() as connection:
            now_ms = self.clock.now_ms()
            yield Transaction(self.database, connection, store_id, now_ms, self.random_bytes, actor, request_id)

    def only_store(self, named: str = "", how: str = BY_COMMAND) -> str:
        """Return the store that is named, or that is alone in this database; ``how`` says where it can be named.

        Raises Unready when none has been made, Missing for an unknown one, Refused where several are and none is named.
        """
        wanted = named or self.named
        found = self._some_stores(wanted)
        if not found and wanted:
            raise Missing(f"there is no store {wanted} here")
        if not found:
            raise Unready("no store has been made here: run seraphine-server create-store")
        if len(found) > 1:
            raise Refused(f"several stores are here: name one, {how}")
        return found[0]

    def stores(self) -> list[tuple[str, str]]:
        """Return id and name of every store of this database, the oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(stores.c.store_id, stores.c.name).order_by(stores.c.store_id))
            return [(row.store_id, row.name) for row in rows]

    def is_chain(self) -> bool:
        """Tell whether several stores are served, none of them by name."""
        return not self.named and len(self._some_stores("")) > 1

    def _some_stores(self, wanted: str) -> list[str]:
        """Return the one that is wanted, or two of all."""
        asked = select(stores.c.store_id).order_by(stores.c.store_id).limit(2)
        if wanted:
            asked = asked.where(stores.c.store_id == wanted)
        with self.database.read() as connection:
            return list(connection.execute(asked).scalars())

    def device(self, key: str) -> "DeviceServer":
        """Return the server as the holder of a key sees it."""
        with self.database.read() as connection:
            return DeviceServer(self, auth.device_of_key(connection, key))

    def caller(self, token: str) -> Caller:
        """Return who shows a bearer token; raise Unauthenticated, or Forbidden for a revoked one."""
        with self.database.read() as connection:
            return callers.of_token(connection, token, self.clock.now_ms())

    def enrol(self, code: str, machine: str) -> Enrolment:
        """Exchange a one-time code for a till and its key."""
        try:
            with self.database.read() as connection:
                store_id = auth.store_of_code(connection, code)
        except CodeRefused:
            self._count_wrong_code()
            raise
        with self.write(store_id, ENROLLING) as tx:
            return auth.enrol(tx, code, machine)

    def _count_wrong_code(self) -> None:
        """Count a code that nobody was given; where none is open, nothing is written."""
        with self.database.read() as connection:
            guessed_at = auth.stores_with_open_codes(connection, self.clock.now_ms())
        for store_id in guessed_at:
            with self.write(store_id, ENROLLING) as tx:
                auth.count_wrong(tx)

    def new_code(
        self, *, till_label: str | None = None, life_ms: int = auth.CODE_LIFE_MS, length: int = auth.CODE_LENGTH
    ) -> str:
        """Return a code that enrols one till, once."""
        with self.write(self.only_store(), "enrol-code") as tx:
            return auth.new_code(tx, till_label=till_label, life_ms=life_ms, length=length)

    def new_webhook_secret(self) -> str:
        """Return a new secret that signs insights."""
        with self.write(self.only_store(), "webhook-secret") as tx:
            return webhooks.new_secret(tx)

    def take_insight(self, headers: Mapping[str, str], body: bytes, store: str = "") -> str:
        """Publish a signed insight and return its id; a refused one is kept with its reason.

        ``store`` is the one it is meant for, where a database has several.
        """
        store_id = self.only_store(store, "by its id: ?store=ID")
        try:
            with self.write(store_id, WEBHOOK) as tx:
                return webhooks.accept(tx, headers, body)
        except Problem as problem:
            with self.write(store_id, WEBHOOK) as tx:
                webhooks.keep_failure(tx, headers, body, problem)
            raise

    def last_backup_ms(self) -> int | None:
        """Return when the newest backup that passed its trial restore was made."""
        with self.database.read() as connection:
            good = select(func.max(backups.c.made_at_ms)).where(backups.c.problems == 0)
            found: int | None = connection.execute(good).scalar_one()
        return found

    def is_ready(self) -> bool:
        """Tell whether the database answers."""
        try:
            with self.database.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except Unready:
            return False
        return True


@dataclass(frozen=True, slots=True)
class DeviceServer:
    """The server for one device: ``domain.protocol.Server`` and the owner's lists."""

    whole: StoreServer
    device: Device
    request_id: str = ""

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        """Append what continues the chain; answer with the head, whatever happened."""
        intake.check_entries(entries)
        acknowledged = Acknowledged(acknowledged_seq, acknowledged_hash)
        if not entries:
            with self._read() as connection:
                head = intake.hello(connection, self.device.store_id, journal_id, acknowledged)
            if head is not None:
                return head
        with self.whole.write(self.device.store_id, self.device.device_id, self.request_id) as tx:
            return intake.push(tx, self.device, journal_id, acknowledged, entries)

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        """Return the hashes the server holds at these places of a journal."""
        if len(seqs) > HASHES_MAX:
            raise TooLarge(f"{len(seqs)} places in one call, at most {HASHES_MAX}: ask for less at a time")
        with self._read() as connection:
            return intake.hashes(connection, self.device.store_id, journal_id, seqs)

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        """Return the next documents after ``rev`` of the feed."""
        with self._read() as connection:
            page = feed.page(connection, self.device.store_id, feed_id, rev, journal_id)
            if page.feed_id != feed_id or feed.was_given(connection, self.device.store_id, rev):
                return page
        # The caller has a revision that this feed never gave out: this database is older than what it once answered.
        with self.whole.write(self.device.store_id, self.device.device_id) as tx:
            audit.note(tx, "feed-restarted", {"rev": rev, "feed_id": feed.restart(tx)})
            return feed.page(tx.connection, self.device.store_id, feed_id, rev, journal_id)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        """Return the next entries of a journal after a place, for recovery."""
        with self._read() as connection:
            return intake.entries_after(connection, self.device.store_id, journal_id, after, PUSH_BYTES_MAX)

    def journals(self) -> list[Head]:
        """Return where the server stands in each journal of the caller's till, in the order they were opened."""
        with self._read() as connection:
            return intake.heads(connection, self.device.store_id, self.device.till_id)

    def report(self, query: ReportQuery) -> ReportData:
        """Return the figures of a period over all tills."""
        with self._read() as connection:
            return reports.read(connection, self.device.store_id, query)

    def tell(self, told: Sequence[Proof]) -> None:
        """Keep this till's side of some of its days."""
        with self.whole.write(self.device.store_id, self.device.device_id) as tx:
            proofs.tell(tx, self.device.till_id, told)

    def proofs(self, query: ReportQuery) -> StoreProofs:
        """Return what the tickets of some days come to here, and what their tills told of them."""
        with self._read() as connection:
            return proofs.read(connection, self.device.store_id, query)

    def day_tickets(self, till_id: str, day: str, after: str) -> DayTickets:
        """Return the next tickets of a till's business day by event id."""
        with self._read() as connection:
            return proofs.tickets(connection, self.device.store_id, till_id, day, after)

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        """Set at most IMPORT_ROWS_MAX products in one revision; raise NotAllowed for who may not."""
        with self.whole.write(self.device.store_id, self.device.device_id) as tx:
            person = staff.operator(tx.connection, tx.store_id, operator_id)
            if person is None or not person.may(Right.CREATE_PRODUCT):
                raise NotAllowed
            return catalogue.import_block(tx, operator_id, rows, dry_run=dry_run)

    def quarantine(self) -> Quarantine:
        """Return the entries that could not be applied, with what is wrong with each."""
        with self._read() as connection:
            return quarantine.listed(connection, self.device.store_id, intake.entry_of)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self.whole.database.read() as connection:
            yield connection
