"""A line of the log, for people and for programs."""

import json
import logging
import sys

from sync_server.watch.logs import Json, Text, facts


def record(message: str, **known: object) -> logging.LogRecord:
    """Return a line as a logger makes it."""
    made = logging.LogRecord("sync_server.watch.access", logging.INFO, "", 0, message, (), None)
    made.created = 1_795_000_000.25
    for name, value in facts(**known).items():
        setattr(made, name, value)
    return made


def test_a_line_of_json() -> None:
    line = Json().format(record("POST /v1/push 200", request_id="r-1", to=7, none=None))
    assert json.loads(line) == {
        "at": "2026-11-18T11:06:40.250Z", "level": "INFO", "logger": "sync_server.watch.access",
        "message": "POST /v1/push 200", "request_id": "r-1", "to": 7,
    }  # fmt: skip


def test_one_line_whatever_it_says() -> None:
    line = Json().format(record("a\nb\u2028c", detail="d\r\ne"))
    assert line.isascii()
    assert len(line.splitlines()) == 1


def test_a_fault_is_told_whole() -> None:
    failed = record("it failed")
    try:
        int("why")
    except ValueError:
        failed.exc_info = sys.exc_info()
    assert "ValueError: invalid literal" in json.loads(Json().format(failed))["trace"]
    assert Text().format(failed).splitlines()[-1].startswith("ValueError: invalid literal")


def test_a_line_for_people() -> None:
    assert Text().format(record("said", request_id="r-1", to=7)).endswith(" INFO said request_id=r-1 to=7")
