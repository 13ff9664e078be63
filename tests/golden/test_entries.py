"""Every kind and version ever written stays readable, and its hashes stay what they were.

A new kind or version stores one entry here. A stored one never changes: what fails here would
make the journals of every shop unreadable.
"""

from hashlib import sha256

import pytest

from seraphine_pos.domain import event, journal, protocol, rollup
from seraphine_pos.domain.journal import Entry
from tests.golden.stored import FOLDER, golden_entries

STORED = {f"{entry.kind}.{entry.version}": (entry, body) for entry, body in golden_entries()}


def test_every_kind_and_version_has_its_entry() -> None:
    wanted = {f"{kind}.{version}" for kind, version in event.SHAPES}
    assert wanted - STORED.keys() == set(), "store one entry of each in tests/golden/entries"
    assert STORED.keys() - wanted == set(), "a version that was written once stays readable for ever"
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.json" for name in STORED}


@pytest.mark.parametrize("name", STORED)
def test_the_entry_verifies_and_has_its_shape(name: str) -> None:
    entry, body = STORED[name]
    journal.check(entry, entry.seq, entry.prev_hash)
    event.check_body(entry.kind, entry.version, body)
    assert rollup.fold(entry.kind, entry.version, body) or entry.kind in rollup.SILENT
    assert journal.canonical(body) == entry.body


@pytest.mark.parametrize("name", STORED)
def test_the_entry_can_be_sealed_again_and_sent_again(name: str) -> None:
    entry, _ = STORED[name]
    draft = journal.Draft(
        entry.event_id, entry.kind, entry.version, entry.at_ms, entry.salt, entry.body, entry.text
    )  # fmt: skip
    assert journal.seal(entry.journal_id, entry.seq, entry.prev_hash, draft) == entry
    assert protocol.entry_from_wire(entry.journal_id, protocol.entry_to_wire(entry)) == entry


def hash_by_the_book(entry: Entry) -> bytes:
    """Work the hash out from the words of the protocol, by nothing of the product."""
    digest = sha256(entry.salt + entry.body.encode("utf-8")).digest()
    fields = [
        b"seraphine journal 1",
        entry.journal_id.encode("utf-8"),
        entry.seq.to_bytes(8, "big"),
        entry.prev_hash,
        entry.at_ms.to_bytes(8, "big", signed=True),
        entry.kind.encode("utf-8"),
        entry.version.to_bytes(4, "big"),
        entry.event_id.encode("utf-8"),
        digest,
    ]
    state = sha256()
    for field in fields:
        state.update(len(field).to_bytes(4, "big"))
        state.update(field)
    return state.digest()


@pytest.mark.parametrize("name", STORED)
def test_the_hash_is_the_one_of_the_protocol(name: str) -> None:
    entry, body = STORED[name]
    assert entry.hash == hash_by_the_book(entry)
    if entry.text is not None:
        assert body["text_digest"] == sha256(entry.salt + entry.text.encode("utf-8")).hexdigest()
