"""Whether this server lives and can answer, for tills, proxies and people."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from sync_server.routes.answer import answer
from sync_server.routes.caller import Open
from sync_server.store_server import StoreServer

router = APIRouter()
PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


@cache
def program_version() -> str:
    """Return the version of this program, from its installation or from its project file."""
    try:
        return version("seraphine-pos")
    except PackageNotFoundError:
        project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
        return str(project["project"]["version"])


@router.get("/healthz")
def health(
    server: Annotated[StoreServer, Depends(Open("proxies and monitors ask it, and it tells nothing of the shop"))],
) -> Response:
    """Say that the server lives, whether its database answers, and which version it is."""
    ready = server.is_ready()
    body = {"live": True, "ready": ready, "version": program_version(), "database": server.database.dialect}
    return answer(server.server_id, body, status=200 if ready else 503)
