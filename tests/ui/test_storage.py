"""What the disk did, as the person at the till reads it."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from seraphine_pos.domain.backup import BackupFailed
from seraphine_pos.store.room import Limits, Room
from seraphine_pos.store.till import Mended
from seraphine_pos.ui import storage_words
from tests.store.folder import Folder
from tests.store.test_salvage import change, stocked
from tests.ui.counter import Counter


def shown(counter: Counter) -> str:
    """Return what the strip of the sale says."""
    notice = counter.till._notices.current
    return "" if notice is None else f"{notice.title} {notice.detail}"


def test_a_till_that_was_mended_says_so_once_and_sells(qtbot: QtBot, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "till", opens=50)
    stocked(folder)
    change(folder, "UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 58")
    counter = Counter(qtbot, tmp_path)
    counter.sign_in()
    assert "abîmé, il est réparé" in shown(counter)
    assert "1 sont illisibles" in shown(counter)
    assert "damaged-1" in shown(counter)
    counter.scan(1)
    counter.keyboard.press("F9")
    assert len(counter.tickets()) == 60
    counter.close()
    again = Counter(qtbot, tmp_path)
    again.sign_in()
    assert shown(again) == ""
    again.close()


def test_a_full_disk_refuses_the_first_scan_and_not_the_sale_under_way(till: Counter) -> None:
    free = [1 << 40]
    till.stored.carts._room = Room(till.folder.path, Limits(), lambda _folder: free[0])
    till.scan(1)
    free[0] = 5 << 20
    till.scan(2)
    assert len(till.quantities()) == 2
    till.keyboard.press("F9")
    assert len(till.tickets()) == 1
    till.scan(3)
    assert till.quantities() == []
    assert "Plus que 5 Mo" in shown(till)
    free[0] = 1 << 40
    till.scan(3)
    assert len(till.quantities()) == 1


def test_what_is_lost_is_counted_and_what_is_not_is_not_feared() -> None:
    some = storage_words.mended(Mended(40, 3, 2, Path("damaged-2")))
    none = storage_words.mended(Mended(40, 3, 0, Path("damaged-1")))
    assert "43 écritures sont sauves, 2 sont illisibles" in some.detail
    assert "illisibles" not in none.detail
    assert some.stays
    assert "OneDrive" in storage_words.copied("OneDrive").title
    assert storage_words.short().stays


def test_damage_that_is_found_while_selling_says_what_to_do(till: Counter) -> None:
    till.window.show_soundness(True)
    assert shown(till) == ""
    till.window.show_soundness(False)
    assert "rouvrez-la" in shown(till)


def test_a_backup_that_failed_is_said_and_selling_goes_on(till: Counter) -> None:
    till.window.show_backup(None)
    assert shown(till) == ""
    till.window.show_backup(BackupFailed(folder="E:"))
    assert "n’a pas pu être écrite dans E:" in shown(till)
    till.scan(1)
    till.keyboard.press("F9")
    assert len(till.tickets()) == 1
