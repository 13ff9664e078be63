"""Answers: JSON that carries the server's id, and the one envelope of every error."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fastapi import Response

# These are answered before the body was read: what is left of it is not waited for.
UNREAD: Final = frozenset({408, 413, 429})


def answer(server_id: str, body: Mapping[str, object], status: int = 200) -> Response:
    """Return a JSON answer in the name of this server."""
    return _json({"server_id": server_id, **body}, status)


def failure(
    status: int, code: str, message: str, *, details: Mapping[str, object], now_ms: int, request_id: str
) -> Response:
    """Return an error in its envelope."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    error = {
        "code": code,
        "message": message,
        "details": dict(details),
        "timestamp": moment.replace("+00:00", "Z"),
        "requestId": request_id,
    }
    response = _json({"error": error}, status)
    response.headers["x-request-id"] = request_id
    if status in UNREAD:
        response.headers["connection"] = "close"
    if "retry_after_s" in details:
        response.headers["retry-after"] = str(details["retry_after_s"])
    return response


def _json(body: Mapping[str, object], status: int) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="replace")
    return Response(content, status_code=status, media_type="application/json")
