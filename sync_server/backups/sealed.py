"""The server's way to sealed files: AES-256-GCM from the library, and what is wrong with a file as a refusal.

The format is ``seraphine_pos.domain.sealed``, which tills share.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from seraphine_pos.domain import sealed
from seraphine_pos.domain.clock import RandomBytes
from seraphine_pos.domain.sealed import FRAME, HEAD_BYTES, MAGIC, TAG_BYTES, Aead, is_sealed
from sync_server.errors import Refused

__all__ = [
    "FRAME", "HEAD_BYTES", "MAGIC", "TAG_BYTES", "KeyRefused", "SealBroken", "Sealing", "Unsealing", "is_sealed",
    "new_key_file", "read_key",
]  # fmt: skip


class SealBroken(Refused):
    """The file was changed, cut off, or sealed with another key."""


class KeyRefused(Refused):
    """The file of a key cannot be used."""


def aes_gcm() -> Aead:
    """Load the library's cipher, which only who has a key needs."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return Aead(AESGCM, InvalidTag)


class Sealing(sealed.Sealing):
    """What is written into it goes sealed into a file; without ``finish``, which writes the last frame, none opens."""

    def __init__(self, file: IO[bytes], key: bytes, random_bytes: RandomBytes) -> None:
        """Write the head."""
        super().__init__(file, key, random_bytes, aes_gcm())


class Unsealing(sealed.Unsealing):
    """A sealed file as it was, from any place; raises SealBroken, at the latest when the changed frame is read."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        """Read the head and the last frame: a file that was cut off, or has another key, is refused here."""
        with _refused():
            super().__init__(file, key, aes_gcm())

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # what io.BufferedReader gives
        """Read what is left of the frame at this place."""
        with _refused():
            return super().readinto(buffer)


def new_key_file(path: Path, random_bytes: RandomBytes) -> None:
    """Write a new key that only this account can read; a file that is there is never written over."""
    with _refused():
        sealed.new_key_file(path, random_bytes)


def read_key(path: Path) -> bytes:
    """Return the key in a file; raise KeyRefused."""
    with _refused():
        return sealed.read_key(path)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except sealed.SealBroken as broken:
        raise SealBroken(str(broken)) from None
    except sealed.KeyRefused as refused:
        raise KeyRefused(str(refused)) from None
