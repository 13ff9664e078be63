"""A server process: a socket, the application on it, a file that says it is ready, and an orderly end.

What listens beyond this machine speaks TLS, unless it is told that a proxy before it does.
"""

import json
import logging
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import uvicorn

from seraphine_pos.domain.pairing import Pairing
from sync_server.app import build
from sync_server.errors import Unready
from sync_server.settings import Listening
from sync_server.stopping import close_undisturbed
from sync_server.store_server import StoreServer
from sync_server.watch.request_head import Prompt, impatient

if TYPE_CHECKING:
    from sync_server.certificates import Shown

READ_BYTES: Final = 4096
BACKLOG: Final = 256
GRACE_S: Final = 5
KEEP_ALIVE_S: Final = 75
# How often a certificate is looked at: an address of this machine may change at any time.
RENEW_EVERY_S: Final = 3600
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


def serve(server: StoreServer, listening: Listening, beside: Callable[[], AbstractContextManager[object]]) -> None:
    """Answer requests until a signal, or the end of standard input, asks to stop.

    What goes on ``beside`` it begins once the address is taken: who cannot listen has done nothing.
    """
    with listen(listening.host, listening.port) as listener, beside():
        shown = _shown(server, listening)
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        url = f"{'http' if shown is None else 'https'}://{host}:{listener.getsockname()[1]}"
        app = build(server, in_front=listening.behind_proxy)
        app.state.authority = b"" if shown is None else shown.authority
        config = Prompt(
            app, log_config=None, access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=GRACE_S, timeout_keep_alive=KEEP_ALIVE_S, proxy_headers=listening.behind_proxy,
            http=impatient(server.settings.limits.head_seconds),
            limit_concurrency=server.settings.limits.connections,
            ssl_context_factory=None if shown is None else lambda _config, _usual: shown.context,
        )  # fmt: skip
        process = _Process(config, url, server.server_id, listening.ready_file)
        if listening.exit_with_stdin:
            threading.Thread(target=process.end_with_stdin, name="stdin", daemon=True).start()
        try:
            with _renewing(shown):
                app.state.pairing = _note(listening, listener.getsockname()[1], shown)
                process.run(sockets=[listener])
        finally:
            close_undisturbed()
            if listening.ready_file is not None:
                withdraw_ready(listening.ready_file)


def _shown(server: StoreServer, listening: Listening) -> "Shown | None":
    """Return the certificate that callers are shown, None where plain HTTP is enough."""
    from sync_server import certificates

    if certificates.is_loopback(listening.host):
        return None
    if listening.certificate is not None:
        return certificates.Given(listening.certificate, listening.key)
    if listening.behind_proxy:
        log.warning("plain http on %s: a proxy in front must end TLS, and nobody else may reach it", listening.host)
        return None
    return certificates.OfTheStore(
        listening.tls, lambda: certificates.hosts_of_machine(listening.host, listening.names), server.clock.now_ms
    )


def _note(listening: Listening, port: int, shown: "Shown | None") -> Pairing | None:
    """Keep where tills find this server for whoever makes codes, and return it; None where it is not over TLS."""
    if shown is None:
        return None
    from sync_server import certificates

    hosts = certificates.hosts_of_machine(listening.host, listening.names)
    url = certificates.address_for_tills(listening.host, port, hosts)
    certificates.note_served(listening.tls, url, shown.authority)
    return Pairing(url, certificates.pin(shown.authority) if shown.authority else "", "")


@contextmanager
def _renewing(shown: "Shown | None", every_s: float = RENEW_EVERY_S) -> Iterator[None]:
    """Take up newer certificates while the server runs; callers that are connected notice nothing."""
    if shown is None:
        yield
        return
    ended = threading.Event()

    def again() -> None:
        while not ended.wait(every_s):
            try:
                shown.renew()
            except (OSError, ValueError, ssl.SSLError):
                log.exception("the certificate could not be renewed; the one before is still shown")

    thread = threading.Thread(target=again, name="certificates", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's signature
        """Stop at a signal; uvicorn's own would raise it again at its end, and nothing else would be closed."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

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
