"""Kills whoever makes backups of data that change meanwhile; whatever then bears a backup's name must restore.

    python -m tests.crash.backups --kills 200 [--first-seed 1] [--database-url URL | --tills]

A seed is one folder with up to twenty lives. In each a till pushes sales to a store's server, and one backup after the
other is made, every second one encrypted, until the process is killed. After each death every new file is restored
aside, its money is held against the number of its sales, and ``durable`` must not say more than those files hold.
``--database-url postgres`` starts a PostgreSQL of its own; an address is of a server whose account may make databases.
With ``--tills`` it is a till that sells, and its own command that makes the backups, every second one encrypted.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from io import StringIO
from pathlib import Path
from typing import Final, Protocol

from seraphine_pos import cli
from seraphine_pos.commands.opening import owner_of
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import open_shop
from sync_server.backups import safekeeping
from sync_server.backups.archive import Contents
from sync_server.backups.restore import restore
from sync_server.backups.sealed import new_key_file, read_key
from sync_server.database import open_database
from sync_server.errors import Problem
from sync_server.store_server import StoreServer
from sync_server.verify import verify
from tests import harness
from tests.crash import life, scratch
from tests.crash.life import Moment
from tests.crash.places import FilePlace, Place, PostgresPlace
from tests.crash.told import Tell, Told
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.faults.server_kills import own_postgres
from tests.sync_server.shop import Till, found_shop

LIVES_A_FOLDER: Final = 20
DEADLY_S: Final = 0.4
SALES_A_PUSH: Final = 5
AMOUNTS: Final = (100, 250)
CODE: Final = "2000000000015"


class Lives(Protocol):
    """Data that change, and backups of them."""

    usb: Path
    written: int

    def live(self, tell: Tell) -> None:
        """Make backups for ever, and say ``checked`` after the first."""
        ...

    def faults(self, fresh: list[Path]) -> Iterator[str]:
        """Yield what is wrong after a death; ``fresh`` are the backups that were not looked at yet."""
        ...


class ServerLives:
    """A store's server, and a till that pushes to it; ``written`` is how many sales it has taken in."""

    def __init__(self, folder: Path, place: Place | None = None) -> None:
        """Found the store, and make a key; without a place on SQLite in the folder."""
        self.usb, self.key_file, self.place = folder / "usb", folder / "backup.key", place or FilePlace(folder)
        self.usb.mkdir()
        self.url, self.written = self.place.url, 0
        self.held: dict[str, int] = {}
        new_key_file(self.key_file, seeded_bytes(1))
        shop = found_shop(self.url)
        self.store_id, self.enrolment = shop.store_id, shop.till().enrolment
        shop.database.close()

    def live(self, tell: Tell) -> None:
        """Push on a thread, and make backups on this one."""
        clock = FakeClock(time.time_ns() // 1_000_000)
        server = StoreServer(open_database(self.url), clock, os.urandom)
        device = server.device(self.enrolment.device_key)
        till = Till(device, self.enrolment, f"journal-{clock.now_ms()}", clock, os.urandom)
        threading.Thread(target=_push, args=(till,), daemon=True).start()
        for number in range(sys.maxsize):
            clock.pass_ms(1000)
            key_file = self.key_file if number % 2 else None
            target = self.usb / f"{os.getpid()}-{number}.{'sealed' if key_file else 'zip'}"
            safekeeping.make(server, self.store_id, target, key_file)
            self._boast(server)
            if not number:
                tell("checked 0")

    def _boast(self, server: StoreServer) -> None:
        """Say no more than is true; the control says more."""

    def faults(self, fresh: list[Path]) -> Iterator[str]:
        """Restore the new files, verify the store, and hold ``durable`` against what they hold."""
        for path in fresh:
            yield from self._restored(path)
        with closing(open_database(self.url)) as database, database.read() as connection:
            yield from verify(connection, self.store_id).problems
            self.written = connection.exec_driver_sql("SELECT COALESCE(SUM(seq), 0) FROM journals").scalar_one()
            noted = "SELECT path FROM backups WHERE removed_at_ms IS NULL"
            yield from (
                f"{path} is noted and not there"
                for (path,) in connection.exec_driver_sql(noted)
                if not Path(path).exists()
            )
            yield from (
                f"{journal_id} is durable to {durable}, the backups hold {self.held.get(journal_id, 0)}"
                for journal_id, durable in connection.exec_driver_sql("SELECT journal_id, durable FROM journals")
                if durable > self.held.get(journal_id, 0)
            )

    def _restored(self, path: Path) -> Iterator[str]:
        with self.place.aside() as aside:
            try:
                done = restore(aside, path, FakeClock(), os.urandom, read_key(self.key_file))
            except Problem as problem:
                yield f"{path.name} does not restore: {problem.message}"
                return
        yield from done.problems
        yield from unbalanced(path.name, done.manifest.contents)
        for journal in done.manifest.contents.journals:
            self.held[journal.journal_id] = max(journal.seq, self.held.get(journal.journal_id, 0))


def unbalanced(name: str, contents: Contents) -> Iterator[str]:
    """Yield what the money of a backup is not: every entry is a sale of the same amount."""
    expected = sum(AMOUNTS) * sum(journal.seq for journal in contents.journals)
    found = contents.totals["figures gross"]
    if found != expected:
        yield f"{name} holds {found} of money, its sales come to {expected}"


class BoastfulLives(ServerLives):
    """The control: what came after the backup is called durable, too."""

    def _boast(self, server: StoreServer) -> None:
        with server.database.write() as connection:
            connection.exec_driver_sql("UPDATE journals SET durable = seq + 1")


def _push(till: Till) -> None:
    while True:
        for _ in range(SALES_A_PUSH):
            till.sell(*AMOUNTS)
        till.push(till.entries[-SALES_A_PUSH:])


class TillLives:
    """A till that sells, and its own backup command."""

    def __init__(self, folder: Path) -> None:
        """Found a store with something to sell."""
        self.usb, self.home, self.aside = folder / "usb", Home(folder / "home"), folder / "aside"
        self.written = 0
        self.usb.mkdir()
        goods = folder / "goods.csv"
        self.key_file = folder / "backup.key"
        new_key_file(self.key_file, seeded_bytes(1))
        goods.write_text(f"barcode,name,price\n{CODE},Thé,12.50\n", encoding="utf-8")
        for words in (("sync",), ("import-catalogue", str(goods))):
            code, said = _command(self.home, *words)
            if code:
                raise AssertionError(said)

    def live(self, tell: Tell) -> None:
        """Sell on a thread, and make backups on this one."""
        with open_shop(self.home) as shop:
            shop.staff.take_over(owner_of(shop))

            def sell() -> None:
                while True:
                    shop.checkout.scan(CODE)
                    shop.checkout.pay(Method.CASH)

            threading.Thread(target=sell, daemon=True).start()
            for number in range(sys.maxsize):
                end, *key = ("sealed", "--key-file", str(self.key_file)) if number % 2 else ("zip",)
                code, said = _command(self.home, "backup", str(self.usb / f"{os.getpid()}-{number}.{end}"), *key)
                if code:
                    tell(f"fault {said}")
                if not number:
                    tell("checked 0")

    def faults(self, fresh: list[Path]) -> Iterator[str]:
        """Restore the new files to a PC that was no till."""
        for path in fresh:
            code, said = _command(Home(self.aside), "restore", str(path), "--key-file", str(self.key_file))
            if code:
                yield f"{path.name} does not restore: {said}"
            shutil.rmtree(self.aside, ignore_errors=True)


def _command(home: Home, *words: str) -> tuple[int, str]:
    said = StringIO()
    code = cli.main(list(words), environ={"SERAPHINE_HOME": str(home.root)}, out=said, err=said)
    return code, " ".join(said.getvalue().split())


def series(lives: Lives, told: Told, seed: int, kills: int) -> Iterator[int]:
    """Live and die in one folder; yield how many new backups were found whole after each death."""
    chance, seen = random.Random(seed), set[Path]()
    for _ in range(kills):
        child, source = life.fork(lives.live)
        life.end(child, source, Moment(chance.uniform(0, DEADLY_S)), told)
        fresh = sorted(path for path in lives.usb.iterdir() if path.is_file() and path not in seen)
        seen.update(fresh)
        told.faults.extend(lives.faults(fresh))
        yield len(fresh)
        if told.faults:
            return


def run(found: Callable[[Path], Lives], first_seed: int, kills: int, words: str = "") -> int:
    """Kill so many times, show how far it is, say what failed and how to do it again; return the exit code."""
    passed, failed, backups, written, seed = 0, 0, 0, 0, first_seed
    with harness.progress("kills") as progress:
        while passed + failed < kills:
            count = min(LIVES_A_FOLDER, kills - passed - failed)
            folder = scratch.folder("backups")
            told = Told()
            lives = found(folder)
            for fresh in series(lives, told, seed, count):
                passed, failed, backups = passed + (not told.faults), failed + bool(told.faults), backups + fresh
                progress(passed + failed, kills)
            written += lives.written
            if told.faults:
                again = f"python -m tests.crash.backups --kills {count} --first-seed {seed}{words}"
                harness.failure(seed, f"{'; '.join(told.faults)} (kept in {scratch.keep(folder)})", again)
            shutil.rmtree(folder, ignore_errors=True)
            seed += 1
    beside = f" while {written:,} sales came in" if written else ""
    print(f"{backups:,} backups were made and restored{beside}")  # noqa: T201
    return harness.finish(passed, failed)


def main(argv: list[str]) -> int:
    """Read the command line and kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.backups", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--database-url", metavar="URL", help="a PostgreSQL server, or postgres (default: SQLite)")
    parser.add_argument("--tills", action="store_true", help="a till's own backups")
    parser.add_argument("--boastful", action="store_true", help="control: durable runs ahead of the files; must fail")
    asked = parser.parse_args(argv)
    if asked.boastful:
        return run(BoastfulLives, asked.first_seed, asked.kills, " --boastful")
    if asked.tills:
        return run(TillLives, asked.first_seed, asked.kills, " --tills")
    if asked.database_url:
        return _on_postgres(asked.database_url, asked.first_seed, asked.kills)
    return run(ServerLives, asked.first_seed, asked.kills)


def _on_postgres(url: str, first_seed: int, kills: int) -> int:
    with ExitStack() as stack:
        if url == "postgres":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seraphine-backups-")))
            url = stack.enter_context(own_postgres(folder / "postgres"))

        def found(folder: Path) -> Lives:
            place = PostgresPlace(url)
            stack.callback(place.remove)
            return ServerLives(folder, place)

        return run(found, first_seed, kills, " --database-url postgres")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
