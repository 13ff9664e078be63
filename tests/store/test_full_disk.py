"""A disk that takes no more: the sale is refused with its sentence, nothing is half there, selling goes on after."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import Failure, StorageFull
from seraphine_pos.store import verify
from seraphine_pos.store.room import Limits
from seraphine_pos.store.till import TillStore
from tests.domain import examples
from tests.store.folder import Folder, sell

SELL_UNTIL_REFUSED = """
import resource, signal, sys
from pathlib import Path
from seraphine_pos.domain.refusal import Unavailable
from tests.store.folder import Folder, sell
folder = Folder(Path(sys.argv[1]), opens=50)
store = folder.open()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    while True:
        print(sell(store, note="x" * 400).where.receipt)
except Unavailable as failure:
    print(type(failure).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(sell(store).where.receipt)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a real file system of 2 MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only the system's administrator can mount a small disk")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def fill(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("wb", buffering=0) as file:
        size = 1 << 16
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


def sell_until_full(store: TillStore) -> list[str]:
    receipts: list[str] = []
    with pytest.raises(StorageFull, match="Disque plein"):
        receipts.extend(sell(store, no, note="x" * 400).where.receipt for no in range(10_000))
    return receipts


def test_a_full_disk_refuses_the_sale_and_loses_none(small_disk: Path) -> None:
    folder = Folder(small_disk / "till", limits=Limits(0, 0, 0))
    store = folder.open()
    cart = examples.cart_of((examples.product(1), 1000))
    store.carts.save(examples.cart_of(), cart, "amina", 5)
    done = [sell(store).where.receipt]
    fill(small_disk / "filler")
    done += sell_until_full(store)
    with pytest.raises(StorageFull):
        sell(store, note="x" * 4000)
    assert store.carts.latest() == cart
    (small_disk / "filler").unlink()
    done.append(sell(store).where.receipt)
    sound(store, done)
    folder.close()
    sound(folder.open(), done)
    folder.close()


def test_a_till_on_a_full_disk_does_not_open_and_spoils_nothing(small_disk: Path) -> None:
    folder = Folder(small_disk / "till", limits=Limits(0, 0, 0))
    fill(small_disk / "filler")
    with pytest.raises(Failure) as refused:
        folder.open()
    assert str(refused.value)
    (small_disk / "filler").unlink()
    sell(folder.open())
    folder.close()


def test_a_disk_that_refuses_one_write_loses_nothing(folder: Folder) -> None:
    folder.open()
    folder.close()
    root = Path(__file__).parents[2]
    words = [sys.executable, "-c", SELL_UNTIL_REFUSED, str(folder.path), "200000"]
    told = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    *receipts, failure, last = told.stdout.split()
    assert failure in {"StorageRefused", "StorageFull"}
    folder.opens = 100
    sound(folder.open(), [*receipts, last])


def sound(store: TillStore, receipts: list[str]) -> None:
    """Check that these tickets and no others are there, numbered without a gap, in a chain that verifies."""
    assert [receipt for receipt in receipts if store.ledger.ticket(receipt) is None] == []
    with store.database.read() as connection:
        numbers = [found for (found,) in connection.execute("SELECT number FROM ticket ORDER BY position")]
    assert numbers == list(range(1, len(receipts) + 1))
    assert list(verify.chain(store)) == []
    assert list(verify.ledger(store)) == []
