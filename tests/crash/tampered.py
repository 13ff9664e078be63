"""The ways to change a till's journals: clumsily, one row or column; or cleverly, with all that follows sealed anew.

Each says which entry must be named: the first of its journal that is not what was written there.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Draft, Entry, canonical
from seraphine_pos.store.anchor import Anchor, Mark
from seraphine_pos.store.entries import COLUMNS
from tests.fakes.clock import seeded_bytes

LOCKS: Final = ("entry_is_never_deleted", "entry_is_only_blanked", "journal_is_never_deleted")
TEXTS: Final = ("journal_id", "kind", "event_id", "body", "text")
BYTES: Final = ("salt", "digest", "prev_hash", "hash")
NUMBERS: Final = ("position", "seq", "at_ms", "version")
SILENT: Final = (Kind.DRAWER_OPENED, Kind.STAFF_SIGNED_IN, Kind.CART_VOIDED)
NO_TEXT: Final = b"caf\xe9"
FAR: Final = 1_000_000


class Harmless(Exception):
    """The change would have changed nothing."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """What was done, and the entry that must be named."""

    way: str
    journal_id: str
    seq: int
    clever: bool = False


@dataclass(slots=True)
class Books:
    """A till's database without its locks, and the anchor beside it; ``held`` is what the server has.

    With ``beyond``, what is sealed anew is what the server has not.
    """

    database: Any
    anchor: Path
    held: dict[str, int]
    beyond: bool = False

    def unlock(self) -> None:
        """Take away what refuses changes."""
        for name in LOCKS:
            self.do(f"DROP TRIGGER {name}")

    def do(self, statement: str, *values: object) -> None:
        """Run a statement."""
        self.database.execute(statement, values)

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows."""
        return list(self.database.execute(query, values))

    def living(self, journal_id: str | None = None) -> list[Entry]:
        """Return the entries that count, of one journal or of all; what lies behind a closed end is a dead copy."""
        query = f"""SELECT {", ".join("e." + name for name in COLUMNS.split(", "))}
            FROM entry e JOIN journal j USING (journal_id)
            WHERE e.seq <= coalesce(j.closed_after, e.seq) AND e.journal_id = coalesce(?, e.journal_id)
            ORDER BY j.place, e.seq"""
        return [Entry(*row) for row in self.ask(query, journal_id)]

    def journals(self) -> list[str]:
        """Return the journals, the oldest first."""
        return [row[0] for row in self.ask("SELECT journal_id FROM journal ORDER BY place")]

    def dead(self, journal_id: str) -> int:
        """Return how many entries a journal has behind its closed end."""
        ((count,),) = self.ask(
            "SELECT count(*) FROM entry JOIN journal USING (journal_id) WHERE journal_id = ? AND seq > closed_after",
            journal_id,
        )
        return int(count)


Way = Callable[[Books, random.Random], Tampering]
_AT: Final = "WHERE journal_id = ? AND seq = ?"


# Clumsily: something is changed and nothing else


def change_column(books: Books, chance: random.Random) -> Tampering:
    """Give one column of one entry another value."""
    one = chance.choice(books.living())
    column = chance.choice((*TEXTS, *BYTES, *NUMBERS))
    ((before,),) = books.ask(f"SELECT {column} FROM entry {_AT}", one.journal_id, one.seq)
    value, cast = _another(books, column, before, chance)
    if value == before:
        raise Harmless
    place = "CAST(? AS TEXT)" if cast else "?"
    books.do(f"UPDATE entry SET {column} = {place} {_AT}", value, one.journal_id, one.seq)
    first = min(one.seq, value) if column == "seq" else one.seq
    return Tampering(f"change {column}", one.journal_id, first)


def _another(books: Books, column: str, before: Any, chance: random.Random) -> tuple[Any, bool]:
    """Return another value, and whether its bytes are no text."""
    if column in NUMBERS:
        return chance.choice((before + 1, before - 1, -before, before + FAR, 0, 1 << 62, -(1 << 62))), False
    if column in BYTES:
        changed = bytearray(before)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return chance.choice((bytes(changed), b"", before[:-1], before + b"\0", bytes(32))), False
    if chance.random() < 0.1:
        return NO_TEXT, True
    ((other,),) = books.ask(f"SELECT {column} FROM entry ORDER BY position LIMIT 1 OFFSET ?", chance.randrange(20))
    old = before or ""
    at = chance.randrange(len(old) + 1)
    return chance.choice((other, old[:at] + chance.choice("0é ") + old[at + 1 :], old + " ", "")) or (
        None if column == "text" else ""
    ), False


def blank(books: Books, chance: random.Random) -> Tampering:
    """Empty an entry as retention would, though nothing of it is durable; or its words alone."""
    one = chance.choice(books.living())
    if chance.random() < 0.5:
        books.do(f"UPDATE entry SET salt = x'', body = '', text = NULL {_AT}", one.journal_id, one.seq)
    elif one.text is None:
        raise Harmless
    else:
        books.do(f"UPDATE entry SET text = NULL {_AT}", one.journal_id, one.seq)
    return Tampering("blank", one.journal_id, one.seq)


def delete(books: Books, chance: random.Random) -> Tampering:
    """Delete an entry or a few that follow one another."""
    one = chance.choice(books.living())
    last = books.living(one.journal_id)[-1].seq
    until = min(one.seq + chance.choice((0, 0, 0, 1, 4)), last)
    books.do("DELETE FROM entry WHERE journal_id = ? AND seq BETWEEN ? AND ?", one.journal_id, one.seq, until)
    return Tampering("delete", one.journal_id, one.seq)


def insert(books: Books, chance: random.Random) -> Tampering:
    """Put a copy of some entry between others, which move up."""
    one, copied = chance.choice(books.living()), chance.choice(books.living())
    books.do("UPDATE entry SET seq = seq + ? WHERE journal_id = ? AND seq >= ?", FAR, one.journal_id, one.seq)
    books.do("UPDATE entry SET seq = seq - ? WHERE journal_id = ? AND seq >= ?", FAR - 1, one.journal_id, FAR)
    _write(books, replace(copied, journal_id=one.journal_id, seq=one.seq, event_id=f"{copied.event_id[:-1]}!"))
    return Tampering("insert", one.journal_id, one.seq)


def swap_places(books: Books, chance: random.Random) -> Tampering:
    """Let two entries of a journal change their sequences."""
    one, other = _two(books, chance)
    books.do(f"UPDATE entry SET seq = ? {_AT}", -FAR, one.journal_id, one.seq)
    books.do(f"UPDATE entry SET seq = ? {_AT}", one.seq, one.journal_id, other.seq)
    books.do(f"UPDATE entry SET seq = ? {_AT}", other.seq, one.journal_id, -FAR)
    return Tampering("swap sequences", one.journal_id, one.seq)


def swap_contents(books: Books, chance: random.Random) -> Tampering:
    """Let two entries of a journal change what they say, all of it or the body alone."""
    one, other = _two(books, chance)
    columns = chance.choice((("salt", "body", "text"), ("salt", "body", "text", "digest"), ("at_ms",), ("event_id",)))
    if all(getattr(one, name) == getattr(other, name) for name in columns):
        raise Harmless
    for to, source in ((one, other), (other, one)):
        for name in columns:
            books.do(f"UPDATE entry SET {name} = ? {_AT}", getattr(source, name), to.journal_id, to.seq)
    return Tampering(f"swap {'+'.join(columns)}", one.journal_id, one.seq)


def swap_positions(books: Books, chance: random.Random) -> Tampering:
    """Let two entries change the place in which they were written."""
    one, other = _two(books, chance)
    ((here,),) = books.ask(f"SELECT position FROM entry {_AT}", one.journal_id, one.seq)
    ((there,),) = books.ask(f"SELECT position FROM entry {_AT}", other.journal_id, other.seq)
    for position, old in ((-FAR, here), (here, there), (there, -FAR)):
        books.do("UPDATE entry SET position = ? WHERE position = ?", position, old)
    return Tampering("swap positions", one.journal_id, one.seq)


def _two(books: Books, chance: random.Random) -> list[Entry]:
    mine = books.living(chance.choice(books.journals()))
    places = sorted(chance.sample(range(len(mine)), 2))
    return [mine[place] for place in places]


def relabel(books: Books, chance: random.Random) -> Tampering:
    """Change what the list of journals says of one, or take it off the list."""
    journal_id = chance.choice(books.journals())
    changes = ("UPDATE journal SET tag = 'ZZZ'", "UPDATE journal SET till_label = 'B9'",
               "UPDATE journal SET till_id = 'another'", "DELETE FROM journal")  # fmt: skip
    books.do(f"{chance.choice(changes)} WHERE journal_id = ?", journal_id)
    return Tampering("relabel a journal", journal_id, 1)


def close_elsewhere(books: Books, chance: random.Random) -> Tampering:
    """Let a journal end elsewhere, or not at all, so that other entries count and are sent."""
    journal_id = chance.choice(books.journals())
    ((before,),) = books.ask("SELECT closed_after FROM journal WHERE journal_id = ?", journal_id)
    last, dead = books.living(journal_id)[-1].seq, books.dead(journal_id)
    after = chance.choice((None, *range(1, last + dead)))
    if after == before or (after is None and not dead):
        raise Harmless
    books.do("UPDATE journal SET closed_after = ? WHERE journal_id = ?", after, journal_id)
    bounds = [bound for bound in (before, after) if bound is not None]
    return Tampering("close a journal elsewhere", journal_id, min(bounds) + 1)


def _write(books: Books, one: Entry) -> None:
    values = [getattr(one, name) for name in COLUMNS.split(", ")]
    books.do(f"INSERT INTO entry ({COLUMNS}) VALUES ({', '.join('?' for _ in values)})", *values)


# Cleverly: everything that follows is sealed anew, and all that speaks of it is changed along


@dataclass(slots=True)
class _Page:
    """An entry by itself, outside its chain; ``parent`` is the page of another journal that a first one follows."""

    draft: Draft
    parent: "_Page | None" = None


@dataclass(slots=True)
class _Journal:
    """The pages of a journal and the last one that counts."""

    journal_id: str
    pages: list[_Page]
    end: _Page | None
    sealed: list[Entry] = field(default_factory=list)

    def place(self, page: _Page) -> int:
        """Return where a page lies, from 0."""
        return next(place for place, one in enumerate(self.pages) if one is page)


def _read(books: Books) -> list[_Journal]:
    found: list[_Journal] = []
    for journal_id, closed_after in books.ask("SELECT journal_id, closed_after FROM journal ORDER BY place"):
        rows = books.ask(f"SELECT {COLUMNS} FROM entry WHERE journal_id = ? ORDER BY seq", journal_id)
        pages = [_Page(Draft(one.event_id, one.kind, one.version, one.at_ms, one.salt, one.body, one.text))
                 for one in (Entry(*row) for row in rows)]  # fmt: skip
        parent = json.loads(pages[0].draft.body)["parent"]
        if parent is not None:
            (before,) = [one for one in found if one.journal_id == parent["journal_id"]]
            pages[0].parent = before.pages[parent["seq"] - 1]
        found.append(_Journal(journal_id, pages, pages[closed_after - 1] if closed_after else None))
    return found


def _seal(books: Books, journals: Sequence[_Journal]) -> None:
    """Seal all journals anew and write them in the place of what was there, with the anchor."""
    books.do("DELETE FROM entry")
    for one in journals:
        _follow(journals, one.pages[0])
        previous = form.FIRST_HASH
        for seq, page in enumerate(one.pages, 1):
            one.sealed.append(form.seal(one.journal_id, seq, previous, page.draft))
            previous = one.sealed[-1].hash
            _write(books, one.sealed[-1])
        closed_after = None if one.end is None else one.place(one.end) + 1
        books.do("UPDATE journal SET closed_after = ? WHERE journal_id = ?", closed_after, one.journal_id)
    last = journals[-1].sealed[-1]
    anchor = Anchor(books.anchor)
    mark = anchor.read()
    assert mark is not None
    anchor.write(Mark(last.journal_id, last.seq, last.hash, mark.machine))
    anchor.close()


def _follow(journals: Sequence[_Journal], first: _Page) -> None:
    """Let the first entry of a journal name the entry that it follows as that is now."""
    if first.parent is None:
        return
    (before,) = [one for one in journals if any(page is first.parent for page in one.pages)]
    entry = before.sealed[before.place(first.parent)]
    body = json.loads(first.draft.body)
    body["parent"] = {"journal_id": entry.journal_id, "seq": entry.seq, "hash": entry.hash.hex()}
    first.draft = replace(first.draft, body=canonical(body))


def _chosen(books: Books, chance: random.Random, least: int) -> tuple[list[_Journal], _Journal, int]:
    """Return all journals, and of one of them a place (from 0) that the server has an entry at, or none."""
    journals = _read(books)
    if books.beyond:
        one = journals[-1]
        return journals, one, chance.randrange(books.held[one.journal_id] + 1, len(one.pages))
    one = chance.choice(journals)
    return journals, one, chance.randrange(least, books.held[one.journal_id])


def change_and_seal(books: Books, chance: random.Random) -> Tampering:
    """Change what an entry says, and seal it and all that follows anew."""
    journals, one, place = _chosen(books, chance, 0)
    draft = one.pages[place].draft
    body = json.loads(draft.body)
    if "operator_id" in body and chance.random() < 0.5:
        other = replace(
            draft, body=canonical({**body, "operator_id": "salma" if body["operator_id"] != "salma" else "x"})
        )
    else:
        other = replace(draft, at_ms=draft.at_ms + chance.choice((-60_000, -1, 1, 3_600_000)))
    one.pages[place].draft = other
    _seal(books, journals)
    return Tampering("seal a change anew", one.journal_id, place + 1, clever=True)


def delete_and_seal(books: Books, chance: random.Random) -> Tampering:
    """Delete an entry and seal all that follows anew."""
    journals, one, place = _chosen(books, chance, 1)
    gone = one.pages.pop(place)
    before = one.pages[place - 1]
    named = Tampering("delete and seal anew", one.journal_id, place + 1, clever=True)
    if one.end is gone:
        one.end = before
    for other in journals:
        if other.pages[0].parent is gone:
            # Where both sides ended is told by the journal that follows: its first entry differs now.
            other.pages[0].parent = before
            named = replace(named, journal_id=other.journal_id, seq=1)
    _seal(books, journals)
    return named


def insert_and_seal(books: Books, chance: random.Random) -> Tampering:
    """Put a new entry between others and seal all that follows anew."""
    journals, one, place = _chosen(books, chance, 1)
    models = [page.draft for any_one in journals for page in any_one.pages if page.draft.kind in SILENT]
    draft = replace(chance.choice(models), event_id=seeded_bytes(chance.getrandbits(32))(16).hex())
    one.pages.insert(place, _Page(draft))
    _seal(books, journals)
    return Tampering("insert and seal anew", one.journal_id, place + 1, clever=True)


def swap_and_seal(books: Books, chance: random.Random) -> Tampering:
    """Let two neighbours change places and seal all that follows anew."""
    journals, one, place = _chosen(books, chance, 2)
    pair = one.pages[place - 1 : place + 1]
    if any(page is one.end or any(page is other.pages[0].parent for other in journals) for page in pair):
        raise Harmless
    one.pages[place - 1 : place + 1] = pair[::-1]
    _seal(books, journals)
    return Tampering("swap and seal anew", one.journal_id, place, clever=True)


CLUMSY: Final[tuple[Way, ...]] = (
    change_column, change_column, change_column, blank, delete, insert, swap_places, swap_contents, swap_positions,
    relabel, close_elsewhere,
)  # fmt: skip
CLEVER: Final[tuple[Way, ...]] = (change_and_seal, delete_and_seal, insert_and_seal, swap_and_seal)
