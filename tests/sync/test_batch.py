"""The entries of one request: their text, their size, and what is done while they are under way."""

import json

from seraphine_pos.domain.protocol import entry_from_wire
from seraphine_pos.sync.batch import Batch
from tests.sync.saying import an_entry


def test_the_text_holds_the_entries_as_they_are() -> None:
    batch = Batch([an_entry(1), an_entry(2)])
    assert tuple(entry_from_wire("j", wire) for wire in json.loads(batch.wire)) == batch
    assert Batch().wire == b"[]"


def test_the_text_is_written_once() -> None:
    batch = Batch([an_entry()])
    assert batch.ready() is batch
    assert batch.wire is batch.wire


def test_what_is_to_be_done_meanwhile_is_done_once() -> None:
    done: list[bool] = []
    batch = Batch()
    batch.gone()
    batch.meanwhile = lambda: done.append(True)
    batch.gone()
    batch.gone()
    assert done == [True]
