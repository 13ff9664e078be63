"""Whether this server lives and can answer, and what it counts, for tills, proxies, monitors and people."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right
from sync_server.rights.callers import Scope
from sync_server.routes.answer import answer
from sync_server.routes.caller import Open, require_role
from sync_server.routes.described import SERVER_ID, Failure, gives
from sync_server.store_server import StoreServer
from sync_server.version import program_version

router = APIRouter()


class Health(TypedDict):
    """How the server is; ``last_backup_ms`` is null without a backup that passed its trial restore."""

    server_id: str
    live: bool
    ready: bool
    version: str
    database: str
    last_backup_ms: int | None


ALIVE: Final[Health] = {
    "server_id": SERVER_ID, "live": True, "ready": True, "version": "0.1.0", "database": "postgresql",
    "last_backup_ms": 1795334400000,
}  # fmt: skip
UNREADY: Final[Health] = {**ALIVE, "ready": False, "last_backup_ms": None}


@router.head("/healthz", include_in_schema=False)  # many monitors ask so; what carries HTTP leaves the body out
@router.get(
    "/healthz",
    responses=gives(Health, ALIVE) | gives(Health | Failure, UNREADY, 503, "The database does not answer."),
)
def health(
    server: Annotated[StoreServer, Depends(Open("proxies and monitors ask it, and it tells nothing of the shop"))],
) -> Response:
    """Say that the server lives, whether its database answers, which version it is, and how old its backup is.

    ``last_backup_ms`` is when the newest backup that passed its trial restore was made, null without one.
    HEAD answers the same status and headers, without the body.
    """
    ready = server.is_ready()
    body = {
        "live": True, "ready": ready, "version": program_version(), "database": server.database.dialect,
        "last_backup_ms": server.last_backup_ms() if ready else None,
    }  # fmt: skip
    return answer(server.server_id, body, status=200 if ready else 503)


@router.get(
    "/metrics",
    dependencies=[Depends(require_role(right=Right.REPORTS, scope=Scope.METRICS_READ))],
    response_class=PlainTextResponse,
)
def metrics(request: Request) -> Response:
    """Return what this process counts, in Prometheus' text format."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
