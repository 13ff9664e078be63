"""Words that stand in no journal: where they are, whose row they are in, and when they were written."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seraphine_pos.domain.retention import Data


class Where(StrEnum):
    """Where such words are kept."""

    FEEDBACK = "feedback"
    FLAG = "flag"
    AUDIT = "audit"
    CONFLICT = "conflict"
    REFUSAL = "refusal"


# A conflict is of a proposal, and what is refused or noted in the trail is a technical event like it.
CLASS: Final = {
    Where.FEEDBACK: Data.FEEDBACK,
    Where.FLAG: Data.WORDS,
    Where.AUDIT: Data.TECHNICAL,
    Where.CONFLICT: Data.TECHNICAL,
    Where.REFUSAL: Data.TECHNICAL,
}


@dataclass(frozen=True, slots=True)
class Loose:
    """Some words, the key of the row or document that they stand in, and when they were written."""

    where: Where
    key: str
    at_ms: int
    words: str
