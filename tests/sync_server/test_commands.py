"""What every command keeps to: the store's time, limits as over HTTP, a quiet end, and nothing left by looking."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from seraphine_pos.domain.staff import Role
from sync_server import cli
from sync_server.errors import Unready
from sync_server.founding import StoreRequest
from sync_server.serving import listen, serve
from sync_server.settings import Listening
from tests.sync_server.older import older_program
from tests.sync_server.shop import REQUEST, found_shop
from tests.sync_server.test_cli import main, reopened


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home that has a store, closed."""
    shop = found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    shop.database.close()
    return tmp_path


@pytest.mark.parametrize("minutes", ["0", "1441", "99999999", "-1", "1.5", "²"])
def test_a_code_lasts_a_day_at_most(capsys: pytest.CaptureFixture[str], home: Path, minutes: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["enrol-code", "--home", str(home), f"--minutes={minutes}"])
    assert ended.value.code == 2
    assert "from 1 to 1440" in capsys.readouterr().err
    assert main(capsys, "enrol-code", "--home", str(home), "--minutes", "1440")[0] == 0


def test_who_stops_reading_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        command = [sys.executable, "-m", "sync_server", "citus-sql"]
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_times_are_the_store_s(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, request: pytest.FixtureRequest
) -> None:
    shop = reopened(home)
    till = shop.till()
    with older_program(lacks=[("sale.completed", 1)]):
        sold = till.sell(100)
        till.push()
    shop.database.close()
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    request.addfinalizer(time.tzset)
    request.addfinalizer(monkeypatch.undo)
    wall = datetime.fromtimestamp(sold.at_ms / 1000, ZoneInfo("Africa/Casablanca"))
    place = ("--home", str(home))
    assert f"{wall:%Y-%m-%d %H:%M}  A1" in main(capsys, "quarantine", *place)[1]
    assert f"{wall:%Y-%m-%d %H:%M:%S}  " in main(capsys, "trace", sold.event_id, *place)[1]
    for minutes, count in ((-1, 1), (1, 0)):
        first = (wall + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()
        last = (wall + timedelta(minutes=5)).replace(tzinfo=None).isoformat()
        told = main(capsys, "entries", "--from", first, "--to", last, *place)[1]
        assert len(told.splitlines()) == count


@pytest.mark.parametrize(
    "words",
    [("stores",), ("jobs", "list"), ("purge", "--dry-run"), ("restore", "none.zip"), ("serve",), ("receiver", "list")],
)
def test_who_only_looks_makes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]) -> None:
    home = tmp_path / "home"
    assert main(capsys, *words, "--home", str(home))[:2] == (2, "")
    assert not home.exists()


def test_who_cannot_listen_has_begun_nothing(home: Path) -> None:
    shop, begun = reopened(home), list[str]()

    @contextlib.contextmanager
    def beside() -> Iterator[None]:
        begun.append("jobs")
        yield

    with listen("127.0.0.1", 0) as taken, pytest.raises(Unready, match="cannot listen"):
        serve(shop.server, Listening(port=taken.getsockname()[1]), beside)
    assert begun == []
    shop.database.close()


def test_a_cashier_is_called_so_in_the_store_s_json_too() -> None:
    members = [{"name": "Salma", "role": role, "pin": "1357"} for role in ("cashier", "pilotTester")]
    request = StoreRequest.model_validate_json(json.dumps({**REQUEST, "staff": members}))
    assert [one.role for one in request.staff] == [Role.CASHIER, Role.CASHIER]
