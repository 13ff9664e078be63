"""No call that the server's own document allows, or forbids, is answered with a fault."""

from pathlib import Path

import pytest

from tests.security import schema_fuzz
from tests.silence import ExpectedLog


@pytest.mark.timeout(600)
def test_no_answer_is_a_fault(tmp_path: Path, expected_log: ExpectedLog) -> None:
    expected_log("Invalid HTTP request received", "uvicorn.error")
    every, faults, found = schema_fuzz.run(tmp_path, cases=2000, seed=1)
    assert (faults, found) == (0, "")
    assert every >= 2000
