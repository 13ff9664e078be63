"""The web application over a store's server: its routes, and what every failure becomes on the wire."""

import logging
import re
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.refusal import PushDamaged, PushTooLarge, Refusal
from sync_server.errors import Problem, TooLarge
from sync_server.routes import health, hooks, owner, proofs, till
from sync_server.routes.answer import failure
from sync_server.store_server import StoreServer

log: Final = logging.getLogger(__name__)
REFUSED: Final = 422
CODES: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


def build(server: StoreServer) -> FastAPI:
    """Return the application over a server."""
    app = FastAPI(title="Seraphine POS server", docs_url=None, redoc_url=None)
    app.state.server = server
    for router in (till.router, proofs.router, owner.router, hooks.router, health.router):
        app.include_router(router)
    app.add_middleware(Named, server=server)
    app.exception_handler(Problem)(_problem)
    app.exception_handler(PushDamaged)(_damaged)
    app.exception_handler(PushTooLarge)(_too_large)
    app.exception_handler(Refusal)(_refusal)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    return app


class Named:
    """Gives each request an id that its answer and its log lines carry, and answers for bugs."""

    def __init__(self, app: ASGIApp, server: StoreServer) -> None:
        """Wrap an application."""
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get("x-request-id", "")
        fresh = new_id(self._server.clock.now_ms(), self._server.random_bytes)
        request.state.request_id = request_id = given if REQUEST_ID.fullmatch(given) else fresh
        begun = False

        async def named_send(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named_send)
        except Exception:
            if begun:
                raise
            log.exception("request %s failed: %s %s", request_id, request.method, request.url.path)
            told = "a fault in the server; it is in the log under the request's id"
            now_ms = self._server.clock.now_ms()
            answer = failure(500, "INTERNAL", told, details={}, now_ms=now_ms, request_id=request_id)
            await answer(scope, receive, named_send)


def _failure(request: Request, status: int, code: str, message: str, **details: object) -> Response:
    server: StoreServer = request.app.state.server
    now_ms = server.clock.now_ms()
    return failure(status, code, message, details=details, now_ms=now_ms, request_id=request.state.request_id)


def _problem(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    return _failure(request, problem.status, problem.code, problem.message, **problem.details)


def _damaged(request: Request, problem: Exception) -> Response:
    reason = problem.details.get("reason", "") if isinstance(problem, PushDamaged) else ""
    return _failure(request, 400, "DAMAGED", str(reason))


def _too_large(request: Request, _problem: Exception) -> Response:
    return _failure(request, TooLarge.status, TooLarge.code, "too many entries in one push: send less at a time")


def _refusal(request: Request, problem: Exception) -> Response:
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(problem).__name__).upper()
    return _failure(request, REFUSED, code, str(problem))


def _invalid(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, RequestValidationError):
        raise problem
    told = "; ".join(f"{'.'.join(map(str, part['loc'][1:]))}: {part['msg']}" for part in problem.errors())
    return _failure(request, 400, "VALIDATION_ERROR", told)


def _http(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise problem
    return _failure(request, problem.status_code, CODES.get(problem.status_code, "REFUSED"), problem.detail)
