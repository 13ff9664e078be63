"""The door for insights from outside, signed and without a device key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from sync_server.routes.answer import answer
from sync_server.routes.body import Raw
from sync_server.routes.caller import Open
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1/webhooks")


@router.post("/n8n/insights")
def insights(
    server: Annotated[StoreServer, Depends(Open("the signature says who sent it"))], request: Request, body: Raw
) -> Response:
    """Publish a signed insight; the signature is over the bytes as they were sent."""
    insight_id = server.take_insight(request.headers, body)
    return answer(server.server_id, {"insight_id": insight_id}, status=201)
