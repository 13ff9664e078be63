"""What stands before every route: limits for each address and each key, and what browsers are told of each answer."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_server.errors import RateLimited
from sync_server.rights import tokens
from sync_server.settings import LimitSettings
from sync_server.watch.limits import Buckets, Rate

SECURITY: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
HSTS: Final = ("strict-transport-security", "max-age=31536000")
# Answers that a guess of a key, a code or a PIN gets.
GUESSED: Final = frozenset({401, 403, 422})
GOOD_BELOW: Final = 400
KNOWN_MAX: Final = 10_000
SECOND_MS: Final = 1000
DEVICE: Final = "device"
MIB: Final = 1 << 20
ANNOUNCED_MAX: Final = 20 * MIB
DIGITS_MAX: Final = 15
THIS_MACHINE: Final = "this machine"
CALLS: Final = "/v1/"
log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Allowance:
    """What each token of one kind may ask: requests, and bytes of bodies."""

    requests: Buckets
    sent: Buckets


class Guard:
    """Refuses who asks too often or sends too much, and adds the security headers.

    Four counts: requests of a token, bytes of its bodies, requests of an address, and guesses: answers that a wrong
    key, code or PIN got, by address. When an address has guessed too often, only tokens that were good before are let
    through from it, so that a till behind the same line goes on. Whoever asks from this machine has no limit, unless
    a proxy is ``in_front``: then everybody may seem to, and this machine is an address like any other.
    """

    def __init__(
        self, app: ASGIApp, limits: LimitSettings, boot_ms: Callable[[], int], *, in_front: bool = False
    ) -> None:
        """Wrap an application."""
        self._app = app
        self._boot_ms = boot_ms
        self._in_front = in_front
        sent = Rate(limits.body_mib_burst * MIB, limits.body_mib_per_minute * MIB)
        self._allowed: dict[str, _Allowance] = {
            kind: _Allowance(Buckets(rate), Buckets(sent))
            for kind, rate in (
                (DEVICE, Rate(limits.device_burst, limits.device_per_minute)),
                (tokens.SESSION, Rate(limits.session_burst, limits.session_per_minute)),
                (tokens.SERVICE, Rate(limits.service_burst, limits.service_per_minute)),
            )
        }
        self._addresses = Buckets(Rate(limits.address_per_minute, limits.address_per_minute))
        self._guesses = Buckets(Rate(limits.guesses_per_minute, limits.guesses_per_minute))
        self._known: OrderedDict[str, None] = OrderedDict()
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer that it came too soon."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        address, token, allowed = self._address(scope, headers), _token_of(headers), self._allowance(headers)
        limited = bool(token) and bool(address)
        announced = _announced(headers)
        if limited:
            _refuse(self._token_wait_ms(allowed, token, announced))
        if address:
            _refuse(self._address_wait_ms(address, token))

        async def counted() -> Message:
            message = await receive()
            if size := len(message.get("body", b"")):
                _refuse(allowed.sent.take(token, self._boot_ms(), size))
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._learn(address, token, message["status"])
                answered = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    answered.setdefault(name, value)
                if scope["scheme"] == "https":
                    answered.setdefault(*HSTS)
            await send(message)

        # A body that does not say how long it is, is counted as it comes.
        await self._app(scope, counted if limited and announced is None else receive, guarded)

    def _address(self, scope: Scope, headers: Headers) -> str:
        """Return what a request is counted under, "" for what has no limit; say once when a proxy names nobody."""
        address = address_of(scope)
        if not self._in_front:
            return address
        # Monitors may ask past the proxy.
        if not self._has_warned and scope["path"].startswith(CALLS) and not _is_told(scope, headers):
            self._has_warned = True
            _warn(scope)
        return address or THIS_MACHINE

    def _allowance(self, headers: Headers) -> _Allowance:
        """Return what the kind of token that is shown may ask; one that only looks like it opens nothing."""
        shown = headers.get("authorization", "").rpartition(" ")[2]
        return self._allowed.get(shown.partition("_")[0], self._allowed[DEVICE])

    def _token_wait_ms(self, allowed: _Allowance, token: str, announced: int | None) -> int:
        now_ms, size = self._boot_ms(), announced or 0
        if size and (wait_ms := allowed.sent.wait_ms(token, now_ms, size)):
            return wait_ms
        if wait_ms := allowed.requests.take(token, now_ms):
            return wait_ms
        return allowed.sent.take(token, now_ms, size) if size else 0

    def _address_wait_ms(self, address: str, token: str) -> int:
        now_ms = self._boot_ms()
        if token not in self._known and (wait_ms := self._guesses.wait_ms(address, now_ms)):
            return wait_ms
        return self._addresses.take(address, now_ms)

    def _learn(self, address: str, token: str, status: int) -> None:
        if status in GUESSED and address:
            self._guesses.take(address, self._boot_ms())
        elif status < GOOD_BELOW and token:
            self._known[token] = None
            self._known.move_to_end(token)
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)


def _is_told(scope: Scope, headers: Headers) -> bool:
    """Tell whether a request's address is one that a proxy named: it was taken from the header then."""
    host = scope["client"][0] if scope.get("client") else ""
    return bool(host) and any(host in told for told in headers.getlist("x-forwarded-for"))


def _warn(scope: Scope) -> None:
    log.warning(
        "a request came from %s without an X-Forwarded-For that is believed: all that come so share the limits of"
        " one address; let the proxy set that header, and name the proxy in FORWARDED_ALLOW_IPS",
        scope["client"][0] if scope.get("client") else "a local socket",
    )


def _refuse(wait_ms: int) -> None:
    """Raise RateLimited when there is something to wait for."""
    if wait_ms:
        raise RateLimited("too much at once: ask again later", retry_after_s=-(-wait_ms // SECOND_MS))


def _announced(headers: Headers) -> int | None:
    """Return how many bytes a body is said to have, none of them without one; None when it is not said."""
    said = headers.get("content-length")
    if said is None:
        return None if "transfer-encoding" in headers else 0
    if not (said.isascii() and said.isdigit()):
        return None
    # Nobody is held to more than any call takes: the rest is never read.
    return ANNOUNCED_MAX if len(said) > DIGITS_MAX else min(int(said), ANNOUNCED_MAX)


def address_of(scope: Scope) -> str:
    """Return the address that a request comes from, "" for this machine's own; of IPv6 its network of 64 bits."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return str(host)
    if address.is_loopback:
        return ""
    if address.version == 6:  # noqa: PLR2004  who has one address of a network has them all
        return str(int(address) >> 64)
    return str(address)


def _token_of(headers: Headers) -> str:
    """Return the hash of what a request shows: the limits keep no secrets."""
    shown = headers.get("authorization", "")
    return sha256(shown.encode(errors="surrogatepass")).hexdigest() if shown else ""
