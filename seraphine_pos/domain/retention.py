"""How long what was written is kept: classes of data, what a country asks for, and which entries are due.

Both sides plan here; how entries are read, archived and emptied is not known.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from seraphine_pos.domain.event import Kind

MONTHS: Final = 12
MONTHS_MAX: Final = 1200
# A backup older than this is not put back: so long a till keeps what the server's backups hold.
GRACE_MS: Final = 90 * 24 * 3_600_000
_YEAR: Final = 12
_AGE: Final = re.compile(r"([1-9][0-9]{0,3})([my])")


class Data(StrEnum):
    """Classes of data, each with a time of its own; ``words`` are what a person wrote freely on any entry."""

    WORDS = "words"
    FEEDBACK = "feedback"
    TECHNICAL = "technical"
    FISCAL = "fiscal"


_TECHNICAL: Final = (
    Kind.DOCUMENT_PROPOSED, Kind.STAFF_SIGNED_IN, Kind.STAFF_SIGNED_OUT, Kind.STAFF_REFUSED, Kind.REPORT_EXPORTED,
    Kind.CLOCK_CHANGED, Kind.STORAGE_FAILED,
)  # fmt: skip
_FISCAL: Final = (
    Kind.SHIFT_OPENED, Kind.SHIFT_CLOSED, Kind.CASH_MOVED, Kind.DRAWER_OPENED, Kind.SALE_COMPLETED,
    Kind.SALE_REFUNDED, Kind.CART_VOIDED, Kind.LINE_REMOVED, Kind.SALE_FLAGGED, Kind.RECEIPT_REPRINTED,
)  # fmt: skip
# Kinds that are not here stay for ever: whose journal it is, what it came to, what was emptied, and the unknown.
CLASS_OF: Final[Mapping[str, Data]] = {
    Kind.FEEDBACK_SUBMITTED: Data.FEEDBACK,
    **dict.fromkeys(_TECHNICAL, Data.TECHNICAL),
    **dict.fromkeys(_FISCAL, Data.FISCAL),
}
FOR_EVER: Final = frozenset({Kind.JOURNAL_OPENED, Kind.BODIES_BLANKED, Kind.CHECKPOINT})

# Months that fiscal facts are kept, None for ever. What was found of each law; none of it is advice.
PRESETS: Final[Mapping[str, int | None]] = {
    "keep": None, "at": 7 * _YEAR, "de": 10 * _YEAR, "fr": 10 * _YEAR, "ma": 10 * _YEAR, "all": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What is due: of each class everything from before a moment (Unix ms), nothing where there is none."""

    preset: str
    before: Mapping[Data, int | None]

    def due(self, data: Data, at_ms: int) -> bool:
        """Tell whether what is of this class and moment is due."""
        limit = self.before[data]
        return limit is not None and at_ms < limit


def rules(now_ms: int, months: int, preset: str) -> Rules:
    """Return the rules of a preset; fiscal facts are never kept for less than the rest."""
    fiscal = PRESETS[preset]
    limit = months_before(now_ms, months)
    fiscal_limit = None if fiscal is None else months_before(now_ms, max(months, fiscal))
    return Rules(preset, {**dict.fromkeys(Data, limit), Data.FISCAL: fiscal_limit})


def months_before(now_ms: int, months: int) -> int:
    """Return the moment so many calendar months ago (UTC), on the month's last day where it has no such day."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    year, month = divmod(now.year * _YEAR + now.month - 1 - months, _YEAR)
    for day in range(now.day, 0, -1):
        try:
            return int(now.replace(year=max(year, 1), month=month + 1, day=day).timestamp() * 1000)
        except ValueError:
            continue
    raise AssertionError  # every month has a first day


def months_of(age: str) -> int | None:
    """Return the months of an age written as 12m or 7y; None where it is no such age."""
    found = _AGE.fullmatch(age)
    months = int(found[1]) * (_YEAR if found[2] == "y" else 1) if found else 0
    return months if 0 < months <= MONTHS_MAX else None


class Line(NamedTuple):
    """What planning needs of an entry; ``at_ms`` is the time that its age is counted from."""

    seq: int
    at_ms: int
    kind: str
    blanked: bool
    words: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """The entries from ``first`` to the checkpoint ``last``, and which of them are to be emptied."""

    first: int
    last: int
    due: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due in a journal: whole segments' entries, words that go alone; ``held_back`` segments must stay.

    Of entries old enough to go, ``above`` counts those that no backup holds yet, ``tail`` those that no checkpoint
    follows.
    """

    segments: tuple[Segment, ...] = ()
    words: tuple[int, ...] = ()
    held_back: int = 0
    above: int = 0
    tail: int = 0

    @property
    def count(self) -> int:
        """Return how many entries are emptied or lose their words."""
        return sum(len(one.due) for one in self.segments) + len(self.words)


@dataclass(slots=True)
class _Open:
    """The segment that is being read."""

    first: int
    newest_ms: int | None = None
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.newest_ms = line.at_ms if self.newest_ms is None else max(self.newest_ms, line.at_ms)

    def due(self, wanted: Rules) -> list[int]:
        """Return the entries whose class is due for the whole segment."""
        newest_ms = self.newest_ms
        if newest_ms is None:
            return []
        classes = {data for data in Data if wanted.due(data, newest_ms)}
        return [line.seq for line in self.lines if not line.blanked and CLASS_OF.get(line.kind) in classes]


def plan(lines: Iterable[Line], wanted: Rules, last: int, kept: Collection[int] = ()) -> Plan:
    """Plan a journal whose lines come in order; nothing above ``last``, and no segment with a place of ``kept``."""
    segments: list[Segment] = []
    words: list[int] = []
    held_back = above = 0
    current = _Open(1)
    for line in lines:
        if line.kind != Kind.CHECKPOINT:
            current.add(line)
            if line.words and line.seq <= last and line.seq not in kept and wanted.due(Data.WORDS, line.at_ms):
                words.append(line.seq)
            continue
        due = current.due(wanted)
        if line.seq > last:
            above += len(due)
        elif due and any(one.seq in kept for one in current.lines):
            held_back += 1
        elif due:
            segments.append(Segment(current.first, line.seq, tuple(due)))
        current = _Open(line.seq + 1)
    whole = {seq for one in segments for seq in one.due}
    alone = tuple(seq for seq in words if seq not in whole)
    return Plan(tuple(segments), alone, held_back, above, len(current.due(wanted)))
