"""The web application over a store's server: its routes, and what every failure becomes on the wire."""

import re
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from seraphine_pos.domain.refusal import PushDamaged, PushTooLarge, Refusal
from sync_server import shape_faults
from sync_server.errors import Problem, TooLarge
from sync_server.routes import (
    audit,
    authority,
    conflicts,
    devices,
    feedback,
    health,
    hooks,
    insights,
    owner,
    price_list,
    products,
    proofs,
    reports,
    sales,
    service_keys,
    sessions,
    staff,
    till,
)
from sync_server.routes.answer import failure
from sync_server.routes.described import FAILURES
from sync_server.routes.document import Application
from sync_server.routes.target import Target, allowed
from sync_server.store_server import StoreServer
from sync_server.watch import telemetry
from sync_server.watch.access import Access
from sync_server.watch.guard import Guard
from sync_server.watch.metrics import Metrics

REFUSED: Final = 422
NOT_SO: Final = 405
SHOWN_MAX: Final = 80
SAID: Final = {
    404: "there is no call {path} here: /openapi.json lists them",
    NOT_SO: "{path} cannot be asked by {method}: the header Allow says how",
}
CODES: Final = {404: "NOT_FOUND", NOT_SO: "METHOD_NOT_ALLOWED"}


def build(server: StoreServer, *, in_front: bool = False) -> FastAPI:
    """Return the application over a server; ``in_front`` says that callers come through a proxy."""
    app = Application(
        title="Seraphine POS server",
        docs_url=None,
        redoc_url=None,
        responses=FAILURES,
        telemetry=telemetry.begin(server.settings.telemetry),
    )
    app.state.server = server
    app.state.metrics = Metrics(server)
    for router in (
        till.router,
        proofs.router,
        sessions.router,
        staff.router,
        devices.router,
        service_keys.router,
        audit.router,
        price_list.router,
        products.router,
        reports.router,
        sales.router,
        insights.router,
        feedback.router,
        conflicts.router,
        owner.router,
        hooks.router,
        health.router,
        authority.router,
    ):
        app.include_router(router)
    app.add_middleware(Target)
    app.add_middleware(Guard, limits=server.settings.limits, boot_ms=server.clock.boot_ms, in_front=in_front)
    app.add_middleware(Access, server=server, metrics=app.state.metrics)
    app.exception_handler(Problem)(_problem)
    app.exception_handler(PushDamaged)(_damaged)
    app.exception_handler(PushTooLarge)(_too_large)
    app.exception_handler(Refusal)(_refusal)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    return app


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
    told = shape_faults.told({**part, "loc": part["loc"][1:]} for part in problem.errors())
    return _failure(request, 400, "VALIDATION_ERROR", told)


def _http(request: Request, problem: Exception) -> Response:
    if not isinstance(problem, HTTPException):
        raise problem
    status = problem.status_code
    told = SAID.get(status, problem.detail).format(method=request.method, path=request.url.path[:SHOWN_MAX])
    answer = _failure(request, status, CODES.get(status, "REFUSED"), told)
    answer.headers.update(problem.headers or {})
    if status == NOT_SO:
        answer.headers["allow"] = ", ".join(allowed(request))
    return answer
