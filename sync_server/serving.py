"""A server process: a socket, the application on it, a file that says it is ready, and an orderly end."""

import json
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Final

import uvicorn

from sync_server.app import build
from sync_server.errors import Unready
from sync_server.settings import Listening
from sync_server.store_server import StoreServer

READ_BYTES: Final = 4096
BACKLOG: Final = 256
GRACE_S: Final = 5
KEEP_ALIVE_S: Final = 75
log: Final = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise Unready when the address cannot be taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        raise Unready(
            f"cannot listen on {host} port {port} ({problem.strerror or problem}): choose another --port, or 0"
        ) from problem
    return listener


def serve(server: StoreServer, listening: Listening) -> None:
    """Answer requests until a signal, or the end of standard input, asks to stop."""
    with listen(listening.host, listening.port) as listener:
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            build(server), log_config=None, access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=GRACE_S, timeout_keep_alive=KEEP_ALIVE_S,
        )  # fmt: skip
        process = _Process(config, url, server.server_id, listening.ready_file)
        if listening.exit_with_stdin:
            threading.Thread(target=process.end_with_stdin, name="stdin", daemon=True).start()
        try:
            process.run(sockets=[listener])
        finally:
            if listening.ready_file is not None:
                withdraw_ready(listening.ready_file)


class _Process(uvicorn.Server):
    """Uvicorn's server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, url: str, server_id: str, ready_file: Path | None) -> None:
        super().__init__(config)
        self._url = url
        self._server_id = server_id
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        log.info("listening on %s", self._url)
        if self._ready_file is not None:
            write_ready(self._ready_file, {"url": self._url, "server_id": self._server_id, "pid": os.getpid()})

    def end_with_stdin(self) -> None:
        """Ask to stop when whoever started this process has closed its standard input, or died."""
        while os.read(sys.stdin.fileno(), READ_BYTES):
            pass
        self.should_exit = True


def write_ready(path: Path, said: dict[str, object]) -> None:
    """Write the ready file in one step, so that a reader finds it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(said) + "\n", encoding="utf-8")
    draft.replace(path)


def withdraw_ready(path: Path) -> None:
    """Remove the ready file if this process wrote it: another server may have started on this home since."""
    try:
        ours = json.loads(path.read_bytes()).get("pid") == os.getpid()
    except (OSError, ValueError, AttributeError):
        ours = False
    if ours:
        path.unlink(missing_ok=True)
