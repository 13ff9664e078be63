"""The key and the cipher of a till's encrypted backups; the library is loaded where there is a key, and not sooner."""

from pathlib import Path

from seraphine_pos.commands.terminal import Unusable
from seraphine_pos.domain import sealed
from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.sealed import Aead, KeyRefused


def aes_gcm() -> Aead:
    """Load the library's cipher."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return Aead(AESGCM, InvalidTag)


def read_key(path: Path) -> bytes:
    """Return the key in a file; raise Unusable."""
    try:
        return sealed.read_key(path)
    except KeyRefused as refused:
        raise Unusable(str(refused)) from None


def new_key(path: Path, random_bytes: RandomBytes) -> None:
    """Write a new key that only this account can read; raise Unusable where a file is there or none can be."""
    try:
        sealed.new_key_file(path, random_bytes)
    except KeyRefused as refused:
        raise Unusable(str(refused)) from None
