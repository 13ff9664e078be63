"""Each request under its id: answered whatever happens, measured, and told in the log.

The id is the caller's where it sends one that can be one, so that a sale can be followed from the till's log to here.
"""

import logging
import re
import time
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seraphine_pos.domain.clock import new_id
from sync_server.errors import Problem
from sync_server.routes.answer import failure
from sync_server.store_server import StoreServer
from sync_server.watch import logs
from sync_server.watch.metrics import Metrics

log: Final = logging.getLogger(__name__)
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
BAD_FROM: Final = 400
NO_ROUTE: Final = "none"
NS_A_MS: Final = 1_000_000


class Access:
    """Gives each request an id that its answer and its log lines carry, and answers for refusals and bugs."""

    def __init__(self, app: ASGIApp, server: StoreServer, metrics: Metrics) -> None:
        """Wrap an application."""
        self._app = app
        self._server = server
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.request_id = request_id = self._id_of(request)
        begun_ns = time.perf_counter_ns()
        status = 0

        async def named_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named_send)
        except Exception as problem:
            if status:
                raise
            await self._answer_for(problem, request)(scope, receive, named_send)
        finally:
            self._tell(request, status, time.perf_counter_ns() - begun_ns)

    def _id_of(self, request: Request) -> str:
        given = request.headers.get("x-request-id", "")
        if REQUEST_ID.fullmatch(given):
            return given
        return new_id(self._server.clock.now_ms(), self._server.random_bytes)

    def _answer_for(self, problem: Exception, request: Request) -> ASGIApp:
        """Return the answer to a refusal from before the routes, or to a bug, which is logged whole."""
        now_ms = self._server.clock.now_ms()
        request_id = request.state.request_id
        if isinstance(problem, Problem):
            return failure(
                problem.status, problem.code, problem.message, details=problem.details, now_ms=now_ms,
                request_id=request_id,
            )  # fmt: skip
        log.error(
            "request %s failed: %s %s", request_id, request.method, request.url.path, exc_info=problem
        )  # fmt: skip
        told = "a fault in the server; it is in the log under the request's id"
        return failure(500, "INTERNAL", told, details={}, now_ms=now_ms, request_id=request_id)

    def _tell(self, request: Request, status: int, taken_ns: int) -> None:
        """Measure a request, and write a line when it changed something or was refused."""
        route: Any = request.scope.get("route")
        path = getattr(route, "path", NO_ROUTE)
        self._metrics.answered(request.method, path, status, taken_ns / 1e9)
        told: dict[str, object] = getattr(request.state, "told", {})
        if not told and status < BAD_FROM:
            return
        log.info(
            "%s %s %d", request.method, path, status,
            extra=logs.facts(
                request_id=request.state.request_id, ms=taken_ns // NS_A_MS,
                actor=getattr(request.state, "actor", None), **told,
            ),
        )  # fmt: skip
