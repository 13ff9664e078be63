"""The head of a request on the wire: how long it may take to come, and how large it may be.

Whoever opens a connection and says nothing, or says a header a minute, holds no place for long; nor does who never
sends the greeting of TLS.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S: Final = 10.0
HEAD_BYTES_MAX: Final = 32 << 10
HEAD_END: Final = b"\r\n\r\n"
SIGNS_A_LINE: Final = len(b": \r\n")


class Impatient(HttpToolsProtocol):
    """Uvicorn's protocol that ends a connection whose next request does not come to the point.

    What is left of a body that was answered before it ended counts as part of the next head.
    """

    head_s: ClassVar[float] = HEAD_S
    _timer: asyncio.TimerHandle | None = None
    _size = 0
    _kept = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first head."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before a head is whole."""
        if self._timer is None and self._is_between():
            self._expect()
        if self._timer is not None:
            self._size += len(data)
            if self._size > HEAD_BYTES_MAX and HEAD_END not in data:
                self._end()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Keep nothing of a request yet."""
        self._kept = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Keep what is asked for."""
        self._keep(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, or a trailer after a body."""
        self._keep(len(name) + len(value) + SIGNS_A_LINE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Be patient from here on: a body has its own deadline."""
        self._come()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, unless the line is closed already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _keep(self, size: int) -> None:
        """Count what a request leaves here however it came: a read may hold a head of any size, whole."""
        self._kept += size
        if self._kept > HEAD_BYTES_MAX:
            self._end()
            raise ValueError("the head is too large")  # the parser stops at whatever a callback raises

    def _is_between(self) -> bool:
        last: RequestResponseCycle | None = self.cycle
        return last is not None and last.response_complete

    def _expect(self) -> None:
        self._size = 0
        self._timer = self.loop.call_later(self.head_s, self._end)

    def _come(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        self._come()
        if not self.transport.is_closing():
            self.transport.close()


def impatient(seconds: float) -> type[Impatient]:
    """Return the protocol with this deadline for each head; uvicorn makes one of it for each connection."""

    class OfThisServer(Impatient):
        head_s = seconds

    return OfThisServer


class Prompt(uvicorn.Config):
    """Uvicorn's settings, of a server that waits for the greeting of TLS as long as for a head: its own is a minute."""

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Return what makes the loop; whatever listens on it has that patience."""
        usual, protocol = super().get_loop_factory(), self.http
        if usual is None or not self.is_ssl or not (isinstance(protocol, type) and issubclass(protocol, Impatient)):
            return usual

        def made() -> asyncio.AbstractEventLoop:
            loop = usual()
            # Uvicorn passes no such time on to the loop, whose own is a minute.
            loop.create_server = partial(  # type: ignore[method-assign]
                loop.create_server, ssl_handshake_timeout=protocol.head_s
            )
            return loop

        return made
