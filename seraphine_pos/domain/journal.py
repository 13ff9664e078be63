"""The journal's format: how an entry is written, sealed to the one before it, and checked.

The format is frozen: every entry ever sealed must verify for ever. Nothing here stores or sends.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

FORMAT: Final = b"seraphine journal 1"
_FORMAT: Final = len(FORMAT).to_bytes(4, "big") + FORMAT
_FOUR: Final = (4).to_bytes(4, "big")
_EIGHT: Final = (8).to_bytes(4, "big")
FIRST_HASH: Final = bytes(32)
SALT_BYTES: Final = 16
BODY_BYTES_MAX: Final = 256 * 1024
TAG_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
TAG_LENGTH: Final = 3

Body = Mapping[str, object]


class Damaged(ValueError):
    """An entry's bytes do not agree with its hashes, or it does not follow the one before it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What happened, before it has a place in a journal."""

    event_id: str
    kind: str
    version: int
    at_ms: int
    salt: bytes
    body: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal; ``at_ms`` is the till's wall clock in Unix milliseconds.

    ``salt`` and ``body`` are empty and ``text`` is None once the entry has been blanked.
    """

    journal_id: str
    seq: int
    at_ms: int
    kind: str
    version: int
    event_id: str
    salt: bytes
    body: str
    text: str | None
    digest: bytes
    prev_hash: bytes
    hash: bytes

    @property
    def blanked(self) -> bool:
        """Tell whether only the hashes are left."""
        return not self.body


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)


def canonical(value: object) -> str:
    """Write a body in its one form: NFC, sorted keys, no spaces, no floats; raise ValueError."""
    _refuse_floats(value)
    text = _ENCODER.encode(value)
    if not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        # Once more from the start, since a name that changes may change its place among the others.
        text = _ENCODER.encode(json.loads(unicodedata.normalize("NFC", text)))
    if len(text.encode()) > BODY_BYTES_MAX:
        message = f"a body holds at most {BODY_BYTES_MAX} bytes"
        raise ValueError(message)
    return text


_PLAIN: Final = frozenset({str, int, bool, type(None)})


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        message = f"a body holds no floats: {value!r}"
        raise ValueError(message)  # noqa: TRY004  a bad value, whatever its type
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    for part in parts:
        # Nearly every part of every sale is plain; only the others are looked into.
        if type(part) not in _PLAIN:
            _refuse_floats(part)


def _no_float(digits: str) -> object:
    message = f"a body holds no floats: {digits[:40]}"
    raise ValueError(message)


_DECODER: Final = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)


def parse(body: str) -> dict[str, object]:
    """Read a stored body; raise ValueError when it is not an object without floats."""
    try:
        value = _DECODER.decode(body)
    except RecursionError:
        message = "a body is not nested without end"
        raise ValueError(message) from None
    if not isinstance(value, dict):
        message = "a body is an object"
        raise ValueError(message)  # noqa: TRY004  the stored bytes are wrong, not the caller
    return value


def text_digest(salt: bytes, text: str | None) -> str | None:
    """Return what the body holds of words written freely, so that they can be erased alone."""
    return None if text is None else sha256(salt + text.encode()).hexdigest()


def body_digest(salt: bytes, body: str) -> bytes:
    """Return the digest that stands for a body in the chain."""
    return sha256(salt + body.encode()).digest()


def entry_hash(
    journal_id: str,
    seq: int,
    prev_hash: bytes,
    at_ms: int,
    kind: str,
    version: int,
    event_id: str,
    digest: bytes,
) -> bytes:
    """Return the hash that seals an entry: each field as length-prefixed bytes, in this order."""
    journal, name, event = journal_id.encode(), kind.encode(), event_id.encode()
    fields = (
        _FORMAT,
        len(journal).to_bytes(4, "big"), journal,
        _EIGHT, seq.to_bytes(8, "big"),
        len(prev_hash).to_bytes(4, "big"), prev_hash,
        _EIGHT, at_ms.to_bytes(8, "big", signed=True),
        len(name).to_bytes(4, "big"), name,
        _FOUR, version.to_bytes(4, "big"),
        len(event).to_bytes(4, "big"), event,
        len(digest).to_bytes(4, "big"), digest,
    )  # fmt: skip
    return sha256(b"".join(fields)).digest()


def seal(journal_id: str, seq: int, prev_hash: bytes, draft: Draft) -> Entry:
    """Give a draft its place after the entry with ``prev_hash``."""
    digest = body_digest(draft.salt, draft.body)
    sealed = entry_hash(journal_id, seq, prev_hash, draft.at_ms, draft.kind, draft.version, draft.event_id, digest)
    return Entry(
        journal_id, seq, draft.at_ms, draft.kind, draft.version, draft.event_id,
        draft.salt, draft.body, draft.text, digest, prev_hash, sealed,
    )  # fmt: skip


def check(entry: Entry, seq: int, prev_hash: bytes) -> None:
    """Raise Damaged unless the entry is whole and stands at ``seq`` after ``prev_hash``."""
    try:
        _check(entry, seq, prev_hash)
    except (OverflowError, UnicodeEncodeError):
        message = f"entry {seq} holds what no till writes"
        raise Damaged(message) from None


def _check(entry: Entry, seq: int, prev_hash: bytes) -> None:
    if entry.seq != seq or entry.prev_hash != prev_hash:
        message = f"entry {entry.seq} does not follow entry {seq - 1}"
        raise Damaged(message)
    if not entry.blanked and body_digest(entry.salt, entry.body) != entry.digest:
        message = f"the body of entry {seq} was changed"
        raise Damaged(message)
    # The words may be gone, erased alone; where they stand, they are the ones that the body speaks of.
    if entry.text is not None and f'"{text_digest(entry.salt, entry.text)}"' not in entry.body:
        message = f"the words of entry {seq} were changed"
        raise Damaged(message)
    expected = entry_hash(
        entry.journal_id, seq, prev_hash, entry.at_ms, entry.kind, entry.version, entry.event_id, entry.digest
    )  # fmt: skip
    if expected != entry.hash:
        message = f"entry {seq} was changed"
        raise Damaged(message)
