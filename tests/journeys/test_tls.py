"""A shop of several tills as it is set up: one command serves over TLS, another prints the line to join by."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from seraphine_pos import settings
from seraphine_pos.domain import pairing
from seraphine_pos.domain.refusal import AnswerNotOurs
from seraphine_pos.paths import Home
from seraphine_pos.shop import enrol_again, join_shop, open_shop
from sync_server.certificates import FOLDER
from sync_server.cli import main
from tests.journeys.conftest import Scene, StoreServer

READY_S: Final = 30
COMMAND: Final = (sys.executable, "-m", "sync_server")


@contextmanager
def serving(home: Home, *more: str) -> Iterator[tuple[str, list[str]]]:
    """Serve on every address of this machine; give the port as tills here reach it, and what the log said so far."""
    command = [*COMMAND, "serve", "--home", str(home.root), "--host", "0.0.0.0", "--exit-with-stdin", *more]  # noqa: S104
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        said: list[str] = []
        for line in process.stderr:
            said.append(line)
            if "listening on" in line:
                break
        try:
            yield said[-1].rsplit(":", 1)[-1].strip(), said
        finally:
            process.stdin.close()
            process.stderr.read()
            process.wait(READY_S)


class Operator:
    """Somebody at the server's terminal."""

    def __init__(self, home: Home, screen: pytest.CaptureFixture[str]) -> None:
        self._home = home
        self._screen = screen

    def code(self, *more: str) -> str:
        """What is copied from the terminal; empty where the command refuses."""
        main(["enrol-code", "--home", str(self._home.root), *more])
        return self._screen.readouterr().out.strip()


@pytest.fixture
def operator(store: Home, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(store, capsys)


@pytest.fixture
def store(store_server: StoreServer) -> Home:
    return store_server.home


def test_a_till_joins_by_one_line_and_believes_this_store_alone(
    store: Home, operator: Operator, scene: Scene, tmp_path: Path
) -> None:
    home = Home(tmp_path / "till-2")
    with serving(store) as (port, _):
        here = f"https://127.0.0.1:{port}"
        line = operator.code()
        told = pairing.read(line)
        assert (told.url.rsplit(":", 1)[-1], len(told.pin)) == (port, 43)
        assert join_shop(home, here, line, keys=scene.keys).till_label == "A2"
        with open_shop(home, keys=scene.keys) as shop:
            state = shop.exchange()
            assert (state.problem, state.reachable, state.waiting) == (None, True, 0)
            old_key = shop.settings.device_id
        # A till that knows the server takes a bare code: it is the new key that counts from then on.
        enrol_again(home, "", pairing.read(operator.code("--till", "A2")).code, keys=scene.keys)
        with open_shop(home, keys=scene.keys) as shop:
            assert shop.settings.device_id != old_key
            assert shop.exchange().problem is None
    # Somebody else's server at the same address, with the same data even, is not believed.
    for path in (store.root / "server" / FOLDER).iterdir():
        path.unlink()
    with serving(store, "--port", port), open_shop(home, keys=scene.keys) as shop:
        state = shop.exchange()
        assert isinstance(state.problem, AnswerNotOurs)
        # A line of its own makes it the store's server again.
        enrol_again(home, here, operator.code("--till", "A2"), keys=scene.keys)
    assert settings.load(home.settings).server_authority != shop.settings.server_authority


def test_plain_http_beyond_this_machine_is_served_behind_a_proxy_alone_and_says_so(
    store: Home, operator: Operator
) -> None:
    with serving(store, "--behind-proxy") as (_, said):
        assert "http://0.0.0.0:" in said[-1]
        assert any("a proxy in front must end TLS" in line for line in said)
    assert not (store.root / "server" / FOLDER).exists()
    assert operator.code("--url", "https://boutique.exemple").startswith("seraphine:https://boutique.exemple##")
    assert operator.code("--url", "http://boutique.exemple") == ""
