"""The feed under many writers: no reader steps over a change, a page never splits a revision; a sequence would.

The full figure, 20,000 changes by 8, 16 and 32 writers, runs with ``--long``.
"""

import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import insert, update

from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.protocol import Page
from sync_server import feed
from sync_server.database import Database, open_database
from sync_server.feed import Change
from sync_server.schema import documents, stores
from sync_server.transaction import Transaction
from tests.sync_server.shop import Shop, Till, found_shop
from tests.sync_server.test_concurrency import run_all

READERS = 3
PAUSE_S_MAX = 0.003
FEW, MANY = 4, 260

Publish = Callable[[Transaction, Sequence[Change], Callable[[], None]], int]


def rightly(tx: Transaction, changes: Sequence[Change], pause: Callable[[], None]) -> int:
    """Publish as the server does."""
    pause()
    rev = feed.publish(tx, changes, {})
    pause()
    return rev


def by_a_sequence(tx: Transaction, changes: Sequence[Change], pause: Callable[[], None]) -> int:
    """Publish with the number of a sequence, which says nothing of when its transaction commits: a planted fault."""
    rev: int = tx.connection.exec_driver_sql("SELECT nextval('planted')").scalar_one()
    pause()
    rows = [
        {"store_id": tx.store_id, "kind": one.kind, "key": one.key, "rev": rev, "body": canonical(dict(one.body)),
         "deleted": 0, "fields": "{}"}
        for one in changes
    ]  # fmt: skip
    tx.connection.execute(insert(documents), rows)
    pause()
    tx.connection.execute(update(stores).where(stores.c.rev < rev).values(rev=rev))
    return rev


@dataclass
class Writers:
    """What was published, by revision; each change is a transaction of its own with pauses of chance."""

    shop: Shop
    publish: Publish
    databases: Sequence[Database]
    published: dict[int, frozenset[str]] = field(default_factory=dict)

    def write(self, no: int, changes: int) -> None:
        """Publish so many changes, some of them large."""
        chance, never = random.Random(no), threading.Event()

        def pause() -> None:
            never.wait(chance.uniform(0, PAUSE_S_MAX))

        database = self.databases[no % len(self.databases)]
        for number in range(changes):
            size = MANY if chance.randrange(100) == 0 else chance.randint(1, FEW)
            keys = [f"{no}-{number}-{part}" for part in range(size)]
            block = [Change("product", key, {"name": key}, ("name",)) for key in keys]
            with database.write() as connection:
                tx = Transaction(database, connection, self.shop.store_id, 0, chance.randbytes)
                rev = self.publish(tx, block, pause)
            self.published[rev] = frozenset(keys)


@dataclass
class Reader:
    """A mirror that follows the feed page by page, as a till's does."""

    till: Till
    pages: list[dict[int, set[str]]] = field(default_factory=list)
    feed_id: str = ""
    rev: int = 0
    went_back: int = 0

    def follow(self, done: threading.Event) -> None:
        """Pull until a page that was asked for after the last commit says that there is no more."""
        last = False
        while not last:
            over = done.is_set()
            last = not self.pull().more and over

    def pull(self) -> Page:
        """Take one page in."""
        page = self.till.server.pull(self.feed_id, self.rev, "")
        revs: dict[int, set[str]] = {}
        for document in page.documents:
            if document.kind == "product":
                revs.setdefault(document.rev, set()).add(document.key)
        self.went_back += page.rev < self.rev or any(not self.rev < rev <= page.rev for rev in revs)
        self.feed_id, self.rev = page.feed_id, page.rev
        self.pages.append(revs)
        return page

    def missed(self, published: dict[int, frozenset[str]]) -> int:
        """Return how many changes were stepped over, wholly or in part."""
        whole = set(itertools.chain.from_iterable(self.pages))
        return len(published.keys() - whole)

    def split(self, published: dict[int, frozenset[str]]) -> int:
        """Return how many times a page brought a part of a revision."""
        return sum(keys != published[rev] for page in self.pages for rev, keys in page.items())


def raced(shop: Shop, publish: Publish, writers: int, changes: int) -> tuple[Writers, list[Reader]]:
    """Let writers and readers run at once; return them when all is read."""
    others = [] if shop.database.dialect == "sqlite" else [open_database(shop.database.url)]
    scribes = Writers(shop, publish, [shop.database, *others])
    readers = [Reader(shop.till()) for _ in range(READERS)]
    done = threading.Event()

    def write_all() -> None:
        try:
            run_all([lambda no=no: scribes.write(no, changes // writers) for no in range(writers)])  # type: ignore[misc]
        finally:
            done.set()

    run_all([write_all, *(lambda one=one: one.follow(done) for one in readers)])
    late = Reader(readers[0].till)
    late.follow(done)
    for database in others:
        database.close()
    return scribes, [*readers, late]


def check(scribes: Writers, readers: Sequence[Reader], changes: int) -> None:
    """Assert that every reader was given every change once, whole and in order."""
    assert len(scribes.published) == changes
    assert [reader.missed(scribes.published) for reader in readers] == [0] * len(readers)
    assert [reader.split(scribes.published) for reader in readers] == [0] * len(readers)
    assert [reader.went_back for reader in readers] == [0] * len(readers)
    assert [reader.rev for reader in readers] == [max(scribes.published)] * len(readers)
    assert len(readers[-1].pages) > 1, "nothing could have been split"


def test_no_reader_steps_over_a_change_and_no_page_splits_one(shop: Shop) -> None:
    check(*raced(shop, rightly, 8, 400), 400)


@pytest.fixture
def chain(empty_postgres: str) -> Iterator[Shop]:
    """Give a store on PostgreSQL, where many write at once."""
    made = found_shop(empty_postgres)
    yield made
    made.database.close()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("writers", [8, 16, 32])
def test_twenty_thousand_changes(chain: Shop, writers: int) -> None:
    check(*raced(chain, rightly, writers, 20_000), 20_000)


def test_a_sequence_would_be_stepped_over(chain: Shop) -> None:
    """The control: these readers do see it when a revision is taken in the wrong way."""
    with chain.database.write() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE planted START 1000")
    scribes, readers = raced(chain, by_a_sequence, 8, 400)
    assert sum(reader.missed(scribes.published) for reader in readers[:-1]) > 0
