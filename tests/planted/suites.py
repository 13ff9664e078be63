"""What must notice a planted fault: the smallest runs of harnesses and tests that do."""

from typing import Final

from tests.planted.bug import Suite


def pytest_of(*names: str, needs: str = "") -> Suite:
    return Suite(("pytest", "-q", "-x", "-rs", "--timeout=60", *names), needs)


SIMULATION: Final = Suite(("tests.simulation", "--seeds", "60", "--workers", "1"))
KILLS: Final = Suite(("tests.crash.kills", "--kills", "150"), "fork")
POWER: Final = Suite(("tests.crash.power", "--states", "400", "--scene", "selling"), "strace")
TAMPERING: Final = Suite(("tests.crash.tampering", "--edits", "40"))
SERVER_KILLS: Final = Suite(("tests.faults.server_kills", "--kills", "40"), "fork")
