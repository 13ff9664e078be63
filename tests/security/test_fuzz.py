"""Every fuzzed parser keeps its promise for a while, without Atheris, and a promise that is broken is told."""

import random
from itertools import islice
from pathlib import Path

import pytest

from tests.security import fuzz
from tests.security.fuzz_target import hold, mutations
from tests.silence import ExpectedLog

INPUTS = {"push": 36, "feed": 40, "products": 22, "staff": 8, "codes": 400, "request": 30, "webhook": 60}


@pytest.mark.parametrize("parser", fuzz.PARSERS)
def test_a_parser_keeps_its_promise(parser: str, tmp_path: Path, expected_log: ExpectedLog) -> None:
    if parser == "request":
        expected_log("Invalid HTTP request received", "uvicorn.error")
    target = fuzz.target_of(parser, tmp_path)
    for data in islice(mutations(target.seeds(), random.Random(1)), INPUTS[parser]):
        target.attempt(data)
    target.close()


class Strict:
    """A parser that takes no byte above 127, and says so as nobody should."""

    def seeds(self) -> list[bytes]:
        return [b"plain"]

    def attempt(self, data: bytes) -> None:
        hold(data.isascii(), "every byte is taken")

    def close(self) -> None:
        return


def test_what_breaks_a_promise_is_told_once_with_what_does_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    campaign = fuzz.Campaign("codes", Strict(), seconds=60, seed=7)
    fuzz.blindly(campaign, Strict().seeds(), 7, most=300)
    assert campaign.finish() == 1
    said = capsys.readouterr().out
    assert said.count("seed 7 failed: tests.security.fuzz_target.Broken: every byte is taken") == 1
    again = next(line.strip() for line in said.splitlines() if "--replay" in line)
    assert not bytes.fromhex(again.rpartition(" ")[2]).isascii()
    assert said.splitlines()[-1] == f"{campaign.passed} passed, {campaign.failed} failed"
