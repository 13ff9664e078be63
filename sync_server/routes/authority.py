"""Whom a till is to trust: the certificate of the authority behind this server's own."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from typing_extensions import TypedDict

from sync_server.routes.answer import answer
from sync_server.routes.caller import Open
from sync_server.routes.described import FAILURES, SERVER_ID, gives
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1", tags=["devices"], responses=FAILURES)


class Authority(TypedDict):
    """A certificate, DER in Base64."""

    server_id: str
    authority: str


@router.get(
    "/authority",
    summary="Ask whom to trust",
    responses=gives(Authority, {"server_id": SERVER_ID, "authority": "MIIBrDCCAVOgAwIBAgIUFLVA2J2yvIs7"}),
)
def authority(
    server: Annotated[StoreServer, Depends(Open("a till holds it against the pin before it says anything"))],
    request: Request,
) -> Response:
    """Return the certificate (DER in Base64) that tills are to trust alone; empty where public trust is meant."""
    certificate: bytes = getattr(request.app.state, "authority", b"")
    return answer(server.server_id, {"authority": b64encode(certificate).decode()})
