"""Whoever asks a server to end, by signal or by its standard input, finds everything closed afterwards."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_server.stopping import close_undisturbed, ending_in_order
from tests.sync_server.shop import found_shop

PATIENCE_S = 30
POLL_S = 0.02


@contextlib.contextmanager
def serving(home: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server on a store that was just founded, and give its process."""
    found_shop(f"sqlite:///{home / 'server' / 'server.db'}").database.close()
    command = [sys.executable, "-m", "sync_server", "serve", "--home", str(home), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM from outside")
def test_sigterm_closes_everything(tmp_path: Path) -> None:
    ready, log = tmp_path / "ready.json", tmp_path / "server" / "server.db-wal"
    with serving(tmp_path, "--ready-file", str(ready), "--exit-with-stdin") as process:
        deadline_s = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert time.monotonic() < deadline_s, "the server is not ready"
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the server ended with {process.wait(POLL_S)} before it was ready")
        assert log.exists()
        # Twice: who asks again does not cut short what is being closed.
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert not ready.exists()
    assert not log.exists()


def test_sigterm_before_it_listens_is_as_ctrl_c_and_comes_once() -> None:
    before = signal.getsignal(signal.SIGTERM)
    closed = []
    with contextlib.suppress(KeyboardInterrupt), ending_in_order():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            closed.append(True)
    assert closed == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_disturbs_the_closing_and_elsewhere_nothing_is_changed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    close_undisturbed()
    assert signal.getsignal(signal.SIGTERM) is before
    with ending_in_order():
        close_undisturbed()
        signal.raise_signal(signal.SIGTERM)
