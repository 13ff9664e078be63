"""A till put back from its own backup while its server knows more, or less: nothing lost, nothing counted twice."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from seraphine_pos import settings as own
from seraphine_pos.paths import Home
from tests.journeys.test_recover import books, burn, code_for, give_back, reported, sell, starting, told
from tests.journeys.test_restore import Drill, founded
from tests.journeys.watching import Watcher

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """Give a store of two tills; its server runs."""
    yield from founded(f"sqlite:///{tmp_path / 'server' / 'server.db'}", tmp_path)


def done(home: Home, *words: str) -> str:
    """Run a till's command that must go well; return what it said."""
    code, out, err = told(starting(home, *words))
    assert code == 0, (out, err)
    return out


def kill_when(sign: Path, home: Home, *words: str) -> None:
    """Kill a command as soon as a file is there."""
    process = starting(home, *words)
    Watcher.until(lambda: sign.exists() or process.poll() is not None)
    process.kill()
    process.communicate()


def test_backup_sell_restore_exchange(drill: Drill, tmp_path: Path) -> None:
    """What was sold after the backup is partly at the server and partly only in the data that are replaced."""
    drill.ring(4)
    drill.rung()
    till, file = drill.homes[0], str(tmp_path / "till.zip")
    done(till, "backup", file)
    first = sell(till)
    done(till, "sync")
    give_back(till, first, 1)
    unsent = sell(till)
    assert "entries that it held beyond the backup are taken over" in done(till, "restore", file)
    after = books(till)
    assert after.wrong == ()
    assert {first, unsent} < {receipt for receipt, *_ in after.tickets}
    assert reported(till)[0] == 4 * 2 + 2
    assert drill.command("verify").returncode == 0


def test_a_new_pc_goes_on_from_a_backup_and_the_server(drill: Drill, tmp_path: Path) -> None:
    """The backup holds a sale that the server never got, and the server holds sales that the backup lacks."""
    drill.ring(4)
    drill.rung()
    till, file = drill.homes[0], str(tmp_path / "till.zip")
    only_here = sell(till)
    done(till, "backup", file)
    done(till, "sync")
    only_there = sell(till)
    done(till, "sync")
    before = books(till)
    burn(till)
    new = Home(tmp_path / "new-pc")
    assert "has no key of the store yet" in done(new, "restore", file)
    said = done(new, "recover", "--code", code_for(drill, "A1"))
    assert "What stood here before is kept" in said
    after = books(new)
    assert (after.tickets, after.given, after.wrong) == (before.tickets, before.given, ())
    assert {only_here, only_there} < {receipt for receipt, *_ in after.tickets}
    assert reported(new)[0] == 4 * 2 + 2
    assert sell(new) not in {receipt for receipt, *_ in after.tickets}
    assert books(new).wrong == ()


def test_a_whole_disk_put_back_is_made_whole_by_recover(drill: Drill, tmp_path: Path) -> None:
    """The anchor came along, so that the till went on in the same journal, and gave the same number, a second time."""
    drill.ring(2)
    drill.rung()
    till = drill.homes[0]
    shutil.copytree(till.root, tmp_path / "disk")
    sell(till)
    done(till, "sync")
    lost = books(till)
    burn(till)
    shutil.copytree(tmp_path / "disk", till.root)
    sell(till)
    done(till, "sync")
    kept = books(till)
    done(till, "recover")
    after = books(till)
    assert after.wrong == ()
    assert len(lost.tickets) == len(kept.tickets) == len(after.tickets) - 1
    assert set(after.tickets) == {*lost.tickets, *kept.tickets}
    assert reported(till)[0] == 2 * 2 + 2
    done(till, "recover")
    assert books(till) == after


def test_a_killed_restore_and_a_killed_recover_leave_the_till_as_it_was_or_as_it_shall_be(
    drill: Drill, tmp_path: Path
) -> None:
    drill.ring(3)
    drill.rung()
    till, file = drill.homes[0], str(tmp_path / "till.zip")
    done(till, "backup", file)
    sell(till)
    before = books(till)
    for words, sign in (
        (("restore", file), till.till / "restoring" / "till.db"),
        (("recover",), till.root / "joining" / "till.db"),
    ):
        kill_when(sign, till, *words)
        after = books(till)
        assert (after.tickets, after.given, after.wrong) == (before.tickets, before.given, ())
        done(till, *words)
        after = books(till)
        assert (after.tickets, after.given, after.wrong) == (before.tickets, before.given, ())
    assert not (till.root / "joining").exists()
    assert not (till.till / "restoring").exists()
    assert reported(till)[0] == 3 * 2 + 1


def test_a_backup_of_another_till_of_the_shop_is_refused(drill: Drill, tmp_path: Path) -> None:
    one, other = drill.homes
    file = str(tmp_path / "till.zip")
    done(one, "backup", file)
    code, _, err = told(starting(other, "restore", file))
    assert (code, "this PC is the till A2" in err) == (2, True), err
    assert own.load(other.settings).till_label == "A2"
    assert books(other).wrong == ()
