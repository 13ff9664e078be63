"""Since when the server's verified backups have held what: nothing is emptied before that was so for ninety days.

An answer carries no time of the server's, so the time is this till's own, and counted with care: a step back counts
nothing, a step ahead of more than some days only those, whatever the clock says.
"""

import json
from dataclasses import dataclass, field
from typing import Final

from seraphine_pos.domain.retention import GRACE_MS
from seraphine_pos.store.database import Connection

STEP_MS_MAX: Final = 3 * 24 * 3_600_000
_NAME: Final = "durable since"
_READ: Final = "SELECT value FROM local WHERE name = ?"
_WRITE: Final = "INSERT OR REPLACE INTO local (name, value) VALUES (?, ?)"


@dataclass(slots=True)
class _Waited:
    """How long this till has waited in all, and at which of those moments a place of a journal was first held."""

    at_ms: int
    waited_ms: int = 0
    marks: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def go_on(self, now_ms: int) -> None:
        self.waited_ms += min(max(now_ms - self.at_ms, 0), STEP_MS_MAX)
        self.at_ms = now_ms

    def hold(self, journal_id: str, durable: int) -> None:
        """Take in how far the backups hold a journal; less than before where the server was put back."""
        firsts: dict[int, int] = {}
        for seq, since in (*self.marks.get(journal_id, []), (durable, self.waited_ms)):
            place = min(seq, durable)
            firsts[place] = min(firsts.get(place, since), since)
        ripe = [seq for seq, since in firsts.items() if self._is_ripe(since)]
        least = max(ripe, default=0)
        self.marks[journal_id] = sorted((seq, since) for seq, since in firsts.items() if seq >= max(least, 1))

    def ripe(self, journal_id: str) -> int:
        return max((seq for seq, since in self.marks.get(journal_id, []) if self._is_ripe(since)), default=0)

    def _is_ripe(self, since: int) -> bool:
        return self.waited_ms - since >= GRACE_MS


def note(connection: Connection, journal_id: str, durable: int, now_ms: int) -> None:
    """Note how far the server's backups hold a journal, as it has just said."""
    found = _read(connection, now_ms)
    if not durable and journal_id not in found.marks:
        return
    found.go_on(now_ms)
    found.hold(journal_id, durable)
    said = {"at_ms": found.at_ms, "waited_ms": found.waited_ms, "marks": found.marks}
    connection.execute(_WRITE, (_NAME, json.dumps(said)))


def ripe(connection: Connection, journal_id: str, now_ms: int) -> int:
    """Return up to which place of a journal the server's backups have held it for ninety days."""
    found = _read(connection, now_ms)
    found.go_on(now_ms)
    return found.ripe(journal_id)


def _read(connection: Connection, now_ms: int) -> _Waited:
    row = connection.execute(_READ, (_NAME,)).fetchone()
    if row is None:
        return _Waited(now_ms)
    said = json.loads(row[0])
    marks = {journal_id: [(seq, since) for seq, since in one] for journal_id, one in said["marks"].items()}
    return _Waited(said["at_ms"], said["waited_ms"], marks)
