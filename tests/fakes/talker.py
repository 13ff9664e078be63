"""A small HTTP/1.1 server that says exactly the bytes a test gives it, however wrong or slow they are."""

import contextlib
import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

BYTE_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The request's JSON, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.content) if packed else self.content)


def reply(status: int, content: bytes | str | dict[str, Any], media: str = "application/json") -> bytes:
    """A whole and honest answer."""
    body = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def error(status: int, code: str = "X", message: str = "parce que") -> bytes:
    """A refusal in the protocol's envelope."""
    envelope = {"code": code, "message": message, "details": {}, "timestamp": "", "requestId": ""}
    return reply(status, {"error": envelope})


class Talker:
    """Answers each request with what ``say`` gives for it, piece by piece; a piece of None is a short silence.

    After the last piece it closes the connection.
    """

    def __init__(
        self, say: Callable[[Heard], bytes | Iterable[bytes | None]], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._say = say
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.heard: list[Heard] = []
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as closing:
            closing.enter_context(connection)
            try:
                if self._tls is not None:
                    connection = closing.enter_context(self._tls.wrap_socket(connection, server_side=True))
                heard = _read(connection)
                self.heard.append(heard)
                said = self._say(heard)
                for piece in [said] if isinstance(said, bytes) else said:
                    if self._ended.is_set():
                        return
                    if piece is None:
                        self._ended.wait(BYTE_EVERY_S)
                    else:
                        connection.sendall(piece)
            except (OSError, EOFError):
                return  # the caller has hung up


def _read(connection: socket.socket) -> Heard:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, content = data.split(b"\r\n\r\n", 1)
    line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in lines)}
    while len(content) < int(headers.get("content-length", "0")):
        content += _more(connection)
    return Heard(line, headers, content)


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError
    return data
