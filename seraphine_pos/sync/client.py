"""The one door to the network: the store's server over HTTP, and the only place that knows httpx.

No error of the network leaves it unmapped. httpx is loaded at the first request, never at start-up.
"""

import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from seraphine_pos.domain import remark, report
from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.pairing import check_line
from seraphine_pos.domain.protocol import Enrolment, Head, ImportRow, Page, RowResult
from seraphine_pos.domain.refusal import AnswerNotOurs, NotEnrolled, ServerTimedOut, ServerUnavailable, Unavailable
from seraphine_pos.domain.remark import Remark
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.sync import answer
from seraphine_pos.sync.answer import Answer, Health, Json
from seraphine_pos.sync.batch import Batch
from seraphine_pos.sync.deadline import Deadline

if TYPE_CHECKING:
    import ssl

    import httpx

    from seraphine_pos.domain.day_proof import DayTickets, StoreProofs
    from seraphine_pos.domain.proof import Proof
    from seraphine_pos.domain.quarantine import Quarantine

ANSWER_BYTES_MAX: Final = 32 << 20
GZIP_LEVEL: Final = 6
NONCE_BYTES: Final = 16
ON_ITS_WAY: Final = "http11.send_request_body.complete"

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a connection, for the next bytes, and for a whole request with its answer."""

    connect_s: float = 5.0
    read_s: float = 30.0
    whole_s: float = 60.0


class HttpServer:
    """The store's server as ``domain.protocol.Server``, over HTTP; may be used by several threads at once.

    ``url`` and ``device_key`` may be functions, asked at each request: a restarted child has a new port.
    An empty ``server_id`` believes any server: for enrolment and for looking who is there. ``authority`` (DER in
    Base64) is the only one whose certificates are believed; without it the public ones are. Plain HTTP stays here.
    """

    def __init__(
        self,
        url: str | Callable[[], str],
        device_key: str | Callable[[], str],
        server_id: str,
        *,
        authority: str = "",
        timeouts: Timeouts | None = None,
        transport: "httpx.BaseTransport | None" = None,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        self._url = url
        self._random_bytes = random_bytes
        self._device_key = device_key
        self._server_id = server_id
        self._authority = authority
        self._timeouts = timeouts or Timeouts()
        self._transport = transport
        self._clients: dict[bool, httpx.Client] = {}
        self._in_flight: set[Deadline] = set()
        self._lock = threading.Lock()

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        """Send entries, or none to say hello; return the server's head, whatever happened."""
        batch = entries if isinstance(entries, Batch) else Batch(entries)
        acknowledged = {"seq": acknowledged_seq, "hash": acknowledged_hash.hex()}
        envelope = _json({"journal_id": journal_id, "acknowledged": acknowledged})
        content = b'%b,"entries":%b}' % (envelope.removesuffix(b"}"), batch.wire)
        # The id of a push names its entries: both sides' logs can be searched for any of them.
        named = f"{journal_id}_{entries[0].seq}-{entries[-1].seq}" if entries else ""
        answered = self._ask("POST", "/v1/push", content=content, request_id=named, meanwhile=batch.gone)
        return answer.believe(answered, self._server_id, answer.head)

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        """Return the hashes the server holds at these places of a journal."""
        return self._post("/v1/hashes", {"journal_id": journal_id, "seqs": list(seqs)}, answer.hashes)

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        """Return the next documents after ``rev`` of the feed."""
        return self._post("/v1/pull", {"feed_id": feed_id, "rev": rev, "journal_id": journal_id}, answer.page)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        """Return the next entries of a journal after a place, for recovery."""
        asked: Json = {"journal_id": journal_id, "after": after}
        return self._post("/v1/entries", asked, lambda wire: answer.entries(journal_id, wire))

    def journals(self) -> list[Head]:
        """Return where the server stands in each journal of this till, in the order they were opened."""
        # An old list, from a cache on the way, would bring a lost till back without its last journals.
        nonce = self._random_bytes(NONCE_BYTES).hex()
        answered = self._ask("GET", "/v1/journals", params={"nonce": nonce})
        return answer.believe(answered, self._server_id, partial(answer.journals, nonce))

    def report(self, query: ReportQuery) -> ReportData:
        """Return the figures of a period over all tills."""
        params = {"start": query.start, "end": query.end} | ({"till": query.till_id} if query.till_id else {})
        return answer.believe(self._ask("GET", "/v1/report", params=params), self._server_id, report.from_wire)

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        """Set at most IMPORT_ROWS_MAX products in one revision."""
        wire = [{"key": row.key, "body": dict(row.body)} for row in rows]
        asked: Json = {"operator_id": operator_id, "dry_run": dry_run, "rows": wire}
        return self._post("/v1/products/import", asked, answer.row_results)

    def feedback(self) -> list[Remark]:
        """Return what people said, newest first."""
        return answer.believe(self._ask("GET", "/v1/feedback"), self._server_id, remark.from_wire)

    def quarantine(self) -> "Quarantine":
        """Return the entries that no report of the store includes, newest first."""
        from seraphine_pos.domain.quarantine import from_wire  # hardly ever asked for

        return answer.believe(self._ask("GET", "/v1/quarantine"), self._server_id, from_wire)

    def proofs(self, query: ReportQuery) -> "StoreProofs":
        """Return what the tickets of some days come to on the server, and what the tills told of them."""
        from seraphine_pos.domain.day_proof import from_wire

        params = {"start": query.start, "end": query.end} | ({"till": query.till_id} if query.till_id else {})
        return answer.believe(self._ask("GET", "/v1/proofs", params=params), self._server_id, from_wire)

    def day_tickets(self, till_id: str, day: str, after: str) -> "DayTickets":
        """Return the next tickets of a till's business day by event id, as the server counted them."""
        from seraphine_pos.domain.day_proof import tickets_from_wire

        params = {"till": till_id, "day": day, "after": after}
        answered = self._ask("GET", "/v1/proofs/tickets", params=params)
        return answer.believe(answered, self._server_id, tickets_from_wire)

    def tell(self, proofs: "Sequence[Proof]") -> None:
        """Tell this till's own side of some days."""
        told = [{"day": one.day, "tickets": one.tickets, "net": one.net, "digest": one.digest} for one in proofs]
        self._post("/v1/proofs", {"proofs": told}, lambda _: None)

    def enrol(self, code: str, machine: str) -> Enrolment:
        """Trade a one-time code for a till's identity; raise CodeRefused when the server does not take the code."""
        content = json.dumps({"code": code, "machine": machine}).encode()
        return answer.believe_enrolment(self._ask("POST", "/v1/enrol", content=content))

    def health(self) -> Health:
        """Return who answers at this address."""
        return answer.believe(self._ask("GET", "/healthz"), self._server_id, answer.health)

    def authority(self) -> str:
        """Return the certificate (DER in Base64) that the server says tills are to trust; empty for public trust."""
        return answer.believe(self._ask("GET", "/v1/authority"), self._server_id, answer.authority)

    def interrupt(self) -> None:
        """End the requests in flight; each raises ServerUnavailable where it was made."""
        with self._lock:
            in_flight = list(self._in_flight)
        for deadline in in_flight:
            deadline.cut()

    def close(self) -> None:
        """End what is in flight and give the client's memory back; a later request opens it anew."""
        self.interrupt()
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _post(self, path: str, asked: Json, read: Callable[[Json], Value]) -> Value:
        return answer.believe(self._ask("POST", path, content=_json(asked)), self._server_id, read)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: dict[str, str] | None = None,
        request_id: str = "",
        meanwhile: Callable[[], None] | None = None,
    ) -> Answer:
        """Send one request and read its whole answer within the deadline; raise only failures of ours."""
        import httpx

        url = self._url if isinstance(self._url, str) else self._url()
        check_line(url)
        headers = self._headers(sends=content is not None)
        if request_id:
            headers["X-Request-ID"] = request_id
        if content is not None and not _is_plain(url):
            # Not for loopback: packing costs a sale more time than everything else the till does for it here.
            content = gzip.compress(content, GZIP_LEVEL)
            headers["Content-Encoding"] = "gzip"
        deadline = Deadline(self._timeouts.whole_s)
        try:
            client = self._opened(url)
            request = client.build_request(
                method, url.rstrip("/") + path, content=content, params=params, headers=headers
            )
            request.extensions["trace"] = _watched(deadline, meanwhile)
            with deadline, self._noted(deadline):
                return self._sent(client, request, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, UnicodeError) as error:
            raise self._failure(error, deadline, url) from error

    @contextmanager
    def _noted(self, deadline: Deadline) -> Iterator[None]:
        with self._lock:
            self._in_flight.add(deadline)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(deadline)

    def _sent(self, client: "httpx.Client", request: "httpx.Request", deadline: Deadline) -> Answer:
        response = client.send(request, stream=True)
        try:
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if len(content) > ANSWER_BYTES_MAX:
                    raise AnswerNotOurs(reason="réponse trop longue")
                if deadline.passed:
                    raise self._too_late()
        finally:
            response.close()
        return Answer(response.status_code, response.headers.get("content-type", ""), bytes(content))

    def _headers(self, *, sends: bool) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        key = self._device_key if isinstance(self._device_key, str) else self._device_key()
        if key:
            if not (key.isascii() and key.isprintable()):
                raise NotEnrolled  # what is in the keyring was never a key
            headers["Authorization"] = f"Bearer {key}"
        if sends:
            headers["Content-Type"] = "application/json"
        return headers

    def _opened(self, url: str) -> "httpx.Client":
        """Return the client: no proxy, no redirect, one connection a request so that a deadline cuts it alone.

        The one for plain http, which is loopback, is spared the 50 ms and the memory of loading certificates.
        """
        import httpx

        plain = _is_plain(url)
        with self._lock:
            if plain not in self._clients:
                self._clients[plain] = httpx.Client(
                    verify=self._trusted(plain=plain),
                    timeout=httpx.Timeout(self._timeouts.read_s, connect=self._timeouts.connect_s),
                    limits=httpx.Limits(max_keepalive_connections=0),
                    transport=self._transport,
                    trust_env=False,
                    follow_redirects=False,
                )
            return self._clients[plain]

    def _trusted(self, *, plain: bool) -> "ssl.SSLContext | bool":
        """Return whom to believe: nobody needs to be where nothing is encrypted."""
        if plain or not self._authority:
            return not plain
        from seraphine_pos.sync import trust

        return trust.of_authority(self._authority)

    def _failure(self, error: Exception, deadline: Deadline, url: str) -> Unavailable:
        import httpx

        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
            return ServerUnavailable(reason=f"adresse inutilisable : {url:.80}")
        if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.PoolTimeout):
            return _unconnected(error, url)
        if deadline.passed:
            return self._too_late()
        if isinstance(error, httpx.TimeoutException):
            return ServerTimedOut(reason=f"{self._timeouts.read_s:g} s")
        if isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
            return AnswerNotOurs(reason="réponse illisible")
        return ServerUnavailable(reason="échange coupé")

    def _too_late(self) -> ServerTimedOut:
        return ServerTimedOut(reason=f"{self._timeouts.whole_s:g} s")


def authority_of(url: str, pin: str, timeouts: Timeouts | None = None) -> str:
    """Ask a server for its authority's certificate, over a line that proves nothing; return it if it has this pin.

    Nothing but the question is sent. Raises AnswerNotOurs for another one, PlainLine, and what is out of reach.
    """
    import httpx

    from seraphine_pos.sync import trust

    server = HttpServer(url, "", "", timeouts=timeouts, transport=httpx.HTTPTransport(verify=trust.unproven()))
    try:
        return trust.proven(server.authority(), pin)
    finally:
        server.close()


def _json(asked: Json) -> bytes:
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()


def _watched(deadline: Deadline, meanwhile: Callable[[], None] | None) -> Callable[[str, Mapping[str, Any]], None]:
    """Return what the transport tells its steps to: the deadline, and whoever uses the time of waiting."""

    def trace(event: str, details: Mapping[str, Any]) -> None:
        deadline.trace(event, details)
        if event == ON_ITS_WAY and meanwhile is not None:
            meanwhile()

    return trace


def _unconnected(error: Exception, url: str) -> Unavailable:
    """Return why there is no connection: nobody is there, or somebody whose certificate is not believed."""
    if not _is_plain(url):
        from seraphine_pos.sync import trust

        if (untrusted := trust.refused(error)) is not None:
            return untrusted
    return ServerUnavailable(reason="pas de connexion")


def _is_plain(url: str) -> bool:
    """Tell whether an address is plain http, which is loopback."""
    return url.lower().startswith("http://")
