"""The door for insights from outside, signed and without a device key."""

from fastapi import APIRouter, Request, Response

from sync_server.routes.answer import answer
from sync_server.routes.body import Raw
from sync_server.routes.caller import Whole

router = APIRouter(prefix="/v1/webhooks")


@router.post("/n8n/insights")
def insights(server: Whole, request: Request, body: Raw) -> Response:
    """Publish a signed insight; the signature is over the bytes as they were sent."""
    insight_id = server.take_insight(request.headers, body)
    return answer(server.server_id, {"insight_id": insight_id}, status=201)
