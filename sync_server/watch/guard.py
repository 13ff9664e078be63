"""What stands before every route: limits for each address and each key, and what browsers are told of each answer."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_server.errors import RateLimited
from sync_server.settings import LimitSettings
from sync_server.watch.limits import Buckets

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


class Guard:
    """Refuses who asks too often, and adds the security headers.

    Three counts: requests of an address, requests of a token, and guesses: answers that a wrong key, code or PIN got,
    by address. When an address has guessed too often, only tokens that were good before are let through from it, so
    that a till behind the same line goes on. This machine's own requests are limited by their token alone.
    """

    def __init__(self, app: ASGIApp, limits: LimitSettings, boot_ms: Callable[[], int]) -> None:
        """Wrap an application."""
        self._app = app
        self._boot_ms = boot_ms
        self._addresses = Buckets(limits.address_per_minute)
        self._tokens = Buckets(limits.device_per_minute)
        self._guesses = Buckets(limits.guesses_per_minute)
        self._known: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer that it came too soon."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address, token = address_of(scope), _token_of(scope)
        wait_ms = self._wait_ms(address, token)
        if wait_ms:
            raise RateLimited(
                "too many requests: ask again later", retry_after_s=-(-wait_ms // SECOND_MS)
            )  # fmt: skip

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._learn(address, token, message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault(*HSTS)
            await send(message)

        await self._app(scope, receive, guarded)

    def _wait_ms(self, address: str, token: str) -> int:
        now_ms = self._boot_ms()
        if token and (wait_ms := self._tokens.take(token, now_ms)):
            return wait_ms
        if not address:
            return 0
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


def _token_of(scope: Scope) -> str:
    """Return the hash of what a request shows: the limits keep no secrets."""
    shown = Headers(scope=scope).get("authorization", "")
    return sha256(shown.encode(errors="surrogatepass")).hexdigest() if shown else ""
