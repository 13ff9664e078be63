"""Whether this server lives and can answer, for tills, proxies and people."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

from fastapi import APIRouter, Response

from sync_server.routes.answer import answer
from sync_server.routes.caller import Whole

router = APIRouter()
UNINSTALLED: Final = "0"


def program_version() -> str:
    """Return the version of the installed program."""
    try:
        return version("seraphine-pos")
    except PackageNotFoundError:
        return UNINSTALLED


@router.get("/healthz")
def health(server: Whole) -> Response:
    """Say that the server lives, whether its database answers, and which version it is."""
    ready = server.is_ready()
    body = {"live": True, "ready": ready, "version": program_version(), "database": server.database.dialect}
    return answer(server.server_id, body, status=200 if ready else 503)
