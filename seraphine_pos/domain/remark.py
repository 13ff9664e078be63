"""A word about the till as the store's server lists it: what was said, by whom, and whether it was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from seraphine_pos.domain.feedback import Scope, Sentiment

NEW: Final = "new"


@dataclass(frozen=True, slots=True)
class Remark:
    """One message; ``state`` is ``new`` until somebody has dealt with it."""

    event_id: str
    scope: Scope
    sentiment: Sentiment
    text: str
    operator_id: str
    at_ms: int
    state: str


def from_wire(wire: Mapping[str, object]) -> list[Remark]:
    """Read the server's list, newest first; raise ValueError, KeyError or TypeError when it is none."""
    said = wire["feedback"]
    if not isinstance(said, list):
        message = "not a list of remarks"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return [_remark(one) for one in said]


def _remark(wire: Mapping[str, object]) -> Remark:
    event_id, text, operator_id, at_ms, state = (
        wire[name] for name in ("event_id", "message", "operator_id", "at_ms", "state")
    )
    if not isinstance(at_ms, int):
        message = "not a moment"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return Remark(
        str(event_id), Scope(str(wire["scope"])), Sentiment(str(wire["sentiment"])), str(text), str(operator_id),
        at_ms, str(state),
    )  # fmt: skip
