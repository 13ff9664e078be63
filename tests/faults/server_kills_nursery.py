"""Forks real ``seraphine-server`` processes from one that has loaded the program, so that a life costs milliseconds.

    python -m tests.faults.server_kills_nursery

Each line of its input is a log file and the arguments of a server, as JSON; it answers with the process's id. A line
with such an id asks it to wait until that one has ended; it answers with how that ended, as ``os.waitpid`` says it.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

COMMAND: Final = (sys.executable, "-m", "tests.faults.server_kills_nursery")


class Nursery:
    """The process that forks servers, as the harness sees it; ``pid`` is the last one, while it lives."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid: int | None = None
        self._living: set[int] = set()

    def start(self, log: Path, *arguments: str) -> int:
        """Fork a server with these arguments of the command line; what it says goes to the end of a file."""
        self.pid = pid = int(self._asked(json.dumps([str(log), *arguments])))
        self._living.add(pid)
        return pid

    def kill(self) -> None:
        """Kill the server without warning, and wait until it is gone."""
        self.end(signal.SIGKILL)

    def end(self, how: signal.Signals) -> None:
        """End the server, and wait until it is gone; raise when it had ended by itself before."""
        if self.pid is not None:
            self.end_one(self.pid, how)

    def end_one(self, pid: int, how: signal.Signals) -> None:
        """End one of several servers, and wait until it is gone."""
        os.kill(pid, how)
        self._living.discard(pid)
        self.pid = None if self.pid == pid else self.pid
        status = int(self._asked(str(pid)))
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise AssertionError(f"the server ended by itself with {os.WEXITSTATUS(status)}")

    def _asked(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the nursery has ended"
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in self._living:
            os.kill(pid, signal.SIGKILL)
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


def live(arguments: list[str]) -> None:
    """Be a server, as the command would be, until somebody ends it."""
    from sync_server import cli

    code = 1
    try:
        os.dup2(os.open(arguments.pop(0), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), sys.stderr.fileno())
        code = cli.main(arguments)
    finally:
        os._exit(code)


def main() -> None:
    """Load all that a server needs, open nothing, and fork for whoever asks."""
    import psycopg
    import pysqlite3.dbapi2

    import sync_server.cli
    import sync_server.rebuild
    import sync_server.serving

    loaded = (psycopg, pysqlite3.dbapi2, sync_server.cli, sync_server.rebuild, sync_server.serving)
    assert all(loaded)
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, int):
            _, answer = os.waitpid(asked, 0)
        else:
            answer = os.fork()
            if not answer:
                live(asked)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
