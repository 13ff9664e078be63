"""Seconds of the soak, as the command runs it, over both databases; and that it finds what is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.sale import Method
from seraphine_pos.shop import open_shop
from tests.faults.premises import CASHIER, CODES, Premises, found
from tests.faults.proofs import faults


def soak(*words: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.faults.soak",
            "--tills",
            "2",
            "--minutes",
            "0.1",
            "--sales-a-minute",
            "200",
            *words,
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_seconds_of_a_day_over_sqlite() -> None:
    assert soak().splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.timeout(300)
def test_seconds_of_a_day_over_postgresql(postgres_database: str) -> None:
    assert soak("--database-url", postgres_database, "--first-seed", "2").splitlines()[-1] == "1 passed, 0 failed"


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return found(tmp_path / "premises", 1)


def test_what_is_lost_on_either_side_is_found(premises: Premises) -> None:
    home = premises.tills[0]
    with open_shop(home, keys=FileKeys(home.keys)) as shop, premises.direct() as server:
        shop.staff.sign_in(*CASHIER)
        shop.checkout.scan(CODES[0])
        ticket = shop.checkout.pay(Method.CASH)
        assert ticket is not None
        unsent = list(faults(premises, server, [(shop, {ticket.event_id: ticket.total})]))
        assert any("on one side only" in problem for problem in unsent)
        assert any("differ between the server and the tills" in problem for problem in unsent)
        shop.exchange()
        assert list(faults(premises, server, [(shop, {ticket.event_id: ticket.total})])) == []
        (lost,) = faults(premises, server, [(shop, {"never rung": 100, ticket.event_id: ticket.total})])
        assert "never rung" in lost
    premises.sidecar.stop()
