"""The server's one way out: signed messages to receivers, and the only place of the server that knows httpx.

A name is looked up once, judged, and that very address is connected to; no proxy, no redirect, fifteen seconds in all.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from sync_server import signature
from sync_server.errors import Problem
from sync_server.outgoing import destination, outbox
from sync_server.outgoing.destination import Destination, Resolve
from sync_server.outgoing.outbox import Message
from sync_server.transaction import Transaction

if TYPE_CHECKING:
    import httpx

WHOLE_S: Final = 15.0
CONNECT_S: Final = 5.0
LOOK_UP_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 * 1024
AT_ONCE: Final = 50
GONE: Final = 410
GOOD: Final = range(200, 300)
AGENT: Final = "seraphine-server"
CONNECTED: Final = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})

Write = Callable[[], AbstractContextManager[Transaction]]


class NotDelivered(Exception):
    """A message did not arrive, with the reason in one sentence."""


class Sender(Protocol):
    """Whoever carries a message to an address."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer; raise NotDelivered when there is none, or when it may not be sent."""
        ...


@dataclass(slots=True)
class Deliveries:
    """What became of the messages that were due."""

    delivered: int = 0
    failed: int = 0


def deliver(write: Write, sender: Sender, *, most: int = AT_ONCE) -> Deliveries:
    """Send what is due, one message after the other, no transaction open meanwhile.

    Several of these at once share the messages; one that dies gives its message back after a minute.
    """
    done = Deliveries()
    while done.delivered + done.failed < most:
        with write() as tx:
            message = outbox.take(tx)
            timestamp = str(tx.now_ms // 1000)
        if message is None:
            break
        problem, status = _sent(sender, message, timestamp)
        with write() as tx:
            if problem is None:
                outbox.delivered(tx, message)
            elif status == GONE:
                outbox.gone(tx, message)
            else:
                outbox.failed(tx, message, problem)
        done.delivered += problem is None
        done.failed += problem is not None
    return done


def _sent(sender: Sender, message: Message, timestamp: str) -> tuple[str | None, int]:
    """Send a message; return why it did not arrive, None when it did, and the status of the answer."""
    headers = {
        "content-type": "application/json",
        "user-agent": AGENT,
        "webhook-id": message.message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature.sign(message.secret, message.message_id, timestamp, message.body),
    }
    try:
        status = sender.send(message.url, headers, message.body)
    except NotDelivered as problem:
        return str(problem), 0
    return (None if status in GOOD else f"answered {status}"), status


class HttpSender:
    """Carries messages over HTTP to public addresses, and to the hosts and ports that are allowed by name."""

    def __init__(
        self,
        allow: Collection[str],
        *,
        resolve: Resolve | None = None,
        transport: "Callable[[], httpx.BaseTransport] | None" = None,
        whole_s: float = WHOLE_S,
    ) -> None:
        self._allow = frozenset(allow)
        self._resolve = resolve or system_resolve
        self._transport = transport
        self._whole_s = whole_s

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Send one message within the deadline and return the status of the answer."""
        began_s = time.monotonic()
        try:
            where = destination.read(url, self._allow)
            address = destination.look_up(where, self._resolve)
        except Problem as problem:
            raise NotDelivered(problem.message) from problem
        except OSError as problem:
            raise NotDelivered(f"the name could not be looked up: {problem.strerror or problem}") from problem
        return self._post(where, address, headers, body, self._whole_s - (time.monotonic() - began_s))

    def _post(self, where: Destination, address: str, headers: Mapping[str, str], body: bytes, left_s: float) -> int:
        import httpx

        at = f"[{address}]" if ":" in address else address
        deadline = _Deadline(max(left_s, 0.1))
        client = httpx.Client(
            verify=where.scheme == "https",
            timeout=httpx.Timeout(self._whole_s, connect=CONNECT_S),
            transport=self._transport() if self._transport else None,
            trust_env=False,
            follow_redirects=False,
        )
        try:
            with client, deadline:
                request = client.build_request(
                    "POST", f"{where.scheme}://{at}:{where.port}{where.path}", content=body,
                    headers={**headers, "host": where.authority},
                    extensions={"sni_hostname": where.host, "trace": deadline.trace},
                )  # fmt: skip
                return _status(client.send(request, stream=True))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as problem:
            if deadline.passed:
                raise NotDelivered(f"no whole answer within {self._whole_s:g} seconds") from problem
            raise NotDelivered(f"{type(problem).__name__}: {problem}") from problem


def _status(response: "httpx.Response") -> int:
    """Return the status of an answer once the answer is read, or is long enough: what it says is not looked at."""
    try:
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                break
    finally:
        response.close()
    return response.status_code


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Return what the system says that a name stands for; raise OSError, also when it does not say in time."""
    found: list[str] = []
    problems: list[OSError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as problem:
            problems.append(problem)
        else:
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    asking = threading.Thread(target=ask, name="look-up", daemon=True)  # getaddrinfo knows no deadline
    asking.start()
    asking.join(LOOK_UP_S)
    if asking.is_alive():
        raise TimeoutError(f"no answer for {host} within {LOOK_UP_S:g} seconds")
    if problems:
        raise problems[0]
    return found


class _Deadline:
    """Cuts the connection when the time is over: a time-out by the byte lets a trickling answer last for ever."""

    def __init__(self, whole_s: float) -> None:
        self.passed = False
        self._timer = threading.Timer(whole_s, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Take the connection from the transport's own report of what it does."""
        if event in CONNECTED:
            with self._lock:
                self._socket = details["return_value"].get_extra_info("socket")
            if self.passed:
                self._cut()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_problem: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # closed in this very moment: nothing is left to cut
                    # The method of the plain socket: the one of TLS would take its state from under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
