"""The command ``purge`` as an operator types it: listing, emptying, checking an archive, and what it refuses."""

from pathlib import Path

import pytest

from sync_server import cli
from tests.sync_server.aged import CANARY, DAY_MS, Aged
from tests.sync_server.shop import found_shop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home whose shop sold long ago."""
    shop = found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    shop.clock.pass_ms(-3000 * DAY_MS)
    aged = Aged(shop, shop.till(), tmp_path / "archive")
    aged.day("2018-09-01", 100, 250)
    aged.back_up()
    shop.database.close()
    return tmp_path


def test_listed_emptied_and_checked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, database = home / "archive", home / "server" / "server.db"

    def run(*words: str) -> tuple[int, str]:
        code = cli.main(["purge", "--home", str(home), *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    before = database.read_bytes()
    code, said = run("--dry-run", "--preset", "at")
    assert code == 0
    assert "fiscal: due before" in said
    assert "A1  journal" in said
    assert "entries 1 to 5 in 1 segments: 1 feedback, 2 fiscal, 1 technical" in said
    assert "4 entries would be emptied; nothing was changed" in said
    assert database.read_bytes() == before
    assert list(archive.iterdir()) == []
    assert run("--older-than", "12m")[0] == 2
    code, said = run("--older-than", "12m", "--archive", str(home / "unplugged"))
    assert (code, "is its disk plugged in?" in said, (home / "unplugged").exists()) == (2, True, False)
    code, said = run("--older-than", "12m", "--archive", str(archive))
    assert (code, "2 entries emptied, kept in" in said) == (0, True)
    assert "fiscal: kept for ever" in said
    (folder,) = archive.iterdir()
    code, said = run("--check", str(folder))
    assert (code, "5 entries, 2 of them emptied: 0 problems" in said) == (0, True)
    (folder / "emptied.csv").write_text("")
    assert run("--check", str(folder))[0] == 1
    assert run("--check", str(archive))[0] == 2
    assert "nothing was due" in run("--archive", str(archive))[1]
    assert CANARY.encode() not in b"".join(path.read_bytes() for path in database.parent.iterdir())
    assert cli.main(["verify", "--home", str(home)]) == 0


@pytest.mark.parametrize("words", [["--older-than", "0m"], ["--older-than", "12"], ["--preset", "no"]])
def test_what_cannot_be_meant_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["purge", *words])
    assert ended.value.code == 2
