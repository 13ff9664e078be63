"""A damaged till mended: what can still be proved is carried into a new file, the damaged one is kept aside.

An entry is believed when its own hashes agree, whatever lies around it. Everything is built in a folder
beside the data and takes their place by renames, so that a power cut at any point leaves one of the two.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Damaged, Entry
from seraphine_pos.domain.refusal import StorageDamaged
from seraphine_pos.store import entries
from seraphine_pos.store.database import (
    FILES,
    Connection,
    DatabaseError,
    IntegrityError,
    connect,
    mapped_errors,
    sync_folder,
)
from seraphine_pos.store.journal import NOT_CARRIED, Identity
from seraphine_pos.store.recovery import LOCAL
from seraphine_pos.store.till import MARK, MENDED, Mended, TillStore

MENDING: Final = "mending"
EXAMINED: Final = "examined"
REASON: Final = "corrupt"
DAMAGED: Final = "damaged"
REPLACED: Final = "replaced"
_ASIDE: Final = "aside"
_ANCHOR: Final = "anchor"
_BATCH: Final = 500
_ROW_BYTES_LEAST: Final = 64  # no row of these tables takes less of the file
_PARTIAL: Final = (Damaged, TypeError, ValueError, AttributeError)
_JOURNALS: Final = "place, journal_id, till_id, till_label, tag, acked_seq, applied_seq, durable, closed_after"
_COPIED: Final = (
    ("document", "position, side, kind, key, rev, body, deleted"),
    *LOCAL,
)

Move = Callable[[Path, Path], object]


@dataclass(frozen=True, slots=True)
class _Chain:
    """The entries of one journal that follow one another from the first, and its row with them."""

    row: tuple[Any, ...]
    whole: tuple[Entry, ...]

    @property
    def end(self) -> tuple[int, bytes]:
        return (self.whole[-1].seq, self.whole[-1].hash) if self.whole else (0, form.FIRST_HASH)


def mend(folder: Path, opened: Callable[[Path], TillStore], machine: str, move: Move = Path.rename) -> Mended | None:
    """Build a new till from what can be proved of the damaged one in a folder, and put it in its place.

    ``opened`` opens a till in a folder, ``move`` gives a file its new place. Returns None where nothing is damaged
    after all. Raises StorageDamaged, and leaves everything where it is, when nothing says whose till this was.
    """
    for name in (MENDING, EXAMINED):
        shutil.rmtree(folder / name, ignore_errors=True)
    try:
        with mapped_errors(), closing(connect(_copy(folder), "rwc")) as damaged:
            found, known = _believed(damaged)
            chains, loose = _chains(damaged, found)
            if not loose and known == len(found) and _is_sound(damaged):
                (folder / MARK).unlink(missing_ok=True)
                return None
            identity = _identity(found, machine)
            with closing(opened(folder / MENDING)) as store:
                carried = _fill(store, damaged, chains, loose, identity)
    finally:
        shutil.rmtree(folder / EXAMINED, ignore_errors=True)
    kept = sum(len(chain.whole) for chain in chains)
    aside = free_name(folder, DAMAGED)
    replace(folder, folder / MENDING, aside, move)
    return Mended(kept, carried, max(known - kept - carried, 0), aside)


def replace(folder: Path, built: Path, aside: Path, move: Move = Path.rename) -> None:
    """Put the closed till of another folder of this disk in the place of the one here, which is kept aside.

    Cut off at any point, the next opening of the folder ends it, or finds nothing changed.
    """
    with mapped_errors():
        (built / _ASIDE).write_text(aside.name, encoding="utf-8")
        sync_folder(built)
        shutil.rmtree(folder / MENDED, ignore_errors=True)
        move(built, folder / MENDED)
        sync_folder(folder)
        finish(folder, move)


def finish(folder: Path, move: Move = Path.rename) -> bool:
    """Put a mended till in the place of the damaged one, from wherever that was interrupted; tell whether it did."""
    mended = folder / MENDED
    waits = (mended / FILES[0]).exists()
    if waits:
        aside = folder / (mended / _ASIDE).read_text(encoding="utf-8")
        aside.mkdir(exist_ok=True, mode=0o700)
        for name in (*FILES, _ANCHOR):
            if (folder / name).exists():
                move(folder / name, aside / name)
        sync_folder(folder)
        for name in (_ANCHOR, FILES[0]):
            if (mended / name).exists():
                move(mended / name, folder / name)
        if not any(aside.iterdir()):
            aside.rmdir()
        sync_folder(folder)
        (folder / MARK).unlink(missing_ok=True)
    shutil.rmtree(mended, ignore_errors=True)
    return waits


def _is_sound(damaged: Connection) -> bool:
    (said,) = damaged.execute("PRAGMA quick_check(1)").fetchone()
    return bool(said == "ok")


def _copy(folder: Path) -> Path:
    """Copy the database with its log, so that reading changes nothing of the damaged one; return the copy."""
    examined = folder / EXAMINED
    examined.mkdir(mode=0o700)
    for name in FILES[:-1]:
        if (folder / name).exists():
            shutil.copyfile(folder / name, examined / name)
    return examined / FILES[0]


def free_name(folder: Path, stem: str) -> Path:
    """Return a name that nothing in a folder has yet."""
    number = 1
    while (aside := folder / f"{stem}-{number}").exists():
        number += 1
    return aside


def _believed(damaged: Connection) -> tuple[list[Entry], int]:
    """Return the entries whose hashes agree, in the order they were written, and how many there must have been."""
    found: list[Entry] = []
    most = 0
    for position, *row in _rows(damaged, "entry", "position", f"position, {entries.COLUMNS}"):
        most = max(most, position)
        try:
            sealed = Entry(*row)
            form.check(sealed, sealed.seq, sealed.prev_hash)
        except _PARTIAL:
            continue
        found.append(sealed)
    return found, most


def _chains(damaged: Connection, found: Sequence[Entry]) -> tuple[list[_Chain], list[Entry]]:
    """Sort entries into those that follow one another from their journal's first, and those cut off from it."""
    rows = {row[1]: row for row in _rows(damaged, "journal", "place", _JOURNALS)}
    of_journal: dict[str, list[Entry]] = {}
    for sealed in found:
        of_journal.setdefault(sealed.journal_id, []).append(sealed)
    chains: list[_Chain] = []
    loose: list[Entry] = []
    for journal_id, mine in of_journal.items():
        row = rows.get(journal_id) or _row_of(mine[0])
        if row is None:
            loose.extend(mine)
            continue
        whole = _whole(mine, row[-1])
        chains.append(_Chain(row, whole))
        loose.extend(mine[len(whole) :])
    living = {sealed.event_id for chain in chains for sealed in chain.whole}
    return chains, [
        sealed for sealed in loose
        if sealed.event_id not in living and sealed.kind not in NOT_CARRIED and not sealed.blanked
    ]  # fmt: skip


def _whole(found: Sequence[Entry], closed_after: int | None) -> tuple[Entry, ...]:
    seq, previous = 0, form.FIRST_HASH
    whole: list[Entry] = []
    for sealed in found:
        past = closed_after is not None and sealed.seq > closed_after
        if past or (sealed.seq, sealed.prev_hash) != (seq + 1, previous):
            break
        whole.append(sealed)
        seq, previous = sealed.seq, sealed.hash
    return tuple(whole)


def _row_of(first: Entry) -> tuple[Any, ...] | None:
    """Return the row of a journal whose own row is lost, as its first entry tells it; the server says the rest."""
    if first.kind != Kind.JOURNAL_OPENED or first.blanked:
        return None
    body: Any = form.parse(first.body)
    return (None, first.journal_id, body["till_id"], body["till_label"], body["tag"], 0, 0, 0, None)


def _identity(found: Sequence[Entry], machine: str) -> Identity:
    """Return whose till this was, as its newest journal tells it."""
    for sealed in reversed(found):
        if sealed.kind == Kind.JOURNAL_OPENED and not sealed.blanked:
            return Identity.told_by(sealed.body, machine)
    raise StorageDamaged(reason="aucune écriture lisible")


def _fill(
    store: TillStore, damaged: Connection, chains: Sequence[_Chain], loose: Sequence[Entry], identity: Identity
) -> int:
    """Write what is believed into a new till and open its journal; return how many entries that one took over."""
    with store.database.write() as connection:
        for chain in chains:
            _keep(connection, chain)
        for table, columns in _COPIED:
            _copy_rows(damaged, connection, table, columns)
        # Asked for from the start: every document comes again, and until then the readable ones serve.
        connection.execute(
            "INSERT INTO feed (only, side, feed_id, rev, whole, next_feed_id, next_rev) VALUES (1, ?, '', 0, 1, '', 0)",
            (_side(damaged),),
        )
    parent = (str(chains[-1].row[1]), *chains[-1].end) if chains else None
    carried = store.journal.succeed(identity, REASON, parent, loose)
    store.ledger.rebuild([])
    store.mirror.rebuild()
    return carried


def _keep(connection: Connection, chain: _Chain) -> None:
    _, journal_id, till_id, label, tag, acked, applied, durable, _ = chain.row
    end, _ = chain.end
    connection.execute(
        """INSERT INTO journal (journal_id, till_id, till_label, tag, acked_seq, applied_seq, durable, closed_after)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (journal_id, till_id, label, tag, min(acked, end), applied, durable, end),
    )
    for sealed in chain.whole:
        entries.insert(connection, sealed)


def _side(damaged: Connection) -> int:
    for (side,) in _rows(damaged, "feed", "only", "side"):
        return int(side)
    return 0


def _copy_rows(damaged: Connection, connection: Connection, table: str, columns: str) -> None:
    places = ", ".join("?" for _ in columns.split(", "))
    for row in _rows(damaged, table, columns.split(", ", maxsplit=1)[0], columns):
        # Left out: a line whose cart is lost, a value that the damage made another.
        with suppress(IntegrityError):
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", row)


def _rows(damaged: Connection, table: str, key: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table that can be read, in the order of its key."""
    if key in ("cart_id", "staff_id"):
        yield from _until_refused(damaged, f"SELECT {columns} FROM {table} ORDER BY {key}")
        return
    for start in range(1, _last(damaged, table, key) + 1, _BATCH):
        query = f"SELECT {columns} FROM {table} WHERE {key} BETWEEN ? AND ? ORDER BY {key}"
        try:
            yield from damaged.execute(query, (start, start + _BATCH - 1)).fetchall()
        except DatabaseError:
            for position in range(start, start + _BATCH):
                yield from _until_refused(damaged, query, (position, position))


def _until_refused(damaged: Connection, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield rows until the file refuses one; those before it count."""
    with suppress(DatabaseError):
        cursor = damaged.execute(query, values)
        while row := cursor.fetchone():
            yield row


def _last(damaged: Connection, table: str, key: str) -> int:
    """Return the last row's number, or where that cannot be read, more than the file can hold."""
    with suppress(DatabaseError):
        (last,) = damaged.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()
        return int(last)
    (pages,) = damaged.execute("PRAGMA page_count").fetchone()
    (size,) = damaged.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size) // _ROW_BYTES_LEAST
