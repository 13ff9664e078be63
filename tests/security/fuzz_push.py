"""Fuzzed: what tills push, as bytes of a request and as bodies of entries that are sealed as they should be."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from seraphine_pos.domain import protocol
from seraphine_pos.domain.event import SHAPES
from seraphine_pos.domain.journal import Draft, Entry, seal, text_digest
from sync_server import bodies, intake
from sync_server.rebuild import rebuild
from sync_server.rollups import cells
from sync_server.routes import shapes
from sync_server.routes.body import read
from sync_server.verify import verify
from tests.security.fuzz_target import OURS, StoreUnderFire, hold, of_json
from tests.sync_server.shop import Shop, Till, ticket

KINDS: Final = (*sorted({str(kind) for kind, _ in SHAPES}), "what.nobody.knows")
STORE_LASTS: Final = 400
WORDS_AT: Final = "\x1f"
DIGEST: Final = "DIGEST"


def envelope(journal_id: str, entries: Sequence[Entry]) -> bytes:
    """Return a push as a till sends it."""
    return of_json(
        {
            "journal_id": journal_id, "acknowledged": {"seq": 0, "hash": "00" * 32},
            "entries": [protocol.entry_to_wire(entry) for entry in entries],
        }
    )  # fmt: skip


class Push:
    """Whatever stands in a push: refused in our words, or taken whole, kept as sent, and read back the same."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._stores = StoreUnderFire(folder, STORE_LASTS)
        self._till: Till | None = None
        self._journals = 0

    def seeds(self) -> list[bytes]:
        """Return a byte that says how the rest is meant (see ``attempt``), and the rest."""
        till = self._stores.shop().till()
        till.sell(100, 250)
        till.refund(100)
        sealed = [_of_kind(kind, json.dumps(_example(shape))) for (kind, _), shape in SHAPES.items()]
        real = [_of_kind("sale.completed", json.dumps(ticket([100, 250]))), _of_kind("what.nobody.knows", "{}")]
        worded = json.dumps({**ticket([100]), "text_digest": DIGEST}) + WORDS_AT + "sans sucre"
        return [
            b"\x00" + envelope(till.journal_id, till.entries), b"\x00" + envelope("journal-2", []), *sealed, *real,
            _of_kind("sale.completed", worded),
        ]  # fmt: skip

    def attempt(self, data: bytes) -> None:
        """Take the bytes as a request if the first is even, else as kind, version and body of an entry to be sealed."""
        shop = self._stores.shop()
        if self._stores.is_new or self._till is None:
            self._till = shop.till()
        if data[:1] < b"\x01" or data[0] % 2 == 0:
            self._as_request(self._till, data[1:])
        else:
            self._as_entry(self._till, data[1:])
        if self._stores.is_over:
            whole(shop)

    def close(self) -> None:
        """Remove the store."""
        self._stores.close()

    def _as_request(self, till: Till, data: bytes) -> None:
        try:
            asked = read(shapes.PUSH, data)
            entries = shapes.entries_of(asked)
            intake.check_entries(entries)
        except OURS:
            return
        journal_id = asked["journal_id"]
        again = read(shapes.PUSH, envelope(journal_id, entries))
        hold(shapes.entries_of(again) == entries, "what was taken is written as it was read")
        seq = asked["acknowledged"]["seq"]
        try:
            head = till.server.push(journal_id, seq, asked["acknowledged"]["hash"], entries)
        except OURS:
            return
        kept = till.server.entries(journal_id, 0)
        hold(not kept or kept[-1].seq == head.seq, "the head is the last entry that is kept")

    def _as_entry(self, till: Till, data: bytes) -> None:
        kind, version = KINDS[(data[:1] or b"\0")[0] % len(KINDS)], (data[1:2] or b"\1")[0] % 3
        body, _, words = data[2:].decode(errors="replace").partition(WORDS_AT)
        salt = b"0123456789abcdef"
        text = words or None
        if text is not None:
            body = body.replace(DIGEST, str(text_digest(salt, text)))
        if not body or (text is not None and f'"{text_digest(salt, text)}"' not in body):
            body, text = body or "{}", None
        self._journals += 1
        journal_id = f"journal-{self._journals}"
        draft = Draft(f"event-{self._journals}", kind, version, till.clock.now_ms(), salt, body, text)
        entry = seal(journal_id, 1, bytes(32), draft)
        asked = read(shapes.PUSH, envelope(journal_id, [entry]))
        head = till.server.push(journal_id, 0, bytes(32), shapes.entries_of(asked))
        hold((head.seq, head.hash) == (1, entry.hash), "a sealed entry is taken, whatever it tells")
        hold(till.server.entries(journal_id, 0) == [entry], "and kept as it was sent")
        try:
            fields = bodies.read(kind, version, body)
        except ValueError:
            return
        hold(isinstance(fields, dict), "a body is read as an object")


def whole(shop: Shop) -> None:
    """Raise Broken unless the chain verifies and every figure is the one of a rebuild."""
    with shop.database.read() as connection:
        # A checkpoint that tells wrong sums of its journal is the till's fault, and rightly told.
        found = [one for one in verify(connection, shop.store_id).problems if "checkpoint does not agree" not in one]
        hold(not found, f"the books are right: {found[:3]}")
        before = sorted(cells(connection, shop.store_id))
    with shop.server.write(shop.store_id, "rebuild") as tx:
        rebuild(tx)
    with shop.database.read() as connection:
        hold(sorted(cells(connection, shop.store_id)) == before, "the figures are those of a rebuild")


def _of_kind(kind: str, body: str) -> bytes:
    return bytes([1, KINDS.index(kind), 1]) + body.encode()


def _example(wanted: Any) -> Any:
    """Return a value of a shape."""
    if isinstance(wanted, tuple):
        return _example(wanted[0])
    if isinstance(wanted, list):
        return [_example(wanted[0])]
    if isinstance(wanted, dict):
        return {name: _example(part) for name, part in wanted.items()}
    return {str: "x", int: 1, bool: True, dict: {}}[wanted]
