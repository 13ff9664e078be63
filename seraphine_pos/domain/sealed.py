"""A file that nobody reads or changes without its key: AES-256-GCM in frames, each bound to its place and the end.

The layout: 19 bytes that name the format, 16 of chance, 8 that tell whether a key is the right one; then frames of
64 KiB, each with 16 bytes more, the last one shorter or as long. The key of a file is derived from the given one and
the head, which every frame authenticates, so frames cannot be cut off, swapped, or taken over from another file.
Till and server share this one format; each brings the cipher itself, which is no matter of the standard library.
"""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest
from pathlib import Path
from typing import IO, Final, Protocol

from seraphine_pos.domain.clock import RandomBytes

MAGIC: Final = b"SERAPHINE-SEALED-1\n"
SALT_BYTES: Final = 16
CHECK_BYTES: Final = 8
HEAD_BYTES: Final = len(MAGIC) + SALT_BYTES + CHECK_BYTES
FRAME: Final = 64 << 10
TAG_BYTES: Final = 16
COUNT_BYTES: Final = 11
KEY_BYTES: Final = 32
KEY_FILE_MAX: Final = 1024


class Cipher(Protocol):
    """AES-256-GCM under one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return the sealed bytes, with the 16 that prove them and what is associated."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return what was sealed; raise where it is not what encrypt gave."""
        ...


@dataclass(frozen=True, slots=True)
class Aead:
    """A library's AES-256-GCM: the cipher under a key, and what it raises where the bytes are not what it gave."""

    of: Callable[[bytes], Cipher]
    changed: type[Exception]


class SealBroken(Exception):
    """The file was changed, cut off, or sealed with another key."""


class KeyRefused(Exception):
    """The file of a key cannot be used."""


def new_key_file(path: Path, random_bytes: RandomBytes) -> None:
    """Write a new key that only this account can read; a file that is there is never written over."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyRefused(f"{path} is there already; a key that is written over opens no backup any more") from None
    except OSError as problem:
        raise KeyRefused(f"{path} cannot be written: {problem.strerror}") from problem
    with os.fdopen(file, "w", encoding="ascii") as writing:
        writing.write(random_bytes(KEY_BYTES).hex() + "\n")
        writing.flush()
        os.fsync(writing.fileno())


def read_key(path: Path) -> bytes:
    """Return the key in a file; raise KeyRefused."""
    try:
        with path.open("rb") as file:
            text = file.read(KEY_FILE_MAX)
    except OSError as problem:
        raise KeyRefused(f"the key {path} cannot be read: {problem.strerror}") from problem
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyRefused(f"{path} holds no key: one is {2 * KEY_BYTES} hexadecimal digits (see backup-key new)")
    return key


def is_sealed(start: bytes) -> bool:
    """Tell from its first bytes whether a file is sealed."""
    return start.startswith(MAGIC)


class Sealing(io.RawIOBase):
    """What is written into it goes sealed into a file; without ``finish``, which writes the last frame, none opens."""

    def __init__(self, file: IO[bytes], key: bytes, random_bytes: RandomBytes, aead: Aead) -> None:
        """Write the head."""
        salt = random_bytes(SALT_BYTES)
        self._head = MAGIC + salt + _check(key, salt)
        self._cipher = aead.of(digest(key, b"file" + self._head, sha256))
        self._file, self._waiting, self._count = file, bytearray(), 0
        file.write(self._head)

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]  # bytes, as zipfile writes them
        """Take bytes; whole frames are written at once."""
        self._waiting += data
        while len(self._waiting) > FRAME:
            self._put(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]
        return len(data)

    def finish(self) -> None:
        """Write the last frame."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, frame: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, last=last), frame, self._head))
        self._count += 1


class Unsealing(io.RawIOBase):
    """A sealed file as it was, from any place; raises SealBroken, at the latest when the changed frame is read."""

    def __init__(self, file: IO[bytes], key: bytes, aead: Aead) -> None:
        """Read the head and the last frame: a file that was cut off, or has another key, is refused here."""
        self._file, self._changed = file, aead.changed
        self._head = file.read(HEAD_BYTES)
        salt, check = self._head[len(MAGIC) : -CHECK_BYTES], self._head[-CHECK_BYTES:]
        if not is_sealed(self._head) or len(self._head) < HEAD_BYTES:
            raise SealBroken("it is not a sealed file")
        if not compare_digest(check, _check(key, salt)):
            raise SealBroken("it was encrypted with another key")
        self._cipher = aead.of(digest(key, b"file" + self._head, sha256))
        body = file.seek(0, os.SEEK_END) - HEAD_BYTES
        self._frames = max(1, -(-body // (FRAME + TAG_BYTES)))
        self._size = body - self._frames * TAG_BYTES
        self._place, self._held, self._frame = 0, -1, b""
        self._load(self._frames - 1)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # what io.BufferedReader gives
        """Read what is left of the frame at this place."""
        if self._place >= self._size:
            return 0
        number, start = divmod(self._place, FRAME)
        self._load(number)
        part = self._frame[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _load(self, number: int) -> None:
        if number == self._held:
            return
        self._file.seek(HEAD_BYTES + number * (FRAME + TAG_BYTES))
        sealed = self._file.read(FRAME + TAG_BYTES)
        try:
            nonce = _nonce(number, last=number == self._frames - 1)
            self._frame = self._cipher.decrypt(nonce, sealed, self._head)
        except self._changed:
            raise SealBroken(f"it was changed or cut off (frame {number + 1} of {self._frames})") from None
        self._held = number


def _check(key: bytes, salt: bytes) -> bytes:
    return digest(key, b"check" + salt, sha256)[:CHECK_BYTES]


def _nonce(number: int, *, last: bool) -> bytes:
    """Return the number of a frame and whether it is the last; the key is of this file alone, so none comes twice."""
    return number.to_bytes(COUNT_BYTES, "big") + bytes([last])
