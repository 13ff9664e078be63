"""The way between a till and the server: the real words of both sides, and a network that does its worst.

Requests are the bytes that the till's client sends, read by the server's own routes; answers are believed by the
till's own rules.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from fastapi import Request as Asked
from fastapi import Response

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import Head, ImportRow, Page, RowResult, entry_to_wire
from seraphine_pos.domain.refusal import PushDamaged, PushTooLarge, Refusal, ServerTimedOut, ServerUnavailable
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.sync import answer as believing
from seraphine_pos.sync.answer import Answer
from sync_server.errors import Problem, TooLarge, Unreadable
from sync_server.routes import till as routes
from sync_server.routes.answer import failure
from sync_server.routes.caller import Visit
from tests.simulation.disk import Crash
from tests.simulation.faults import Fault

Json = dict[str, Any]
Value = TypeVar("Value")
JSON: Final = "application/json"


def _nonce_of(content: bytes) -> str:
    """Return the nonce of a request; of one that was cut short nothing is understood."""
    try:
        return str(json.loads(content)["nonce"])
    except ValueError:
        raise Unreadable("the request was cut short") from None


ROUTES: Final[dict[str, Callable[[Visit, bytes], Response]]] = {
    "push": lambda visit, body: routes.push(Asked({"type": "http"}), visit, body),
    "hashes": routes.hashes,
    "pull": routes.pull,
    "entries": routes.entries,
    "journals": lambda visit, body: routes.journals(visit, _nonce_of(body)),
}
ON_THE_WAY: Final = (
    Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.DUPLICATE, Fault.LATE_REPLAY, Fault.REORDERED, Fault.CUT_REQUEST,
    Fault.CUT_ANSWER, Fault.WRONG_SERVER, Fault.PORTAL, Fault.OLD_ANSWER,
)  # fmt: skip
PORTAL_PAGE: Final = b"<!doctype html><title>Welcome</title><form>Please sign in</form>"
ANSWERS_KEPT: Final = 8


class Served(Protocol):
    """The server that the way leads to."""

    def visit(self, key: str) -> Visit:
        """Let the holder of a key in."""
        ...

    def revive(self) -> None:
        """Start the server again after its end."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of one call, and whose they are."""

    key: str
    path: str
    content: bytes


@dataclass(slots=True)
class Network:
    """What all tills share: the way to the server, what is still on it, and what a cache remembers."""

    server: Served
    chance: random.Random
    counts: Counter[str]
    trouble: float = 0.0
    kinds: tuple[Fault, ...] = ON_THE_WAY
    on_the_way: list[Request] = field(default_factory=list)
    remembered: dict[str, list[Answer]] = field(default_factory=dict)

    def carry(self, request: Request) -> Answer:
        """Take a request there and the answer back, or do what a bad network does."""
        if self.on_the_way and self.chance.random() < self.trouble:
            self.deliver_late()
        if self.chance.random() >= self.trouble:
            return self.deliver(request)
        fault = self.chance.choice(self.kinds)
        if fault is Fault.OLD_ANSWER and not self.remembered.get(request.path):
            return self.deliver(request)
        self.counts[fault] += 1
        return self._spoil(fault, request)

    def deliver_late(self) -> None:
        """Deliver a request that was on the way all the time; nobody waits for its answer."""
        late = self.on_the_way.pop(self.chance.randrange(len(self.on_the_way)))
        self.deliver(late)

    def deliver(self, request: Request) -> Answer:
        """Let the server read a request and answer."""
        try:
            response = ROUTES[request.path](self.server.visit(request.key), request.content)
        except Crash:
            self.server.revive()
            return Answer(502, "text/plain", b"")
        except Problem as problem:
            response = _refusal(problem.status, problem.code, problem.message)
        except PushDamaged as problem:
            response = _refusal(400, "DAMAGED", str(problem))
        except PushTooLarge:
            response = _refusal(TooLarge.status, TooLarge.code, "too many entries")
        except Refusal as problem:
            response = _refusal(422, "REFUSED", str(problem))
        answer = Answer(response.status_code, JSON, bytes(response.body))
        kept = self.remembered.setdefault(request.path, [])
        kept.append(answer)
        del kept[:-ANSWERS_KEPT]
        return answer

    def _spoil(self, fault: Fault, request: Request) -> Answer:
        if fault is Fault.LOST_REQUEST:
            raise ServerUnavailable(reason="pas de connexion")
        if fault in (Fault.WRONG_SERVER, Fault.PORTAL, Fault.OLD_ANSWER):
            return self._of_somebody_else(fault, request)
        if fault in (Fault.LATE_REPLAY, Fault.REORDERED):
            self.on_the_way.append(request)
        if fault is Fault.CUT_REQUEST:
            cut = self.chance.randrange(len(request.content))
            request = Request(request.key, request.path, request.content[:cut])
        answer = Answer(0, "", b"") if fault is Fault.REORDERED else self.deliver(request)
        if fault is Fault.DUPLICATE:
            answer = self.deliver(request)
        if fault in (Fault.LOST_ANSWER, Fault.REORDERED):
            raise ServerTimedOut(reason="30 s")
        if fault is Fault.CUT_ANSWER:
            cut = self.chance.randrange(len(answer.content) or 1)
            return Answer(answer.status, answer.media, answer.content[:cut])
        return answer

    def _of_somebody_else(self, fault: Fault, request: Request) -> Answer:
        """Return an answer that is not the server's to this request, which it never gets."""
        if fault is Fault.WRONG_SERVER:
            return Answer(200, JSON, _of_another_server(request))
        if fault is Fault.OLD_ANSWER:
            return self.chance.choice(self.remembered[request.path])
        return Answer(200, self.chance.choice(("text/html", JSON)), PORTAL_PAGE)


def _refusal(status: int, code: str, message: str) -> Response:
    return failure(status, code, message, details={}, now_ms=0, request_id="simulated")


def _of_another_server(request: Request) -> bytes:
    """Return what a server of another shop would say that has everything and knows nothing of it."""
    asked: Json = json.loads(request.content)
    last = asked["entries"][-1] if asked.get("entries") else asked.get("acknowledged", {})
    return json.dumps({
        "server_id": "another", "journal_id": asked.get("journal_id", ""), "journals": [], "seq": last.get("seq", 0),
        "hash": last.get("hash", ""), "durable": 0, "feed_id": "another", "rev": 1 << 40, "after": 0,
        "documents": [], "applied_seq": 1 << 40, "more": False, "hashes": {}, "entries": [],
    }).encode()  # fmt: skip


@dataclass(slots=True)
class Line:
    """One till's way to the server, as ``domain.protocol.Server``; ``ends`` may end the process between two calls."""

    network: Network
    key: str
    server_id: str
    ends: Callable[[], None]

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        gone = getattr(entries, "gone", None)
        if gone is not None:  # a batch that wants to know when it is on its way
            gone()
        asked = {
            "journal_id": journal_id,
            "acknowledged": {"seq": acknowledged_seq, "hash": acknowledged_hash.hex()},
            "entries": [entry_to_wire(entry) for entry in entries],
        }
        return self._ask("push", asked, believing.head)

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        return self._ask("hashes", {"journal_id": journal_id, "seqs": list(seqs)}, believing.hashes)

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        return self._ask("pull", {"feed_id": feed_id, "rev": rev, "journal_id": journal_id}, believing.page)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        asked = {"journal_id": journal_id, "after": after}
        return self._ask("entries", asked, lambda wire: believing.entries(journal_id, wire))

    def journals(self) -> list[Head]:
        nonce = self.network.chance.randbytes(8).hex()
        return self._ask("journals", {"nonce": nonce}, partial(believing.journals, nonce))

    def report(self, query: ReportQuery) -> ReportData:
        raise ServerUnavailable(reason="not asked here")

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        raise ServerUnavailable(reason="not asked here")

    def _ask(self, path: str, asked: Json, read: Callable[[Json], Value]) -> Value:
        self.ends()
        content = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
        answer = self.network.carry(Request(self.key, path, content))
        self.ends()
        return believing.believe(answer, self.server_id, read)
