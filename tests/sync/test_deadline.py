"""The limit on a whole request: it cuts the connection once, whenever that comes to be known."""

import socket
import threading

import pytest

from seraphine_pos.sync.deadline import Deadline

CONNECTED = "connection.connect_tcp.complete"


class Stream:
    """What the transport reports: a connection that gives its socket."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def get_extra_info(self, info: str) -> socket.socket:
        assert info == "socket"
        return self.end


def is_cut(end: socket.socket) -> bool:
    end.settimeout(5)
    return end.recv(1) == b""


def test_it_cuts_the_connection_when_the_time_is_over() -> None:
    here, there = socket.socketpair()
    with here, there, Deadline(0.01) as deadline:
        deadline.trace(CONNECTED, {"return_value": Stream(here)})
        assert is_cut(there)
        assert deadline.passed


def test_a_connection_that_comes_too_late_is_cut_at_once() -> None:
    here, there = socket.socketpair()
    with here, there, Deadline(60) as deadline:
        deadline.cut()
        deadline.trace(CONNECTED, {"return_value": Stream(here)})
        assert is_cut(there)


def test_it_leaves_the_connection_alone_in_time_and_afterwards() -> None:
    here, there = socket.socketpair()
    with here, there:
        with Deadline(60) as deadline:
            deadline.trace(CONNECTED, {"return_value": Stream(here)})
            assert not deadline.passed
        deadline.cut()
        here.sendall(b"x")
        assert there.recv(1) == b"x"


def test_other_events_and_a_closed_connection_are_nothing() -> None:
    here, there = socket.socketpair()
    with there, Deadline(60) as deadline:
        deadline.trace("http11.send_request_headers.started", {})
        deadline.trace(CONNECTED, {"return_value": Stream(here)})
        here.close()
        deadline.cut()
        assert deadline.passed


@pytest.mark.parametrize(("now_s", "passed"), [(9.9, False), (10.0, True)])
def test_the_clock_tells_even_before_the_timer_does(now_s: float, *, passed: bool) -> None:
    moments = iter([0.0, now_s])
    assert Deadline(10, monotonic_s=lambda: next(moments)).passed is passed


def test_no_timer_is_left_behind() -> None:
    before = threading.active_count()
    for _ in range(5):
        with Deadline(60) as deadline:
            assert not deadline.passed
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(5)
    assert threading.active_count() <= before
