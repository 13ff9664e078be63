"""A limit on the whole of one request, also against a server that keeps sending a byte now and then.

Knows sockets and a timer; nothing of what is asked.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


class Deadline:
    """Cuts the request's connection when the time is over; its reader then sees the end of the stream.

    A read time-out alone starts anew with each byte, so a trickling answer would last for ever.
    """

    def __init__(self, whole_s: float, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._ends_s = monotonic_s() + whole_s
        self._timer = threading.Timer(whole_s, self.cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._over = False

    @property
    def passed(self) -> bool:
        """Return whether the time is over."""
        return self._over or self._monotonic_s() >= self._ends_s

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Take the connection from the transport's own report of what it does."""
        if event not in _CONNECTED:
            return
        with self._lock:
            self._socket = details["return_value"].get_extra_info("socket")
        if self._over:
            self.cut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def cut(self) -> None:
        """End the request now."""
        self._over = True
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # closed in this very moment: nothing is left to cut
                    # The method of the plain socket: the one of TLS would take its state from under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
