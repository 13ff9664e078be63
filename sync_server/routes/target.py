"""What is asked for: no route sees letters that no database holds, and an address says in which ways it is asked."""

from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from sync_server.errors import Refused

NUL: Final = "\0"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed(request: Request) -> list[str]:
    """Return every method that a request's address can be asked by: each route knows but its own."""
    routes = request.app.routes
    asked = {"type": "http", "path": request.scope["path"], "root_path": request.scope.get("root_path", "")}
    return [
        method
        for method in METHODS
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in routes)
    ]


class Target:
    """Refuses a request whose path or query holds a NUL character or is not UTF-8."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or raise Refused."""
        if scope["type"] == "http":
            _check(scope["path"].encode(errors="surrogatepass"), "address")
            _check(unquote_to_bytes(scope.get("raw_path") or b""), "address")
            _check(unquote_to_bytes(scope["query_string"]), "query")
        await self._app(scope, receive, send)


def _check(told: bytes, where: str) -> None:
    try:
        text = told.decode()
    except UnicodeDecodeError:
        raise Refused(f"the {where} is not UTF-8") from None
    if NUL in text:
        raise Refused(f"the {where} holds a NUL character")
