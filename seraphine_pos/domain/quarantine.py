"""Entries that count nowhere: kept whole in their journal, listed with what is wrong and what can be read all the same.

How they are stored, and in which words a person reads of them, is not known here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from seraphine_pos.domain import rollup
from seraphine_pos.domain.clock import CALENDAR_END_MS
from seraphine_pos.domain.event import SHAPES, Unreadable, check_body
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.report import STORE, THIS_TILL

EXCERPT_LETTERS: Final = 4000
NAME_LETTERS_MAX: Final = 64
# What a till counts, and every database holds.
AMOUNT_MAX: Final = 1 << 62


class Nature(StrEnum):
    """Why an entry counts nowhere."""

    NEWER = "newer"  # of a kind or version that this program does not know
    DAMAGED = "damaged"  # no object that could be read, or not the bytes that were sealed
    INCOMPLETE = "incomplete"  # a field is missing, or of the wrong type
    INCONSISTENT = "inconsistent"  # its amounts do not add up, or its day or hour is none
    REFUSED = "refused"  # whole, and it could still not be written


@dataclass(frozen=True, slots=True)
class SetAside:
    """One entry; ``receipt``, ``total`` (minor units) and ``operator_id`` are what its body says, where it says them.

    ``at_ms`` is when it was written, or came where no calendar has that moment; ``till`` is the label of the till that
    wrote it, empty where nobody knows; ``reason`` is for whoever repairs the program; ``excerpt`` is the beginning of a
    body of ``letters``.
    """

    event_id: str
    journal_id: str
    seq: int
    kind: str
    version: int
    at_ms: int
    till: str
    nature: Nature
    reason: str
    receipt: str
    total: int | None
    operator_id: str
    excerpt: str
    letters: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The newest entries that the figures of ``source`` do not include, and how many there are of them at all."""

    source: str
    count: int
    entries: tuple[SetAside, ...]


def nature_of(kind: str, version: int, body: str) -> Nature:
    """Say what is wrong with an entry whose bytes are those that were sealed."""
    if (kind, version) not in SHAPES:
        return Nature.NEWER
    fields = _fields(body)
    if fields is None:
        return Nature.DAMAGED
    try:
        check_body(kind, version, fields)
    except Unreadable:
        return Nature.INCOMPLETE
    try:
        rollup.Tally().add_checked(kind, fields)
    except Unreadable:
        return Nature.INCONSISTENT
    return Nature.REFUSED


def describe(entry: Entry, *, till: str, nature: Nature, reason: str, came_at_ms: int) -> SetAside:
    """Describe an entry; what cannot be read of it is left empty."""
    fields = _fields(entry.body) or {}
    total = fields.get("total")
    at_ms = entry.at_ms if 0 <= entry.at_ms < CALENDAR_END_MS else came_at_ms
    return SetAside(
        entry.event_id, entry.journal_id, entry.seq, entry.kind, entry.version, at_ms, till, nature, reason,
        _name(fields.get("receipt")), total if type(total) is int and abs(total) < AMOUNT_MAX else None,
        _name(fields.get("operator_id")), entry.body[:EXCERPT_LETTERS], len(entry.body),
    )  # fmt: skip


def _fields(body: str) -> dict[str, object] | None:
    """Return what a body says, read more leniently than by who counts it; None where it is no object at all."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _name(value: object) -> str:
    """Return a short text of one line, empty for anything else."""
    return value if isinstance(value, str) and len(value) <= NAME_LETTERS_MAX and value.isprintable() else ""


def to_wire(found: Quarantine) -> dict[str, object]:
    """Write the list for the wire."""
    return {"count": found.count, "entries": [asdict(one) for one in found.entries]}


def from_wire(wire: Mapping[str, object]) -> Quarantine:
    """Read the server's list, newest first; raise ValueError, KeyError or TypeError when it is none."""
    count, listed = wire["count"], wire["entries"]
    if type(count) is not int or not isinstance(listed, list):
        message = "not a list of entries"
        raise ValueError(message)
    return Quarantine(STORE, count, tuple(_set_aside(one) for one in listed))


def of_this_till(entries: Iterable[SetAside]) -> Quarantine:
    """Return the list of what a till's own figures leave out."""
    listed = tuple(entries)
    return Quarantine(THIS_TILL, len(listed), listed)


_TEXTS: Final = ("event_id", "journal_id", "kind", "till", "reason", "receipt", "operator_id", "excerpt")
_NUMBERS: Final = ("seq", "version", "at_ms", "letters")


def _set_aside(wire: Mapping[str, object]) -> SetAside:
    fields = {name: wire[name] for name in (*_TEXTS, *_NUMBERS, "total")}
    texts = all(isinstance(fields[name], str) for name in _TEXTS)
    numbers = all(type(fields[name]) is int for name in _NUMBERS)
    if not texts or not numbers or type(fields["total"]) not in (int, type(None)):
        message = "not an entry that was set aside"
        raise ValueError(message)
    # A later server may know of more that can be wrong.
    known = wire["nature"] in set(Nature)
    nature = Nature(str(wire["nature"])) if known else Nature.REFUSED
    return SetAside(nature=nature, **fields)  # type: ignore[arg-type]  # looked at one by one above
