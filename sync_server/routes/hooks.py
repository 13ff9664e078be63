"""The door for insights from outside, signed and without a device key."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from sync_server.insights import Insight
from sync_server.routes.answer import answer
from sync_server.routes.body import Raw
from sync_server.routes.caller import Open
from sync_server.routes.described import SERVER_ID, gives, takes
from sync_server.routes.insights import Published
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1/webhooks", tags=["insights"])
EXAMPLE: Final = {
    "category": "topSeller", "sourceRunId": "n8n-2026-11-20", "title": "Le lait part vite",
    "detail": "42 ventes hier, 30 d’habitude", "confidence": 0.8, "relatedSales": [],
    "createdAt": "2026-11-20T09:00:00+01:00",
}  # fmt: skip
HEADERS: Final = {
    "webhook-id": "an id of this request, the same when it is sent again",
    "webhook-timestamp": "when it is sent, Unix seconds, within five minutes of this server's clock",
    "webhook-signature": "v1, and the HMAC-SHA256 of id.timestamp.body in Base64, as Standard Webhooks says",
}
SIGNED: Final[dict[str, Any]] = {
    **takes(Insight, EXAMPLE),
    "parameters": [
        {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
        for name, said in HEADERS.items()
    ],
}


@router.post(
    "/n8n/insights",
    status_code=201,
    openapi_extra=SIGNED,
    responses=gives(
        Published, {"server_id": SERVER_ID, "insight_id": "0199f2b0-0000-7000-8000-000000000051"}, 201, "Taken."
    ),
)
def insights(
    server: Annotated[StoreServer, Depends(Open("the signature says who sent it"))], request: Request, body: Raw,
    store: Annotated[str, Query(max_length=64, pattern="^[0-9A-Za-z-]*$")] = "",
) -> Response:  # fmt: skip
    """Publish a signed insight; the signature is over the bytes as they were sent.

    A server of several stores is told which one by ``store``; the secret that signs is that store's own.
    """
    insight_id = server.take_insight(request.headers, body, store)
    return answer(server.server_id, {"insight_id": insight_id}, status=201)
