"""A silent suite: what is logged as a warning or worse fails the test, unless the test announced it."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest


@dataclass(frozen=True, slots=True)
class Announcement:
    """A log line that a test expects: a pattern of its message, from a logger or any."""

    pattern: str
    logger: str

    def covers(self, record: logging.LogRecord) -> bool:
        """Whether this is the line."""
        named = not self.logger or record.name == self.logger or record.name.startswith(f"{self.logger}.")
        return named and re.search(self.pattern, record.getMessage()) is not None


@dataclass(slots=True)
class ExpectedLog:
    """What a test announces with `expected_log("pattern")`: it may come any number of times, but it must come."""

    announced: list[Announcement] = field(default_factory=list)

    def __call__(self, pattern: str, logger: str = "") -> None:
        """Announce log lines whose message the pattern is found in."""
        self.announced.append(Announcement(pattern, logger))


class Collector(logging.Handler):
    """Keeps the warnings and worse, from whatever thread they come."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(record)


def verdict(records: list[logging.LogRecord], announced: list[Announcement]) -> list[str]:
    """Say what was logged without being announced, and what was announced without being logged."""
    surprises = [record for record in records if not any(one.covers(record) for one in announced)]
    absent = [one for one in announced if not any(one.covers(record) for record in records)]
    return [
        *(f"logged without expected_log(…): {one.levelname} {one.name}: {one.getMessage()}" for one in surprises),
        *(f"announced but never logged: {one.pattern!r}" for one in absent),
    ]


@pytest.fixture
def expected_log() -> ExpectedLog:
    """Announce the log lines that this test provokes: `expected_log("the server is away")`."""
    return ExpectedLog()


@pytest.fixture(autouse=True)
def silence(expected_log: ExpectedLog) -> Iterator[None]:
    """Fail a test that logged a warning which nobody announced."""
    collector = Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        yield
    finally:
        root.removeHandler(collector)
    if found := verdict(collector.records, expected_log.announced):
        pytest.fail("\n".join(found), pytrace=False)
