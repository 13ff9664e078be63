"""The store's server as a child of this till, where one PC is the whole shop. Knows how to start it, not what it does.

The child listens on loopback alone and ends when its standard input closes, so it cannot outlive a killed till.
A server that already runs on this home is adopted instead, if it is the right one.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from seraphine_pos.domain.refusal import ServerFailed, Unavailable
from seraphine_pos.paths import Home
from seraphine_pos.sync.client import HttpServer, Timeouts

PACKAGES: Final = Path(__file__).resolve().parents[2]
START_S: Final = 20.0
LOOK_EVERY_S: Final = 0.02
STOP_S: Final = 8.0
RETRY_S: Final = 5.0
CREATE_S: Final = 60.0
LOG_BYTES_MAX: Final = 4 << 20
LOG_TAIL_BYTES: Final = 4096
READY_BYTES_MAX: Final = 4096
LOOK: Final = Timeouts(connect_s=1.0, read_s=3.0, whole_s=4.0)


def server_command(program: str, *, is_built: bool) -> tuple[str, ...]:
    """Return the command of the server: a module of this Python or, in a built folder, the program beside the till."""
    if not is_built:
        return (program, "-m", "sync_server")
    till = Path(program)
    return (str(till.with_name(f"seraphine-server{till.suffix}")),)


COMMAND: Final = server_command(sys.executable, is_built=getattr(sys, "frozen", False))


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server says once it listens."""

    url: str
    server_id: str
    pid: int

    def is_of(self, child: "subprocess.Popen[bytes]") -> bool:
        """Whether this child said it, and not another till's that started in the same moment.

        On Windows the interpreter of an environment starts the real one as another process, so nobody can tell.
        """
        return self.pid == child.pid or sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Created:
    """A store that was just made, and the code that enrols its first till."""

    server_id: str
    store_id: str
    code: str


class Sidecar:
    """The server of this home; ``url`` finds it, starts it, or starts it again. May be used by several threads."""

    def __init__(
        self,
        home: Home,
        server_id: str = "",
        *,
        command: Sequence[str] = COMMAND,
        start_s: float = START_S,
        retry_s: float = RETRY_S,
        stop_s: float = STOP_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._server_id = server_id
        self._command = tuple(command)
        self._start_s = start_s
        self._retry_s = retry_s
        self._stop_s = stop_s
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._ready: Ready | None = None
        self._failed: tuple[float, ServerFailed] | None = None
        self._interrupted = False

    def url(self) -> str:
        """Return where the server listens, after starting it if need be; raise ServerFailed when it cannot start."""
        with self._lock:
            self._interrupted = False
            if self._child is not None and self._child.poll() is None and self._ready is not None:
                return self._ready.url
            self._end()
            found = self._adoptable()
            return found.url if found is not None else self._started().url

    @property
    def pid(self) -> int | None:
        """The process of the child, None where there is none or another till's is used."""
        return None if self._child is None else self._child.pid

    def interrupt(self) -> None:
        """Give up a start that is under way in another thread, which then raises ServerFailed there."""
        self._interrupted = True

    def stop(self) -> None:
        """End the child in order, if there is one."""
        self.interrupt()
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _adoptable(self) -> Ready | None:
        """Return the server that the ready file names, if it answers and is ours."""
        ready = _read_ready(self._home.server_ready)
        if ready is None or self._server_id not in ("", ready.server_id):
            return None
        caller = HttpServer(ready.url, "", ready.server_id, timeouts=LOOK)
        try:
            caller.health()
        except Unavailable:
            return None
        finally:
            caller.close()
        return ready

    def _started(self) -> Ready:
        if self._failed is not None and self._monotonic_s() < self._failed[0]:
            raise self._failed[1]
        try:
            self._child = self._spawned()
            self._ready = self._awaited(self._child)
        except ServerFailed as failure:
            self._end()
            self._failed = (self._monotonic_s() + self._retry_s, failure)
            raise
        self._failed = None
        return self._ready

    def _spawned(self) -> "subprocess.Popen[bytes]":
        ready, log = self._home.server_ready, self._log()
        asked = ("serve", "--home", str(self._home.root), "--port", "0", "--ready-file", str(ready))
        try:
            ready.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            ready.unlink(missing_ok=True)
            with log.open("ab") as output:
                return subprocess.Popen(  # noqa: S603  the server's own command
                    (*self._command, *asked, "--exit-with-stdin"),
                    cwd=PACKAGES,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # Ctrl-C in a terminal is for the till, which then ends its child in order
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            raise ServerFailed(reason=error.strerror or type(error).__name__, log=log) from error

    def _awaited(self, child: "subprocess.Popen[bytes]") -> Ready:
        ends_s = self._monotonic_s() + self._start_s
        while (ready := _read_ready(self._home.server_ready)) is None or not ready.is_of(child):
            if self._interrupted:
                raise ServerFailed(reason="arrêt demandé", log=self._log())
            if self._monotonic_s() >= ends_s:
                raise ServerFailed(reason=f"pas prêt en {self._start_s:g} s", log=self._log())
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = child.wait(LOOK_EVERY_S)
                raise ServerFailed(reason=_last_line(self._log()) or f"code {status}", log=self._log())
        if self._server_id not in ("", ready.server_id):
            raise ServerFailed(reason="ses données sont celles d'un autre magasin", log=self._log())
        return ready

    def _end(self) -> None:
        child, self._child, self._ready = self._child, None, None
        if child is None:
            return
        if child.stdin is not None:
            with contextlib.suppress(OSError):  # it has gone already
                child.stdin.close()
        for harder in (child.terminate, child.kill):
            try:
                child.wait(self._stop_s)
            except subprocess.TimeoutExpired:
                harder()
            else:
                return
        child.wait()

    def _log(self) -> Path:
        """Return the child's log, put aside first when it has grown long."""
        log = self._home.logs / "server.log"
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._child is None and log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_name("server.1.log"))
        return log


def create_store(
    home: Home, request: dict[str, object], *, command: Sequence[str] = COMMAND, timeout_s: float = CREATE_S
) -> Created:
    """Make a store in this home by the server's own command; raise ServerFailed with what it said."""
    said_in = home.logs / "server.log"
    try:
        done = subprocess.run(  # noqa: S603  the server's own command
            (*command, "create-store", "--home", str(home.root)),
            cwd=PACKAGES,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout_s,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise ServerFailed(reason=f"pas de réponse en {timeout_s:g} s", log=said_in) from error
    except OSError as error:
        raise ServerFailed(reason=error.strerror or type(error).__name__, log=said_in) from error
    if done.returncode:
        home.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        with said_in.open("ab") as log:
            log.write(done.stderr)
        raise ServerFailed(reason=_tail(done.stderr) or f"code {done.returncode}", log=said_in)
    try:
        said = json.loads(done.stdout)
        return Created(said["server_id"], said["store_id"], said["code"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServerFailed(reason="réponse illisible", log=said_in) from error


def _read_ready(path: Path) -> Ready | None:
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(READY_BYTES_MAX))
        return Ready(str(said["url"]), str(said["server_id"]), int(said["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _last_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            return _tail(file.read())
    except OSError:
        return ""


def _tail(output: bytes) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
