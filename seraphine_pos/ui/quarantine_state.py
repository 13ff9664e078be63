"""What the page of the entries that count nowhere shows, as values."""

from dataclasses import dataclass, field

from seraphine_pos.ui.facts import Fact
from seraphine_pos.ui.table_state import TableState


@dataclass(frozen=True, slots=True)
class SetAsideState:
    """One entry in words: what it is, why it does not count, what to do about it, and what stands in it."""

    facts: tuple[Fact, ...]
    reason: str
    advice: str
    content: str


@dataclass(frozen=True, slots=True)
class QuarantineState:
    """The list in words; ``opened`` says of each row's key what is shown of it below."""

    source: str
    offline: bool = False
    table: TableState = field(default_factory=TableState)
    opened: dict[str, SetAsideState] = field(default_factory=dict)
    nothing: str = ""
