"""One open till on disk: the parts of this room, put together once."""

from dataclasses import dataclass
from pathlib import Path

from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.store.anchor import Anchor
from seraphine_pos.store.attempts import AttemptBook
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.catalogue import Catalogue
from seraphine_pos.store.database import Database, open_database, open_readonly
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.mirror import Mirror


@dataclass(frozen=True, slots=True)
class TillStore:
    """The parts of an open till database."""

    database: Database
    journal: Journal
    ledger: Ledger
    mirror: Mirror
    catalogue: Catalogue
    carts: Carts
    attempts: AttemptBook
    anchor: Anchor

    def close(self) -> None:
        """Let go of the files."""
        self.database.close()
        self.anchor.close()


def open_till(
    folder: Path, *, clock: Clock, random_bytes: RandomBytes, machine: str, readonly: bool = False
) -> TillStore:
    """Open ``till.db``, ``anchor`` and ``lock`` in a folder.

    A database that was restored or cloned gets a successor journal before anything is sold.
    Raises StorageInUse, NewerDatabase, OldLibrary, StorageDamaged, StorageFull.
    """
    path = folder / "till.db"
    database = open_readonly(path) if readonly else open_database(path, folder / "lock")
    try:
        anchor = Anchor(folder / "anchor")
        ledger, mirror = Ledger(database), Mirror(database)
        journal = Journal(database, ledger, anchor, clock, random_bytes, machine)
        if not readonly:
            journal.follow()
        catalogue = Catalogue(database, mirror, ledger)
        return TillStore(database, journal, ledger, mirror, catalogue, Carts(database), AttemptBook(database), anchor)
    except BaseException:
        database.close()
        raise
