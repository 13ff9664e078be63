"""The door for insights from outside, signed and without a device key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sync_server.routes.answer import answer
from sync_server.routes.body import Raw
from sync_server.routes.caller import Open
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1/webhooks")


@router.post("/n8n/insights")
def insights(
    server: Annotated[StoreServer, Depends(Open("the signature says who sent it"))], request: Request, body: Raw,
    store: Annotated[str, Query(max_length=64, pattern="^[0-9A-Za-z-]*$")] = "",
) -> Response:  # fmt: skip
    """Publish a signed insight; the signature is over the bytes as they were sent.

    A server of several stores is told which one by ``store``; the secret that signs is that store's own.
    """
    insight_id = server.take_insight(request.headers, body, store)
    return answer(server.server_id, {"insight_id": insight_id}, status=201)
