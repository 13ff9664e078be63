"""The suite's own guards can fail: an unannounced warning, a socket to the outside, a database that is not real."""

import logging
import socket

import pytest
from sqlalchemy import create_engine, text

from tests.loopback import LeftTheMachine, is_local
from tests.silence import Announcement, ExpectedLog, verdict

OUTSIDE = "203.0.113.7"  # of the range that is kept for documents


def record(message: str, name: str = "seraphine_pos.sync") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, None, None)


def test_an_unannounced_warning_is_named() -> None:
    assert verdict([record("the disk is full")], []) == [
        "logged without expected_log(…): WARNING seraphine_pos.sync: the disk is full"
    ]


def test_an_announced_warning_is_silent() -> None:
    assert verdict([record("the disk is full")], [Announcement("disk", "seraphine_pos")]) == []


def test_a_warning_of_another_logger_is_not_covered() -> None:
    assert len(verdict([record("the disk is full")], [Announcement("disk", "seraphine")])) == 2


def test_an_announcement_that_never_comes_is_named() -> None:
    assert verdict([], [Announcement("disk", "")]) == ["announced but never logged: 'disk'"]


def test_the_fixture_announces(expected_log: ExpectedLog) -> None:
    expected_log("left on purpose")
    logging.getLogger("seraphine_pos").warning("left on purpose")


def test_the_outside_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(LeftTheMachine):
        outside.connect((OUTSIDE, 80))
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo("example.com", 80)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert is_local("localhost")
    assert not is_local(OUTSIDE)


def test_the_postgres_database_is_real_and_empty(postgres_database: str) -> None:
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        assert str(connection.scalar(text("SELECT version()"))).startswith("PostgreSQL")
        assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0
    engine.dispose()
