"""One open till on disk: the parts of this room, put together once."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from seraphine_pos.store.anchor import Anchor
from seraphine_pos.store.attempts import AttemptBook
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.catalogue import Catalogue
from seraphine_pos.store.database import Database
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.mirror import Mirror
from seraphine_pos.store.room import Room

# Says that damage was met; and the folder that a mended till is in until it takes the damaged one's place.
MARK: Final = "damaged"
MENDED: Final = "mended"


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of the entries of a damaged file: ``kept`` in their journals, ``carried`` into the new one."""

    kept: int
    carried: int
    lost: int
    aside: Path


@dataclass(frozen=True, slots=True)
class TillStore:
    """The parts of an open till database; ``mended`` tells of damage that opening it has mended."""

    database: Database
    journal: Journal
    ledger: Ledger
    mirror: Mirror
    catalogue: Catalogue
    carts: Carts
    attempts: AttemptBook
    anchor: Anchor
    room: Room
    held: BinaryIO | None = None
    mended: Mended | None = None

    def close(self) -> None:
        """Let go of the files, and of the folder last."""
        self.database.close()
        self.anchor.close()
        if self.held is not None:
            self.held.close()
