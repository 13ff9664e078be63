"""The key and the cipher of a till's encrypted backups; the library is loaded where there is a key, and not sooner."""

from pathlib import Path

from seraphine_pos.commands.terminal import Unusable
from seraphine_pos.domain import sealed
from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.sealed import KeyRefused


class AesGcm:
    """The library's cipher under one key; a byte that was changed is a ValueError."""

    def __init__(self, key: bytes) -> None:
        """Load the library."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher, self._changed = AESGCM(key), InvalidTag

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return the sealed bytes."""
        return self._cipher.encrypt(nonce, data, associated)

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return what was sealed; raise ValueError."""
        try:
            return self._cipher.decrypt(nonce, data, associated)
        except self._changed:
            raise ValueError("the tag does not prove it") from None


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
