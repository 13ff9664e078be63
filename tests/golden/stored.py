"""The entries that earlier programs wrote, one of each kind and version, as they must be read for ever."""

import json
from collections.abc import Iterator
from pathlib import Path

from seraphine_pos.domain.journal import Entry, parse
from seraphine_pos.domain.protocol import entry_from_wire

FOLDER = Path(__file__).parent / "entries"


def golden_entries() -> Iterator[tuple[Entry, dict[str, object]]]:
    """Give each stored entry with its body."""
    for path in sorted(FOLDER.iterdir()):
        wire = json.loads(path.read_text(encoding="utf-8"))
        entry = entry_from_wire(wire.pop("journal_id"), wire)
        yield entry, parse(entry.body)
