"""The server's list of words is read as it is, or not at all."""

from typing import Any

import pytest

from seraphine_pos.domain.feedback import Scope, Sentiment
from seraphine_pos.domain.remark import Remark, from_wire

WIRE: dict[str, Any] = {
    "event_id": "e1",
    "scope": "pos",
    "sentiment": "negative",
    "message": "Le lecteur a décroché.",
    "related_sale_id": None,
    "operator_id": "salma",
    "till_id": "t1",
    "at_ms": 1_795_000_000_000,
    "received_at_ms": 1_795_000_000_500,
    "state": "new",
}


def test_a_list_is_read_in_its_order() -> None:
    older = WIRE | {"event_id": "e0", "state": "done"}
    assert from_wire({"feedback": [WIRE, older]}) == [
        Remark("e1", Scope.POS, Sentiment.NEGATIVE, "Le lecteur a décroché.", "salma", 1_795_000_000_000, "new"),
        Remark("e0", Scope.POS, Sentiment.NEGATIVE, "Le lecteur a décroché.", "salma", 1_795_000_000_000, "done"),
    ]


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"feedback": "none"},
        {"feedback": [{}]},
        {"feedback": [WIRE | {"scope": "kitchen"}]},
        {"feedback": [WIRE | {"at_ms": "today"}]},
        {"feedback": ["e1"]},
    ],
)
def test_what_is_no_list_of_remarks_is_refused(wire: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_wire(wire)
