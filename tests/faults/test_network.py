"""The till and its server hold the same after every toxic; the command does it longer, and times the sales."""

from pathlib import Path

import pytest

from tests.faults import network
from tests.faults.network import Outcome, Wish, suffer
from tests.faults.premises import found
from tests.faults.toxics import toxics


@pytest.mark.timeout(300)
def test_every_toxic_in_turn_loses_and_doubles_nothing(tmp_path: Path) -> None:
    names = list(toxics(1, str))
    outcome = suffer(found(tmp_path / "scene", 1), tmp_path / "run", names, Wish(5, network.HASTE, 1), _quiet)
    assert outcome.problems == []
    assert outcome.requests >= 5 * len(names)
    assert len(outcome.healed_s) == 5 * len(names)


def test_a_network_that_holds_sales_up_is_found() -> None:
    slow = Outcome(healthy_ms=[1.0] * 300, faulty_ms=[1.0] * 290 + [6.1] * 10)
    assert slow.disturbed
    assert not Outcome(healthy_ms=[1.0] * 300, faulty_ms=[5.9] * 300).disturbed
    assert not Outcome(healthy_ms=[1.0] * 10, faulty_ms=[9.0] * 10).disturbed


def _quiet(_done: int, _all: int) -> None:
    """Show nothing."""
