"""The command ``purge`` at a till: what is due is listed, emptied, and gone from the file."""

import os
from io import StringIO
from pathlib import Path

import pytest

from seraphine_pos import cli
from seraphine_pos.commands import purge
from seraphine_pos.commands.opening import Place, default_store
from seraphine_pos.commands.purge import Wish
from seraphine_pos.commands.terminal import Terminal
from seraphine_pos.domain.event import Kind
from seraphine_pos.paths import Home
from seraphine_pos.shop import found_shop, open_shop
from seraphine_pos.store import checkpoint
from seraphine_pos.store.salvage import REPLACED
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.store.folder import sell

CANARY = "zorglub"
DAY_MS = 24 * 3_600_000


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a till that sold long ago what its server's backups have held since."""
    made = Place(Home(tmp_path / "home"), FakeClock(), seeded_bytes(3))
    found_shop(made.home, default_store("MAD", "123456"), clock=made.clock)
    with open_shop(made.home, clock=made.clock) as shop:
        journal = shop.stored.journal
        sell(shop.stored, note=CANARY)
        with journal.action() as action:
            action.record(Kind.STAFF_SIGNED_IN, {"operator_id": "amina"})
            checkpoint.record(action)
        for _ in range(140):
            assert isinstance(made.clock, FakeClock)
            journal.acknowledge(journal.state().seq, journal.state().seq)
            made.clock.pass_ms(3 * DAY_MS)
    return made


def test_listed_and_emptied(place: Place) -> None:
    def run(*, dry_run: bool = False) -> tuple[int, str]:
        out, err = StringIO(), StringIO()
        code = purge.run(Wish(dry_run=dry_run), place, Terminal(out, err, place.clock))
        return code, out.getvalue() + err.getvalue()

    before = place.home.till_database.read_bytes()
    assert CANARY.encode() in before
    code, said = run(dry_run=True)
    assert (code, "2 entries would be emptied; nothing was changed." in said) == (0, True)
    assert "to entry 4: 1 technical, 1 words" in said
    assert "fiscal: kept for ever" in said
    assert place.home.till_database.read_bytes() == before
    code, said = run()
    assert (code, "2 entries emptied" in said) == (0, True)
    assert CANARY.encode() not in place.home.till_database.read_bytes()
    assert "nothing is due" in run()[1]


def test_old_copies_that_were_put_aside_are_named_and_left(place: Place) -> None:
    old, young = (place.home.till / f"{REPLACED}-{number}" for number in (1, 2))
    for folder, age_ms in ((old, 400 * DAY_MS), (young, 300 * DAY_MS)):
        folder.mkdir()
        (folder / "till.db").write_bytes(CANARY.encode())
        at_s = (place.clock.now_ms() - age_ms) / 1000
        os.utime(folder, (at_s, at_s))
    for dry_run in (True, False):
        out = StringIO()
        assert purge.run(Wish(dry_run=dry_run), place, Terminal(out, StringIO(), place.clock)) == 0
        assert [str(folder) in out.getvalue() for folder in (old, young)] == [True, False]
    assert old.exists()


def test_what_cannot_be_meant_or_done_is_refused(tmp_path: Path) -> None:
    for words in (["--older-than", "0y"], ["--preset", "no"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(["purge", *words])
        assert ended.value.code == 2
    err = StringIO()
    assert cli.main(["purge"], environ={"SERAPHINE_HOME": str(tmp_path)}, out=StringIO(), err=err) == 2
    assert str(tmp_path) in err.getvalue()
