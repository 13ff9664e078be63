"""A wire between a till and its server that a test can cut, block, shorten or hang a portal on."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK_BYTES = 65536


class Proxy:
    """Listens on one address for its whole life and passes on to wherever ``target`` says at each connection.

    ``cut`` ends and refuses connections, ``block`` takes them and is silent, ``restore`` passes again.
    ``answer_bytes`` is after how many bytes of an answer the wire breaks; ``portal`` is what is said instead.
    """

    def __init__(self, target: Callable[[], str]) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._passes = True
        self._blocks = False
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._ended = False
        self.answer_bytes: int | None = None
        self.portal: bytes | None = None
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """End what is open and refuse what comes."""
        self._passes, self._blocks = False, False
        self._hang_up()

    def block(self) -> None:
        """End what is open; take what comes and never answer."""
        self._passes, self._blocks = False, True
        self._hang_up()

    def restore(self) -> None:
        """Pass everything again."""
        self._passes, self._blocks, self.answer_bytes, self.portal = True, False, None, None
        self._hang_up()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # it has ended by itself
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._ended:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with self._noted(caller), contextlib.suppress(OSError):  # whoever hangs up ends the connection
            if self.portal is not None:
                caller.recv(CHUNK_BYTES)
                caller.sendall(self.portal)
            elif self._blocks:
                while caller.recv(CHUNK_BYTES):
                    continue
            elif self._passes:
                self._pass(caller)

    def _pass(self, caller: socket.socket) -> None:
        address = urlsplit(self._target())
        with self._noted(socket.create_connection((address.hostname or "", address.port or 0), 5)) as server:
            server.settimeout(None)
            asking = threading.Thread(target=_pump, args=(caller, server, None), daemon=True)
            asking.start()
            _pump(server, caller, self.answer_bytes)
            for end in (caller, server):
                with contextlib.suppress(OSError):  # it has ended by itself
                    end.shutdown(socket.SHUT_RDWR)
            asking.join(5)

    @contextlib.contextmanager
    def _noted(self, connection: socket.socket) -> Iterator[socket.socket]:
        with self._lock:
            self._open.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _pump(source: socket.socket, sink: socket.socket, most: int | None) -> None:
    """Pass bytes on until the source ends or so many have passed."""
    left = most
    with contextlib.suppress(OSError):  # either side has hung up
        while left is None or left > 0:
            data = source.recv(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
            if not data:
                return
            sink.sendall(data)
            left = None if left is None else left - len(data)
