"""The signature of Standard Webhooks, made and read with the same words, and the secrets that it is made with."""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

from seraphine_pos.domain.clock import RandomBytes

SECRET_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # noqa: S105  what secrets are made of
SECRET_LENGTH: Final = 40
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  what every secret starts with


def new_secret(random_bytes: RandomBytes) -> str:
    """Return a secret whose bytes are plain letters, for those who can only sign with a text."""
    letters = "".join(SECRET_LETTERS[byte % len(SECRET_LETTERS)] for byte in random_bytes(SECRET_LENGTH))
    return SECRET_PREFIX + b64encode(letters.encode()).decode()


def sign(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request, as the header ``webhook-signature`` carries it."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    message = b".".join([webhook_id.encode(), timestamp.encode(), body])
    return "v1," + b64encode(hmac.digest(key, message, sha256)).decode()
