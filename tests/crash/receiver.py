"""A receiver of webhooks in a process of its own: it writes down what came, and now and then fails the first time."""

import json
import os
import signal
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from sync_server import signature

REFUSES_ONE_IN: Final = 8
REFUSED: Final = 0
CUT: Final = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was answered with yes: its id, the event that it tells of, whether its signature was right."""

    message_id: str
    event_id: str
    signed: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where it listens, and where it writes."""

    port: int
    book: Path
    secret: Path

    @property
    def url(self) -> str:
        """Return the address that is told."""
        return f"http://127.0.0.1:{self.port}/closings"

    def deliveries(self) -> list[Delivery]:
        """Return what was taken, in its order."""
        return [Delivery(*json.loads(line)) for line in self.book.read_text(encoding="utf-8").splitlines()]


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """Let a forked process receive; what it is to check signatures with is written to ``secret`` before the first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Receiver(listener.getsockname()[1], folder / "deliveries", folder / "secret")
        found.book.touch()
        child = os.fork()
        if not child:
            _receive(found, listener)
    try:
        yield found
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _receive(receiver: Receiver, listener: socket.socket) -> None:
    """Answer for ever."""
    book = os.open(receiver.book, os.O_WRONLY | os.O_APPEND)
    seen = set[str]()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message_id = self.headers["webhook-id"]
            body = self.rfile.read(int(self.headers["content-length"]))
            how = zlib.crc32(message_id.encode()) % REFUSES_ONE_IN
            first = message_id not in seen
            seen.add(message_id)
            if first and how == CUT:
                self.close_connection = True
                return
            if first and how == REFUSED:
                self.send_error(500)
                return
            event_id = json.loads(body)["data"]["event_id"]
            made = signature.sign(receiver.secret.read_text(), message_id, self.headers["webhook-timestamp"], body)
            line = json.dumps([message_id, event_id, made == self.headers["webhook-signature"]]) + "\n"
            os.write(book, line.encode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing: half of the connections are those of the dead."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a line that broke."""

    try:
        server = Server(("127.0.0.1", receiver.port), Answering, bind_and_activate=False)
        server.socket = listener
        server.serve_forever()
    finally:
        os._exit(0)
