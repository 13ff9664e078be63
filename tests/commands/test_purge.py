"""The command ``purge`` at a till: what is due is listed, emptied, and gone from the file."""

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


def test_what_cannot_be_meant_or_done_is_refused(tmp_path: Path) -> None:
    for words in (["--older-than", "0y"], ["--preset", "no"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(["purge", *words])
        assert ended.value.code == 2
    err = StringIO()
    assert cli.main(["purge"], environ={"SERAPHINE_HOME": str(tmp_path)}, out=StringIO(), err=err) == 2
    assert str(tmp_path) in err.getvalue()
