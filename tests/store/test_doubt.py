"""A disk that does not say whether it kept a commit: nothing more is recorded until it does, then the till goes on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import StorageFailed, StorageRefused
from seraphine_pos.store import verify
from seraphine_pos.store.database import Connection, Database
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.till import TillStore
from tests.fakes.clock import seeded_bytes
from tests.store.folder import IDENTITY, Folder, sell


class Wavering(Database):
    """A database that, while it wavers, keeps what is committed or loses it, and says neither."""

    wavers = False
    keeps = True
    settles = False

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Fail in the end while it wavers, with everything kept or nothing."""
        with super().write(durable=durable) as connection:
            yield connection
            if self.wavers and not self.keeps:
                raise StorageFailed(reason="lost")
        if self.wavers:
            raise StorageFailed(reason="kept")

    def settle(self) -> bool:
        """Say nothing while it wavers, unless it settles."""
        return (self.settles or not self.wavers) and super().settle()


@pytest.fixture
def disk(folder: Folder, store: TillStore) -> Iterator[Wavering]:
    """Give the database of an open till."""
    database = Wavering(folder.path / "till.db", writable=True)
    yield database
    database.close()


@pytest.fixture
def wavering(folder: Folder, store: TillStore, disk: Wavering) -> TillStore:
    """Give an open till whose journal is on that disk, with a sale."""
    journal = Journal(disk, Ledger(disk), store.anchor, folder.clock, seeded_bytes(9), folder.machine)
    till = replace(store, database=disk, journal=journal)
    sell(till)
    return till


def rung(store: TillStore) -> list[int]:
    with store.database.read() as connection:
        return [number for (number,) in connection.execute("SELECT number FROM ticket ORDER BY position")]


def refuse(act: Callable[[], object]) -> StorageFailed:
    """Return what is said of a thing that cannot be done."""
    with pytest.raises(StorageFailed) as said:
        act()
    return said.value


TURNINGS: Final[Mapping[str, Callable[[Journal], object]]] = {
    "open": lambda journal: journal.open(IDENTITY, "fork"),
    "succeed": lambda journal: journal.succeed(IDENTITY, "fork", None, []),
    "rotate_after": lambda journal: journal.rotate_after(1, "fork"),
}


@pytest.mark.parametrize("keeps", [True, False])
def test_a_sale_in_doubt_is_the_last_until_the_disk_answers(
    wavering: TillStore, disk: Wavering, *, keeps: bool
) -> None:
    disk.wavers, disk.keeps = True, keeps
    assert type(refuse(lambda: sell(wavering))) is StorageFailed
    assert "répond toujours pas" in str(refuse(lambda: sell(wavering)))
    disk.wavers = False
    sold = sell(wavering)
    assert rung(wavering) == list(range(1, 3 + keeps))
    assert sold.where.number == 2 + keeps
    assert list(verify.chain(wavering)) == []


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("turning", TURNINGS)
def test_a_journal_in_doubt_takes_nothing_until_the_disk_answers(
    wavering: TillStore, disk: Wavering, turning: str, *, keeps: bool
) -> None:
    before = wavering.journal.state().journal_id
    disk.wavers, disk.keeps = True, keeps
    refuse(lambda: TURNINGS[turning](wavering.journal))
    assert "répond toujours pas" in str(refuse(lambda: sell(wavering)))
    assert "répond toujours pas" in str(refuse(lambda: TURNINGS[turning](wavering.journal)))
    disk.wavers = False
    sell(wavering)
    newest = wavering.journal.journals()[-1]
    assert wavering.journal.state().journal_id == newest
    assert (newest != before) is keeps
    assert [one.kind for one in wavering.journal.unsent(99, 1 << 20)][-1] == Kind.SALE_COMPLETED
    assert list(verify.chain(wavering)) == []


@pytest.mark.parametrize("turning", TURNINGS)
def test_a_journal_that_was_turned_all_the_same_is_gone_on_with(
    wavering: TillStore, disk: Wavering, turning: str
) -> None:
    disk.wavers = disk.settles = True
    TURNINGS[turning](wavering.journal)
    disk.wavers = False
    sell(wavering)
    assert wavering.journal.state().journal_id == wavering.journal.journals()[-1]
    assert list(verify.chain(wavering)) == []


def test_what_is_certain_is_told_at_once(wavering: TillStore, disk: Wavering) -> None:
    disk.wavers = disk.settles = True
    sell(wavering)
    disk.keeps = False
    assert isinstance(refuse(lambda: sell(wavering)), StorageRefused)
    disk.wavers = False
    sell(wavering)
    assert rung(wavering) == [1, 2, 3]
