"""Which entries count when tables are folded again: those that are whole, told first, and not carried over."""

from collections.abc import Container, Iterator

from seraphine_pos.domain import journal as form
from seraphine_pos.domain import rollup
from seraphine_pos.domain.event import check_body
from seraphine_pos.domain.journal import Body, Entry
from seraphine_pos.store import entries
from seraphine_pos.store.database import Connection


def unsound(connection: Connection) -> Iterator[tuple[Entry, ValueError]]:
    """Yield every entry that would count and cannot be read, with what is wrong, in the order they were written."""
    for sealed, read_as in _weighed(connection):
        if isinstance(read_as, ValueError):
            yield sealed, read_as


def counted(connection: Connection, aside: list[str], kept: Container[str] = ()) -> Iterator[tuple[Entry, Body]]:
    """Yield every entry that counts with its body, in the order they were written.

    An emptied one counts where its event is ``kept``, with an empty body. One whose bytes were damaged, or that nobody
    can read, is named in ``aside`` and never blocks the next.
    """
    for sealed, read_as in _weighed(connection, kept):
        if isinstance(read_as, ValueError):
            aside.append(f"journal {sealed.journal_id} entry {sealed.seq} ({sealed.kind}): {read_as}")
        else:
            yield sealed, read_as


def _weighed(connection: Connection, kept: Container[str] = ()) -> Iterator[tuple[Entry, Body | ValueError]]:
    """Yield every entry that is told first and not carried over, with its body or why it cannot be read."""
    closed: dict[str, int | None] = dict(connection.execute("SELECT journal_id, closed_after FROM journal"))
    seen: set[str] = set()
    for sealed in entries.every(connection):
        last = closed.get(sealed.journal_id)  # none for a journal that the list does not know
        if sealed.event_id in seen or (last is not None and sealed.seq > last):
            continue
        if sealed.blanked:
            if sealed.event_id in kept:
                seen.add(sealed.event_id)
                yield sealed, {}
            continue
        try:
            body = read(sealed)
            if sealed.kind in rollup.COUNTED:
                rollup.fold(sealed.kind, sealed.version, body)
        except ValueError as problem:  # Damaged and Unreadable among them
            yield sealed, problem
            continue
        seen.add(sealed.event_id)
        yield sealed, body


def read(sealed: Entry) -> Body:
    """Return the body of an entry whose bytes are what was sealed; raise Damaged, Unreadable or ValueError."""
    form.check(sealed, sealed.seq, sealed.prev_hash)
    body = form.parse(sealed.body)
    check_body(sealed.kind, sealed.version, body)
    return body
