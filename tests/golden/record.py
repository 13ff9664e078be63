"""Records what this version writes, for every later one to read: ``python -m tests.golden.record``.

A till with two journals and entries that wait, its server before and after, and every request between them. It is run
once more whenever a format changes before the release; what a release has left is never changed after it.
"""

import gzip
import hashlib
import json
import shutil
import sys
import tempfile
import tomllib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.domain import event, report
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.product import to_body
from seraphine_pos.domain.protocol import Enrolment, ImportRow, entry_to_wire
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.store import checkpoint, entries
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import Engine
from sync_server import founding, signature
from sync_server.database import open_database
from sync_server.store_server import StoreServer
from tests.architecture.tree import ROOT
from tests.domain import examples
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.golden.stored import golden_entries
from tests.golden.wire import URL, Wire
from tests.simulation.disk import take
from tests.store.folder import DAY, give_back, sell
from tests.sync_server.shop import OWNER, REQUEST
from tests.sync_server.test_webhooks import body_of

MACHINE: Final = "machine-1"
QUERY: Final = ReportQuery(DAY, "2026-11-30")
# What these say hangs on what was said before; the tickets and journals of the scene are its own.
BY_THEMSELVES: Final = frozenset(kind for kind, _ in event.SHAPES) - {
    "journal.opened", "sale.completed", "sale.refunded", "shift.opened", "shift.closed", "checkpoint",
}  # fmt: skip
FILES: Final = ("till.db.gz", "server-before.db.gz", "server.db.gz", "server.postgresql.sql.gz")


def version() -> str:
    """Return the version that this tree becomes."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return found


@dataclass(slots=True)
class Scene:
    """A store's server on a file, its wire, and one till."""

    folder: Path
    clock: FakeClock
    server: StoreServer
    wire: Wire
    http: HttpServer
    enrolled: Enrolment
    opened: int = 0

    def open(self) -> TillStore:
        """Open the till's folder."""
        self.opened += 1
        chance = seeded_bytes(100 + self.opened)
        return open_till(self.folder / "till", clock=self.clock, random_bytes=chance, machine=MACHINE)

    def exchange(self, store: TillStore) -> None:
        """Exchange with the server until nothing is left."""
        state = Engine(store.journal, store.mirror, self.http, self.clock).run_once()
        assert (state.problem, state.waiting) == (None, 0), state


def founded(folder: Path) -> tuple[Scene, dict[str, str]]:
    """Found a store and enrol its first till; return also what was made for the requests to come."""
    clock = FakeClock()
    database = open_database(f"sqlite:///{folder / 'server.db'}")
    server = StoreServer(database, clock, seeded_bytes(1))
    request = founding.StoreRequest.model_validate_json(json.dumps(REQUEST))
    made = founding.found(database, request, clock.now_ms(), seeded_bytes(2))
    wire = Wire(server, clock)
    with closing(HttpServer(URL, "", "", transport=wire)) as stranger:
        enrolled = stranger.enrol(made.code, MACHINE)
    wire.passed.clear()
    http = HttpServer(URL, enrolled.device_key, enrolled.server_id, transport=wire, random_bytes=seeded_bytes(3))
    scene = Scene(folder, clock, server, wire, http, enrolled)
    return scene, {"code": server.new_code(), "secret": server.new_webhook_secret()}


def live(scene: Scene, made: dict[str, str]) -> None:
    """Let a few days pass at the till, with a restore that parts its journal, and ask all that a till asks."""
    with closing(HttpServer(URL, "", "", transport=scene.wire)) as stranger:
        stranger.enrol(made["code"], "machine-2")
    rows = [ImportRow((one := examples.product(no)).product_id, to_body(one)) for no in range(1, 6)]
    scene.http.import_products(OWNER, rows, dry_run=True)
    scene.http.import_products(OWNER, rows, dry_run=False)
    first = _days(scene)
    body = body_of()
    timestamp = str(scene.clock.now_ms() // 1000)
    headers = {"webhook-id": "msg-1", "webhook-timestamp": timestamp, "content-type": "application/json",
               "webhook-signature": signature.sign(made["secret"], "msg-1", timestamp, body)}  # fmt: skip
    assert scene.wire.carry("POST", "/v1/webhooks/n8n/insights", headers, body).status_code == 201
    with closing(scene.open()) as store:
        scene.exchange(store)
        scene.http.tell(store.ledger.proofs())
    _ask(scene, first)


def _ask(scene: Scene, first: str) -> None:
    """Ask all that a till asks for besides the exchange."""
    scene.http.report(QUERY)
    scene.http.proofs(QUERY)
    scene.http.day_tickets(scene.enrolled.till_id, QUERY.start, "")
    scene.http.hashes(first, [1, 2, 3])
    scene.http.entries(first, 2)
    scene.http.journals()
    scene.http.feedback()
    scene.http.quarantine()


def _days(scene: Scene) -> str:
    """Sell, lose the disk's last hours to an old copy of it, and sell on; return the first journal."""
    one = scene.enrolled
    with closing(scene.open()) as store:
        while not store.mirror.state().whole:
            state = store.mirror.state()
            store.mirror.apply(scene.http.pull(state.feed_id, state.rev, ""))
        first = store.journal.open(Identity(one.store_id, one.till_id, one.till_label, MACHINE, "MAD", 2))
        _say_everything(scene, store)
        _sell(scene, store, 4)
        with store.journal.action() as action:
            checkpoint.record(action)
        scene.exchange(store)
    old = take(scene.folder / "till")
    for image, pieces in ((None, 2), (old, 3)):
        if image is not None:
            image.put(scene.folder / "till")
        with closing(scene.open()) as store:
            _sell(scene, store, pieces)
            scene.exchange(store)
    return first


def _sell(scene: Scene, store: TillStore, pieces: int) -> None:
    for no in range(pieces):
        scene.clock.pass_ms(60_000)
        sold = sell(store, 1 + no % 5, note="sans sachet" if no % 2 else None)
        if no % 3 == 1:
            give_back(store, sold)


def _say_everything(scene: Scene, store: TillStore) -> None:
    """Write an entry of every kind and version that stands by itself."""
    for entry, body in golden_entries():
        if entry.kind in BY_THEMSELVES:
            scene.clock.pass_ms(1000)
            with store.journal.action() as action:
                action.record(entry.kind, body, salt=entry.salt, text=entry.text, version=entry.version)


def told_of(entry: Any) -> str:
    """Return what stands for every byte of an entry."""
    return hashlib.sha256(canonical(entry_to_wire(entry)).encode()).hexdigest()


def expected(scene: Scene, made: dict[str, str]) -> dict[str, object]:
    """Return what every later version must come to with these files; some entries are written that wait."""
    after_server = report.to_wire(scene.http.report(QUERY))
    with closing(scene.open()) as store:
        _sell(scene, store, 2)
        state = store.journal.state()
        with store.database.read() as connection:
            kept = [[one.journal_id, one.seq, one.event_id, one.hash.hex(), told_of(one)]
                    for one in entries.every(connection)]  # fmt: skip
        own = report.to_wire(store.ledger.report(QUERY))
    heads = {one.journal_id: [one.seq, one.hash.hex()] for one in scene.http.journals()}
    return {
        "version": version(), "machine": MACHINE, "enrolled": vars_of(scene.enrolled), **made,
        "start": QUERY.start, "end": QUERY.end, "clock_ms": scene.clock.now_ms(), "waiting": state.waiting,
        "entries": kept, "heads": heads, "till_report": own, "server_report": after_server,
    }  # fmt: skip


def vars_of(enrolled: Enrolment) -> dict[str, str]:
    """Return an enrolment's fields."""
    return {name: getattr(enrolled, name) for name in enrolled.__slots__}


def copied(source: Path, folder: Path) -> bytes:
    """Return a database as one file, whatever its log still holds."""
    target = folder / "copy.db"
    target.unlink(missing_ok=True)
    with closing(sqlite.connect(source)) as one, closing(sqlite.connect(target)) as other:
        one.backup(other)
        other.execute("PRAGMA journal_mode=DELETE")
    return target.read_bytes()


def as_postgresql(path: Path) -> str:
    """Return the server's database as statements for PostgreSQL: this version's tables, and the same rows."""
    from sync_server.schema import VERSION_TABLE, metadata
    from tests.sync_server.first_schema import NEXT, statements

    said = statements("postgresql")
    said.append(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    with closing(sqlite.connect(path)) as database:
        for name in (VERSION_TABLE, *(table.name for table in metadata.sorted_tables)):
            cursor = database.execute(f"SELECT * FROM {name}")
            columns = ", ".join(f'"{column[0]}"' for column in cursor.description)
            said += [f"INSERT INTO {name} ({columns}) VALUES ({', '.join(map(_literal, row))})" for row in cursor]
    return NEXT.join(said)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


def record(target: Path) -> None:
    """Write the files of this version into a folder, in the place of what it holds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        scene, made = founded(folder)
        before = copied(folder / "server.db", folder)
        live(scene, made)
        passed = list(scene.wire.passed)
        files = {"server-before.db.gz": before}
        told = expected(scene, made)
        scene.http.close()
        scene.server.database.close()
        files["server.db.gz"] = copied(folder / "server.db", folder)
        files["server.postgresql.sql.gz"] = as_postgresql(folder / "copy.db").encode()
        files["till.db.gz"] = copied(folder / "till" / "till.db", folder)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    assert set(files) == set(FILES)
    for name, content in files.items():
        (target / name).write_bytes(gzip.compress(content, mtime=0))
    for name, value in (("requests.json", passed), ("expected.json", told)):
        text = json.dumps(value, ensure_ascii=False, indent=1)
        (target / name).write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Run the command; return its exit code."""
    if f"## [{version()}]" in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        sys.stdout.write(f"{version()} is released: its files are never changed; raise the version first\n")
        return 2
    target = Path(__file__).parent / version()
    record(target)
    for path in sorted(target.iterdir()):
        sys.stdout.write(f"{path.stat().st_size:>9,}  {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
