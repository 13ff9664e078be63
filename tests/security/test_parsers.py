"""Whatever bytes come in, each parser takes them or refuses them in its own words; none falls over."""

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from seraphine_pos.domain import barcode, pairing, protocol, report
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.refusal import Refusal, Unavailable
from seraphine_pos.settings import load as load_till_settings
from seraphine_pos.sync import answer
from seraphine_pos.sync.answer import Answer
from sync_server import bodies, price_list
from sync_server import settings as server_settings
from sync_server.backups import archive, backup, sealed
from sync_server.errors import Problem
from sync_server.insights import Insight
from sync_server.outgoing import destination
from sync_server.routes import shapes
from sync_server.routes.body import inflate, read
from tests.sync_server.shop import Shop, Till, found_shop, ticket

NUMBERS: Final = itertools.count()
OURS: Final = (Problem, Refusal, Unavailable)
Parse = Callable[[bytes], object]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Till, Path]:
    """Give a small store with a ticket, and a folder."""
    folder = tmp_path_factory.mktemp("parsers")
    shop = found_shop(f"sqlite:///{folder / 'server.db'}")
    till = shop.till()
    till.sell(100)
    till.push()
    return shop, till, folder


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """Return bytes near good ones: cut, doubled, with some of them changed, or nothing like them at all."""
    place = st.integers(0, len(good))

    def changed(parts: tuple[int, int, bytes]) -> bytes:
        start, end, put = parts
        return good[: min(start, end)] + put + good[max(start, end) :]

    near = st.tuples(place, place, st.binary(max_size=12)).map(changed)
    flipped = st.tuples(place, st.integers(1, 255)).map(
        lambda parts: good[: parts[0]] + bytes(byte ^ parts[1] for byte in good[parts[0] :][:1]) + good[parts[0] + 1 :]
    )
    return st.one_of(near, flipped, st.binary(max_size=300))


def holds(parse: Parse, good: bytes, allowed: tuple[type[Exception], ...] = OURS, cases: int = 120) -> int:
    """Show that a parser takes what is good, and of whatever else raises only what it may; count what it refused."""
    parse(good)
    refused = 0

    @settings(max_examples=cases, deadline=None)
    @given(mutated(good))
    @example(b"")
    @example(b"\x00")
    @example(b"\xff\xfe")
    @example(good + good)
    @example(b"[" * 5_000)
    @example(b"a = " + b"[" * 5_000)
    @example(b'{"a":' * 5_000)
    def tried(data: bytes) -> None:
        nonlocal refused
        try:
            parse(data)
        except allowed:
            refused += 1

    tried()
    return refused


def written(folder: Path, data: bytes) -> Path:
    """Write the bytes to a file of their own."""
    path = folder / f"file-{next(NUMBERS) % 4}"
    path.write_bytes(data)
    return path


def answered(reader: Callable[[answer.Json], object]) -> Parse:
    """Return what a till does with the body of an answer."""
    return lambda data: answer.believe(Answer(200, "application/json", data), "server-1", reader)


def of_json(good: object) -> bytes:
    """Return JSON."""
    return json.dumps(good).encode()


def test_what_a_server_is_asked(scene: tuple[Shop, Till, Path]) -> None:
    _, till, _ = scene
    pushed = {
        "journal_id": till.journal_id, "acknowledged": {"seq": 0, "hash": "00" * 32},
        "entries": [protocol.entry_to_wire(entry) for entry in till.entries],
    }  # fmt: skip
    assert holds(lambda data: shapes.entries_of(read(shapes.PUSH, data)), of_json(pushed))
    assert holds(lambda data: read(shapes.IMPORT, data), of_json({"operator_id": "o", "dry_run": True, "rows": []}))
    assert holds(inflate, gzip.compress(b"said", mtime=0))


def test_what_an_entry_tells() -> None:
    good = canonical(ticket([100])).encode()
    assert holds(lambda data: bodies.read("sale.completed", 1, data.decode()), good, (ValueError,))


def test_what_n8n_sends() -> None:
    good = {
        "category": "topSeller", "sourceRunId": "run-1", "title": "Thé", "confidence": 0.5,
        "createdAt": 1_795_334_400_000,
    }  # fmt: skip
    assert holds(Insight.model_validate_json, of_json(good), (ValidationError,))


def test_what_a_server_answers() -> None:
    page = {
        "server_id": "server-1", "feed_id": "f", "rev": 1, "documents": [], "applied_seq": 0, "more": False, "after": 0,
    }  # fmt: skip
    assert holds(answered(answer.page), of_json(page))
    head = {"server_id": "server-1", "journal_id": "j", "seq": 1, "hash": "00" * 32, "durable": 0}
    assert holds(answered(answer.head), of_json(head))
    assert holds(answered(report.from_wire), of_json({"server_id": "server-1", **report.to_wire(_empty_report())}))


def test_files_of_an_owner(scene: tuple[Shop, Till, Path]) -> None:
    shop, _, folder = scene
    made = backup.make(shop.database, folder / "shop.zip", shop.clock.now_ms()).path

    def opened(data: bytes) -> object:
        with archive.opened(written(folder, data)) as found:
            return found.manifest

    assert holds(opened, made.read_bytes(), cases=60)
    assert holds(lambda data: sealed.read_key(written(folder, data)), b"0f" * 32)
    with shop.database.read() as connection:
        expected = price_list.rules(connection, shop.store_id)
    rows = b"code;nom;prix\n6111234567890;Th\xc3\xa9;12,50\n"
    assert holds(lambda data: price_list.check(data.decode(errors="replace").splitlines(keepends=True), expected), rows)


def test_settings_of_both_sides(tmp_path: Path) -> None:
    home = tmp_path / "server"
    home.mkdir()

    def server(data: bytes) -> object:
        (home / server_settings.FILE).write_bytes(data)
        return server_settings.load(tmp_path)

    assert holds(server, b'[limits]\nbody_seconds = 30\n[outbound]\nallow = ["n8n:5678"]\n')
    assert holds(lambda data: load_till_settings(written(tmp_path, data)), b'theme = "dark"\nlanguage = "fr"\n')


def test_words_that_people_or_programs_give() -> None:
    line = b"seraphine:https://192.168.1.10:8443#" + b"A" * 43 + b"#ABCD-EFGH-JKLM-NPQR"
    assert holds(lambda data: pairing.is_pairing(said := data.decode(errors="replace")) and pairing.read(said), line)
    assert holds(lambda data: barcode.key_of(data.decode(errors="replace")), b"6111234567890")
    assert holds(
        lambda data: destination.read(data.decode(errors="replace"), ("n8n:5678",)), b"https://hooks.example/x"
    )


def _empty_report() -> report.ReportData:
    return report.ReportData(report.ReportQuery("2026-11-20", "2026-11-20"), report.STORE, (), (), (), 0)
