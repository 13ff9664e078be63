"""The tokens that people and programs show: ``kind_store_secret``, kept as a hash alone.

A token names its store, so that looking it up costs one store, and its kind, so that one found in a log or a
repository says what it opens.
"""

import re
from hashlib import sha256
from typing import Final

from sync_server.transaction import Transaction

SESSION: Final = "ses"
SERVICE: Final = "svc"
SECRET_BYTES: Final = 32
_SHAPE: Final = re.compile(r"(ses|svc)_([0-9A-Za-z-]{1,64})_([0-9a-f]{64})")


def new(tx: Transaction, kind: str) -> str:
    """Return a fresh token of a kind for the store of the transaction."""
    return f"{kind}_{tx.store_id}_{tx.random_bytes(SECRET_BYTES).hex()}"


def store_of(token: str, kind: str) -> str | None:
    """Return the store that a token of this kind names, None for what is no such token."""
    named = _SHAPE.fullmatch(token)
    return named[2] if named is not None and named[1] == kind else None


def digest(token: str) -> bytes:
    """Return what is kept of a token: 256 random bits need no salt and no slow hash."""
    return sha256(b"token " + token.encode(errors="surrogatepass")).digest()
