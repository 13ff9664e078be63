"""``verify`` asks the server, too: what was sealed anew is whole by itself, and named all the same."""

import random
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.commands.opening import default_store
from seraphine_pos.paths import Home
from seraphine_pos.shop import found_shop, open_shop
from tests.crash.tampered import Books, change_and_seal
from tests.test_cli import Commands


def test_what_was_sealed_anew_is_named_by_the_servers_hashes(tmp_path: Path) -> None:
    run = Commands(tmp_path / "home")
    found_shop(Home(run.root), default_store("MAD", "123456"))
    with open_shop(run.home) as shop:
        shop.staff.sign_in(shop.staff.members()[0].staff_id, "123456")
        assert shop.exchange().problem is None
    assert run("verify").code == 0
    with closing(sqlite.connect(run.home.till_database, isolation_level=None)) as database:
        held = dict(database.execute("SELECT journal_id, acked_seq FROM journal"))
        books = Books(database, run.home.till / "anchor", held)
        books.unlock()
        done = change_and_seal(books, random.Random(1))
    said = run("verify")
    assert said.code == 1
    assert f"journal {done.journal_id} entry {done.seq}: the server has another entry here\n" in said.out
