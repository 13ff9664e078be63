"""The outside workflow's side of the signed webhook, played by the demo on loopback.

A till never does this: it knows the server by its own protocol alone. So this stands apart from `sync`.
"""

import hmac
import http.client
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

PATH: Final = "/v1/webhooks/n8n/insights"
PREFIX: Final = "whsec_"
TIMEOUT_S: Final = 10


class Refused(RuntimeError):
    """The server did not take an insight; the text holds its status and answer."""


def signature(secret: str, webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """Return the header `webhook-signature` of a request, as Standard Webhooks defines it."""
    key = b64decode(secret.removeprefix(PREFIX))
    message = b".".join([webhook_id.encode(), str(timestamp_s).encode(), body])
    return "v1," + b64encode(hmac.digest(key, message, sha256)).decode()


def send(url: str, secret: str, webhook_id: str, timestamp_s: int, told: Mapping[str, object]) -> None:
    """Send one insight to a server on loopback; raise Refused, or OSError where none answers."""
    body = json.dumps(told, ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature(secret, webhook_id, timestamp_s, body),
    }
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise Refused(f"{answer.status} {said.decode(errors='replace')[:300]}")
    finally:
        connection.close()
