"""The wire between tills and their server: an asyncio proxy whose toxic decides what becomes of each request.

It knows requests and answers as bytes, one of each a connection, as the till's client makes them; not what they say.
"""

import asyncio
import contextlib
import random
import re
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

HEAD_END: Final = b"\r\n\r\n"
HEAD_BYTES_MAX: Final = 16384
CHUNK_BYTES: Final = 1024
PAST_MAX: Final = 200
LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
KEEP: Final = re.compile(rb"(?i)\r\nconnection:[^\r]*")
CONNECT_S: Final = 5.0
# Linger on, for no time: closing then resets the connection instead of ending it.
LINGER_NOT: Final = struct.pack("ii", 1, 0)

Past = deque[tuple[bytes, bytes]]


class Call:
    """One request of a till on its way; a toxic hears it, asks the server, and says an answer, or not.

    ``past`` holds the latest requests that were answered, with their answers.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Callable[[], str], past: Past,
        chance: random.Random,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._writer = writer
        self._target = target
        self._opened: list[asyncio.StreamWriter] = []
        self.past = past
        self.chance = chance

    async def hear(self, byte_s: float = 0) -> bytes:
        """Return the whole request, taking so long for each byte of it."""
        return await _request(self._reader, byte_s)

    async def send(self, request: bytes, target: str | None = None) -> asyncio.StreamReader:
        """Give these bytes to the server and end there; return what it will answer on."""
        url = await asyncio.to_thread(self._target) if target is None else target
        address = urlsplit(url).netloc
        host, _, port = address.rpartition(":")
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(host, port)
        self._opened.append(writer)
        writer.write(request)
        await writer.drain()
        return reader

    async def ask(self, request: bytes, target: str | None = None) -> bytes:
        """Return the server's whole answer to a request."""
        head, body = request.split(HEAD_END, 1)
        last = KEEP.sub(b"", head) + b"\r\nConnection: close" + HEAD_END + body
        answer = await (await self.send(last, target)).read()
        if target is None:
            self.past.append((request, answer))
        return answer

    async def say(self, answer: bytes, byte_s: float = 0) -> None:
        """Give these bytes to the till, taking so long for each of them."""
        step = CHUNK_BYTES if byte_s else len(answer) or 1
        for start in range(0, len(answer), step):
            part = answer[start : start + step]
            await asyncio.sleep(len(part) * byte_s)
            self._writer.write(part)
            await self._writer.drain()

    async def wait(self) -> None:
        """Wait until the till has hung up."""
        while await self._reader.read(CHUNK_BYTES):
            continue

    def reset(self) -> None:
        """Break the connection off as a router does that has forgotten it."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        self._writer.transport.abort()

    def close(self) -> None:
        """Hang up on both sides."""
        for writer in (self._writer, *self._opened):
            writer.close()


async def _request(reader: asyncio.StreamReader, byte_s: float) -> bytes:
    """Read a head and as much body as it announces."""
    head = await reader.readuntil(HEAD_END)
    await asyncio.sleep(len(head) * byte_s)
    length = LENGTH.search(head)
    left = int(length[1]) if length else 0
    parts = [head]
    while left:
        part = await reader.read(min(left, CHUNK_BYTES if byte_s else left))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
        await asyncio.sleep(len(part) * byte_s)
    return b"".join(parts)


Toxic = Callable[[Call], Awaitable[None]]


async def passing(call: Call) -> None:
    """Pass the request and its answer on, whole."""
    await call.say(await call.ask(await call.hear()))


class Proxy:
    """Listens on one address for its whole life and passes on to wherever ``target`` says at each request.

    ``suffer`` ends what is open and gives every new request to a toxic; ``heal`` passes new ones on and leaves what
    hangs to hang. The same seed deals each request, by its number, the same chances.
    """

    def __init__(self, target: Callable[[], str], *, seed: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._target = target
        self._seed = seed
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._calls: set[asyncio.Task[None]] = set()
        self._past: Past = deque(maxlen=PAST_MAX)
        self._toxic: Toxic = passing
        self._came = threading.Condition()
        self.connections = 0
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"

    def suffer(self, toxic: Toxic) -> None:
        """End what is open; let this become of what comes."""
        self._toxic = toxic
        self._loop.call_soon_threadsafe(self._hang_up)

    def heal(self) -> None:
        """Pass on what comes."""
        self._toxic = passing

    def wait_beyond(self, connections: int, timeout_s: float) -> bool:
        """Wait until more connections than these have come; return whether they have."""
        with self._came:
            return self._came.wait_for(lambda: self.connections > connections, timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._take, sock=self._listening, ssl=self._tls, limit=HEAD_BYTES_MAX)

    async def _end(self) -> None:
        self._server.close()
        self._hang_up()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._server.wait_closed()

    def _hang_up(self) -> None:
        for call in self._calls:
            call.cancel()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        with self._came:
            self.connections += 1
            self._came.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chance = random.Random(f"{self._seed}/{self.connections}")
        call = Call(reader, writer, self._target, self._past, chance)
        try:
            # Whoever hangs up, or is not there, ends the call.
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
                await self._toxic(call)
        finally:
            call.close()
