"""The operators' commands as a person types them, and a real server from its birth to its end."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos.domain.journal import FIRST_HASH
from seraphine_pos.domain.protocol import entry_to_wire
from sync_server import cli
from sync_server.database import open_database
from sync_server.errors import Refused
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock
from tests.sync_server.older import older_program
from tests.sync_server.shop import DAY, OWNER, REQUEST, Shop, found_shop

PATIENCE_S = 30


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "sync_server", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)


@contextlib.contextmanager
def serving(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Run a server; give its process and what its ready file says."""
    ready = home / "ready.json"
    command = [sys.executable, "-m", "sync_server", "serve", "--home", str(home), "--ready-file", str(ready)]
    with subprocess.Popen(
        [*command, "--exit-with-stdin", *arguments], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists():
                assert time.monotonic() < deadline, "the server is not ready"
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pytest.fail(f"the server ended with {process.wait(0.02)} before it was ready")
            yield process, json.loads(ready.read_text())
        finally:
            process.kill()


def call(url: str, key: str, path: str, asked: object = None) -> dict[str, Any]:
    """Ask a real server: GET without anything to ask, else POST."""
    headers = {"authorization": f"Bearer {key}"}
    content = None if asked is None else json.dumps(asked).encode()
    request = urllib.request.Request(url + path, content, headers)  # noqa: S310  our own server
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
        return told


def test_a_shop_s_first_day(tmp_path: Path) -> None:
    """Create the store, serve, enrol, push, pull the plug, and find everything there."""
    home = ["--home", str(tmp_path)]
    made = json.loads(run("create-store", *home, given=json.dumps(REQUEST)).stdout)
    assert set(made) == {"server_id", "store_id", "code"}
    with serving(tmp_path) as (process, ready):
        assert (ready["server_id"], ready["pid"]) == (made["server_id"], process.pid)
        assert ready["url"].startswith("http://127.0.0.1:")
        enrolled = call(ready["url"], "", "/v1/enrol", {"code": made["code"], "machine": "m"})
        till = found_shop(f"sqlite:///{tmp_path / 'elsewhere.db'}").till()
        till.sell(100, till_id=enrolled["till_id"])
        push = {
            "journal_id": till.journal_id,
            "acknowledged": {"seq": 0, "hash": FIRST_HASH.hex()},
            "entries": [entry_to_wire(entry) for entry in till.entries],
        }
        assert call(ready["url"], enrolled["device_key"], "/v1/push", push)["seq"] == 1
        process.kill()
    verified = run("verify", *home)
    assert (verified.returncode, verified.stderr) == (0, "")
    day, summary = verified.stdout.splitlines()
    assert day == "2026-11-20 Fri  A1    1, the till has told nothing yet"
    assert summary.startswith("1 journals, 1 entries (0 blanked, 0 in quarantine)")


def test_a_server_ends_with_its_parent_s_standard_input(tmp_path: Path) -> None:
    run("create-store", "--home", str(tmp_path), given=json.dumps(REQUEST))
    with serving(tmp_path) as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
        assert not (tmp_path / "ready.json").exists()


def test_a_server_on_postgresql(tmp_path: Path, empty_postgres: str) -> None:
    url = ["--database-url", empty_postgres]
    made = json.loads(run("create-store", *url, given=json.dumps(REQUEST)).stdout)
    with serving(tmp_path, *url) as (_, ready):
        enrolled = call(ready["url"], "", "/v1/enrol", {"code": made["code"], "machine": "m"})
        asked = {"feed_id": "", "rev": 0, "journal_id": "j"}
        assert len(call(ready["url"], enrolled["device_key"], "/v1/pull", asked)["documents"]) == 4
    assert not (tmp_path / "server").exists()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    run("create-store", "--home", str(tmp_path), given=json.dumps(REQUEST))
    with serving(tmp_path) as (_, ready):
        port = ready["url"].rsplit(":", 1)[1]
        second = run("serve", "--home", str(tmp_path), "--port", port)
    assert second.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home that has a store, closed."""
    shop = found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    shop.database.close()
    return tmp_path


def main(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process."""
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_an_enrol_code_enrols(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, said, _ = main(capsys, "enrol-code", "--home", str(home))
    assert code == 0
    shop = reopened(home)
    assert shop.server.enrol(said.strip(), "m").till_label == "A1"
    shop.database.close()


def test_a_code_for_an_unknown_till_is_refused(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(capsys, "enrol-code", "--home", str(home), "--till", "A7") == (
        2,
        "",
        "seraphine-server enrol-code: there is no till A7 in this store\n",
    )


def test_a_webhook_secret_is_printed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, said, _ = main(capsys, "webhook-secret", "--home", str(home))
    assert (code, said[:6]) == (0, "whsec_")


def test_a_problem_in_the_books_is_found_and_rebuilt(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    shop = reopened(home)
    till = shop.till()
    till.sell(100)
    till.push()
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE rollups SET gross = 1 WHERE facet = 'hour'")
    shop.database.close()
    code, said, _ = main(capsys, "verify", "--home", str(home))
    assert code == 1
    assert "hour 09 differ from the journals: run seraphine-server rebuild" in said
    assert main(capsys, "rebuild", "--home", str(home))[:2] == (0, "1 entries folded again, 0 in quarantine\n")
    assert main(capsys, "verify", "--home", str(home))[0] == 0


def test_what_is_in_quarantine_is_listed_and_tried_again(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(capsys, "quarantine", "--home", str(home))[:2] == (
        0,
        "0 entries in quarantine: kept whole, in no report; every start of the server tries them again\n",
    )
    shop = reopened(home)
    till = shop.till()
    with older_program(lacks=[("sale.completed", 1)]):
        till.sell(100)
        till.sell(100, total=250, receipt="A1-7QK-000002")
        till.push()
    shop.database.close()
    code, said, _ = main(capsys, "quarantine", "--home", str(home))
    assert (code, said.splitlines()[-1][:23]) == (1, "2 entries in quarantine")
    assert "A1-7QK-000002" in said
    code, said, _ = main(capsys, "quarantine", "--home", str(home), "--retry")
    first, listed, last = said.splitlines()
    assert (code, first, last[:23]) == (1, "2 entries tried again, 1 count by now", "1 entries in quarantine")
    assert "does not add up: lines 100, tenders 100, total 250" in listed
    assert main(capsys, "verify", "--home", str(home))[0] == 0


def test_a_server_that_starts_after_an_upgrade_counts_what_it_reads_now(home: Path) -> None:
    shop = reopened(home)
    till = shop.till()
    with older_program(lacks=[("sale.completed", 1)]):
        till.sell(100)
        till.push()
    shop.database.close()
    with serving(home) as (_, ready):
        path = f"/v1/report?start={DAY}&end={DAY}"
        deadline = time.monotonic() + PATIENCE_S
        while (told := call(ready["url"], till.enrolment.device_key, path))["not_included"]:
            assert time.monotonic() < deadline
    assert [cell[8] for cell in told["cells"] if cell[2] == "total"] == [100]


@pytest.mark.parametrize("command", ["enrol-code", "webhook-secret", "verify", "rebuild", "quarantine"])
def test_without_a_store_a_command_says_how_to_make_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    code, _, said = main(capsys, command, "--home", str(tmp_path))
    assert code == 2
    assert "create-store" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "input"),
        ("{}", "name: Field required"),
        (json.dumps({**REQUEST, "currency": "dirham"}), "currency"),
        (json.dumps({**REQUEST, "decimals": 7}), "decimals"),
        (json.dumps({**REQUEST, "colour": "red"}), "colour"),
        (json.dumps({**REQUEST, "staff": [{"name": "N", "role": "king", "pin": "1234"}]}), "staff.0.role"),
        (json.dumps({**REQUEST, "staff": [{"name": "N", "role": "owner", "pin": "12"}]}), "staff.0.pin"),
    ],
)
def test_a_store_that_cannot_be_made_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    code, out, problem = main(capsys, "create-store", "--home", str(tmp_path))
    assert (code, out) == (2, "")
    assert said in problem


def test_a_second_store_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(REQUEST).encode())))
    code, _, said = main(capsys, "create-store", "--home", str(home))
    assert code == 2
    assert "has its store already" in said


def test_a_newer_database_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    database = open_database(home / "server" / "server.db")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    code, _, said = main(capsys, "verify", "--home", str(home))
    assert code == 2
    assert "newer program" in said


def test_a_folder_that_cannot_be_made_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = main(capsys, "create-store", "--home", "/proc/nowhere")
    assert code == 2
    assert "/proc/nowhere/server cannot be made" in said


@pytest.mark.parametrize(
    "arguments",
    [(), ("unknown",), ("serve", "--port", "many"), ("serve", "--port", "99999"), ("serve", "--port", "-1")],
)
def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: seraphine-server" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["serve", "create-store", "enrol-code", "webhook-secret", "verify", "rebuild", "quarantine"]
)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert "--home" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("add",), ("list",), ("pin",), ("deactivate",)])
def test_what_is_done_with_the_staff_has_help(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["staff", *words, "--help"])
    assert ended.value.code == 0
    assert "--home" in capsys.readouterr().out


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_cashier_comes_and_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    place = ("--home", str(home))
    typed(monkeypatch, "9753\n")
    code, said, _ = main(capsys, "staff", "add", "--name", "Rim", "--role", "cashier", *place)
    assert code == 0
    staff_id = said.strip()
    assert [staff_id, "cashier", "active", "Rim"] in listed(capsys, home)
    typed(monkeypatch, "8642\n")
    assert main(capsys, "staff", "pin", staff_id, *place)[:2] == (0, "Rim has a new PIN\n")
    assert main(capsys, "staff", "deactivate", staff_id, *place)[:2] == (0, "Rim can no longer sign in\n")
    assert [staff_id, "cashier", "left", "Rim"] in listed(capsys, home)
    assert main(capsys, "verify", *place)[0] == 0


def listed(capsys: pytest.CaptureFixture[str], home: Path) -> list[list[str]]:
    return [line.split() for line in main(capsys, "staff", "list", "--home", str(home))[1].splitlines()]


@pytest.mark.parametrize(
    ("words", "pin", "why"),
    [
        (("add", "--name", "Rim", "--role", "cashier"), "12", "four to six digits"),
        (("add", "--name", "Rim", "--role", "cashier"), "", "four to six digits"),
        (("add", "--name", " ", "--role", "cashier"), "9753", "the name is empty"),
        (("add", "--name", "SALMA", "--role", "owner"), "9753", "is on the staff already"),
        (("pin", "nobody"), "9753", "nobody here has the id nobody"),
        (("deactivate", "nobody"), "", "nobody here has the id nobody"),
        (("deactivate", OWNER), "", "the last owner"),
    ],
)
def test_staff_that_cannot_be_is_refused_with_its_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, words: tuple[str, ...], pin: str,
    why: str,
) -> None:  # fmt: skip
    before = listed(capsys, home)
    typed(monkeypatch, f"{pin}\n")
    code, said, problem = main(capsys, "staff", *words, "--home", str(home))
    assert (code, said) == (2, "")
    assert why in problem
    assert listed(capsys, home) == before


def test_a_pin_is_typed_twice_at_a_terminal() -> None:
    terminal = Terminal()
    answers = iter(["2604", "2604", "2604", "2640"])
    assert cli.pin_from(terminal, lambda _: next(answers)) == "2604"
    with pytest.raises(Refused, match="differ"):
        cli.pin_from(terminal, lambda _: next(answers))


class Terminal(io.StringIO):
    """An input at which somebody types."""

    def isatty(self) -> bool:
        return True


def test_the_store_s_words_are_changed_one_by_one(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    place = ("--home", str(home))
    code, said, _ = main(capsys, "setting", "store", "--receipt-footer", "À bientôt", *place)
    assert code == 0
    told = json.loads(said)
    assert (told["name"], told["address"], told["receipt_footer"]) == (REQUEST["name"], REQUEST["address"], "À bientôt")
    code, _, problem = main(capsys, "setting", "store", "--name", " ", *place)
    assert (code, "needs a name" in problem) == (2, True)
    assert main(capsys, "verify", *place)[0] == 0


def reopened(home: Path) -> Shop:
    """Open a home's store again."""
    database = open_database(home / "server" / "server.db")
    clock = FakeClock(time.time_ns() // 1_000_000)
    server = StoreServer(database, clock, os.urandom)
    return Shop(server, clock, os.urandom, server.only_store(), "")
