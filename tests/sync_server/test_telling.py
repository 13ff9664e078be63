"""The command that says who is told: what it prints, keeps and refuses."""

import io
import json
from pathlib import Path

import pytest

from sync_server import cli
from sync_server.commands.telling import doubtful
from tests.sync_server.shop import REQUEST
from tests.sync_server.test_outbound import GOOD, Listener


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Give the home of a store."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(REQUEST).encode())))
    assert cli.main(["create-store", "--home", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


def run(home: Path, *words: str) -> int:
    """Run a command in the home."""
    return cli.main([*words, "--home", str(home)])


def test_a_receiver_is_added_told_listed_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Listener([GOOD]).listening() as listener:
        allow = f'[outbound]\nallow = ["127.0.0.1:{listener.port}"]\n'
        (home / "server" / "settings.toml").write_text(allow, encoding="utf-8")
        url = f"http://127.0.0.1:{listener.port}/hook"
        assert run(home, "receiver", "add", url, "--topic", "insights.requested", "--topic", "day.closed") == 0
        assert capsys.readouterr().out.startswith("whsec_")
        assert run(home, "jobs", "run", "insights") == 0
        assert run(home, "receiver", "deliver") == 0
        assert run(home, "receiver", "list") == 0
        *_, delivered, line = capsys.readouterr().out.splitlines()
        assert delivered == "1 messages delivered, 0 to be tried again"
        assert "active  day.closed insights.requested  1 delivered, 0 waiting, 0 given up" in line
        assert run(home, "receiver", "remove", line.split()[0]) == 0
        assert run(home, "receiver", "list") == 0
        assert capsys.readouterr().out.endswith("is told nothing more\n")
    assert b'"type":"insights.requested"' in listener.got[0]


def test_what_is_refused_says_what_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "receiver", "add", "http://10.0.0.1:5678/", "--topic", "day.closed") == 2
    assert "name 10.0.0.1:5678 under allow in [outbound]" in capsys.readouterr().err
    assert run(home, "receiver", "add", "https://hooks.example/", "--topic", "everything") == 2
    assert "topics are insights.requested, day.closed, not everything" in capsys.readouterr().err
    assert run(home, "receiver", "remove", "nobody") == 2
    assert "there is no receiver nobody" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "n8n.localhost", "127.0.0.1"])
def test_this_machine_is_refused_at_once(home: Path, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "receiver", "add", f"https://{host}/", "--topic", "day.closed") == 2
    assert f"name {host.lower()}:443 under allow in [outbound]" in capsys.readouterr().err
    assert doubtful(f"https://{host}/", [f"{host.lower()}:443"], lambda _host, _port: ["127.0.0.1"]) is None


def test_a_name_that_leads_inside_is_told_when_it_is_added() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    url = "https://n8n.example/"
    assert doubtful(url, (), lambda _host, _port: ["93.184.216.34"]) is None
    assert "n8n.example stands for 10.0.0.5" in str(doubtful(url, (), lambda _host, _port: ["10.0.0.5"]))
    assert "cannot be looked up now (Name or" in str(doubtful(url, (), unknown))


def test_a_delivery_that_fails_is_said_by_the_exit_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Listener([b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]).listening() as listener:
        allow = f'[outbound]\nallow = ["127.0.0.1:{listener.port}"]\n'
        (home / "server" / "settings.toml").write_text(allow, encoding="utf-8")
        run(home, "receiver", "add", f"http://127.0.0.1:{listener.port}/", "--topic", "insights.requested")
        run(home, "jobs", "run", "insights")
        assert run(home, "receiver", "deliver") == 1
        assert run(home, "receiver", "list") == 0
        assert "last problem: answered 500" in capsys.readouterr().out
