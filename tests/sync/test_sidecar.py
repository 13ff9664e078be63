"""The server as this till's child: started, adopted, started again, ended, and never outliving the till."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import ServerFailed, Unavailable
from seraphine_pos.paths import Home
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.sidecar import LOG_BYTES_MAX, Sidecar, create_store, server_command
from tests.fakes.talker import Talker, reply
from tests.sync.conftest import REQUEST, Founded

WITHIN_S = 15
LOOK_EVERY_S = 0.02


def bad_program(how: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.fakes.server_program", how)


def who_answers(url: str) -> str:
    server = HttpServer(url, "", "")
    try:
        return server.health().server_id
    finally:
        server.close()


def gone(url: str) -> bool:
    """Wait until nobody answers there any more."""
    pause = threading.Event()
    for _ in range(int(WITHIN_S / LOOK_EVERY_S)):
        try:
            who_answers(url)
        except Unavailable:
            return True
        pause.wait(LOOK_EVERY_S)
    return False


def kill(sidecar: Sidecar) -> None:
    """End the child without a word, as a crash would."""
    url, pid = sidecar.url(), sidecar.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # a port is let go a moment before the process; its till finds it
    assert gone(url)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_it_starts_the_server_once_and_ends_it_in_order(founded: Founded) -> None:
    with Sidecar(founded.home, founded.created.server_id) as sidecar:
        url, pid = sidecar.url(), sidecar.pid
        assert who_answers(url) == founded.created.server_id
        assert (sidecar.url(), sidecar.pid) == (url, pid)
        assert pid is not None
    assert gone(url)
    assert sidecar.pid is None
    assert "listening" in (founded.home.logs / "server.log").read_text(encoding="utf-8")
    assert not founded.home.server_ready.exists()


def test_a_second_one_adopts_the_live_server_and_leaves_it_alive(founded: Founded) -> None:
    with Sidecar(founded.home) as first:
        url = first.url()
        with Sidecar(founded.home, founded.created.server_id) as second:
            assert (second.url(), second.pid) == (url, None)
        assert who_answers(url) == founded.created.server_id


def test_two_that_start_in_the_same_moment_each_know_their_own(founded: Founded) -> None:
    """The one that ends first takes neither the other's server nor its ready file away."""
    first, second = Sidecar(founded.home), Sidecar(founded.home)
    ready = founded.home.server_ready
    with first, second:
        first.url()
        ready.unlink()  # as the second does when it looks before the first is ready
        second.url()
        assert second.pid != first.pid
        said = ready.read_bytes()
        first.stop()
        assert ready.read_bytes() == said
        assert who_answers(second.url()) == founded.created.server_id


def test_a_server_that_died_is_started_again(founded: Founded) -> None:
    with Sidecar(founded.home, founded.created.server_id) as sidecar:
        kill(sidecar)
        assert who_answers(sidecar.url()) == founded.created.server_id


def test_an_adopted_server_that_died_is_replaced_by_a_child(founded: Founded) -> None:
    with Sidecar(founded.home) as first, Sidecar(founded.home) as second:
        assert first.url() == second.url()
        kill(first)
        assert who_answers(second.url()) == founded.created.server_id
        assert second.pid is not None


def test_the_server_ends_when_its_till_is_killed(founded: Founded) -> None:
    program = (
        "import sys, pathlib; from seraphine_pos.paths import Home; from seraphine_pos.sync.sidecar import Sidecar\n"
        "sidecar = Sidecar(Home(pathlib.Path(sys.argv[1]))); print(sidecar.url(), flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, founded.home.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as till:
        assert till.stdout is not None
        url = till.stdout.readline().decode().strip()
        assert who_answers(url) == founded.created.server_id
        till.kill()
        till.communicate()
    assert gone(url)


@pytest.mark.parametrize(
    "answer",
    [
        lambda founded: reply(200, {"server_id": founded.created.server_id, "live": True, "ready": True}),
        lambda _: reply(200, {"server_id": "another", "live": True, "ready": True, "version": "1"}),
        lambda _: reply(200, "<html>", "text/html"),
    ],
    ids=["a hole", "another", "a page"],
)
def test_what_is_not_our_server_is_not_adopted(founded: Founded, answer: Callable[[Founded], bytes]) -> None:
    """The port of a server that died may have gone to another program since."""
    with Talker(lambda _: answer(founded)) as stranger, Sidecar(founded.home, founded.created.server_id) as sidecar:
        founded.home.server_ready.write_text(
            f'{{"url": "{stranger.url}", "server_id": "{founded.created.server_id}", "pid": 1}}'
        )
        url = sidecar.url()
        assert url != stranger.url
        assert stranger.heard
        assert who_answers(url) == founded.created.server_id


@pytest.mark.parametrize("text", ["\xff[", '{"url": "http://127.0.0.1:1", "server_id": "x", "pid": 1}'])
def test_an_unusable_ready_file_is_nothing(founded: Founded, text: str) -> None:
    founded.home.server_ready.write_bytes(text.encode("latin-1"))
    with Sidecar(founded.home, founded.created.server_id) as sidecar:
        assert who_answers(sidecar.url()) == founded.created.server_id


def test_the_data_of_another_store_are_said_to_be_so(founded: Founded) -> None:
    with Sidecar(founded.home, "our own") as sidecar:
        with pytest.raises(ServerFailed, match="autre magasin"):
            sidecar.url()
        assert sidecar.pid is None


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("dies", r"seraphine-server serve: cannot listen.*server\.log"),
        ("silent", "code 3"),
        ("never ready", "pas prêt"),
    ],
)
def test_a_server_that_cannot_start_says_why_and_where_to_read_more(home: Home, how: str, words: str) -> None:
    with Sidecar(home, command=bad_program(how), start_s=1.5) as sidecar:
        with pytest.raises(ServerFailed, match=words):
            sidecar.url()
        assert sidecar.pid is None


def test_a_program_that_is_not_there_is_a_failure(home: Home, tmp_path: Path) -> None:
    with Sidecar(home, command=[str(tmp_path / "nothing")]) as sidecar, pytest.raises(ServerFailed):
        sidecar.url()


def test_a_failed_start_is_not_repeated_at_once(home: Home) -> None:
    now_s = [0.0]
    sidecar = Sidecar(home, command=bad_program("silent"), retry_s=5, monotonic_s=lambda: now_s[0])
    failures = []
    for moment in (0.0, 4.9, 5.1):
        now_s[0] = moment
        with pytest.raises(ServerFailed) as caught:
            sidecar.url()
        failures.append(caught.value)
    assert failures[0] is failures[1]
    assert failures[1] is not failures[2]


@pytest.mark.parametrize("how", ["deaf", "stubborn"])
def test_a_child_that_does_not_mind_is_ended_the_harder_way(home: Home, how: str) -> None:
    sidecar = Sidecar(home, command=bad_program(how), start_s=1, stop_s=0.2)
    with pytest.raises(ServerFailed, match="pas prêt"):
        sidecar.url()
    assert sidecar.pid is None


def test_stop_does_not_wait_for_a_start_under_way(home: Home) -> None:
    sidecar = Sidecar(home, command=bad_program("never ready"), start_s=60)
    failures: list[ServerFailed] = []

    def start() -> None:
        try:
            sidecar.url()
        except ServerFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=start)
    thread.start()
    while sidecar.pid is None:
        thread.join(LOOK_EVERY_S)
    sidecar.stop()
    thread.join(WITHIN_S)
    assert [str(failure) for failure in failures if "arrêt" in str(failure)]
    assert sidecar.pid is None


def test_a_long_log_is_put_aside(founded: Founded) -> None:
    log = founded.home.logs / "server.log"
    log.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    with Sidecar(founded.home) as sidecar:
        sidecar.url()
    assert log.stat().st_size < 10_000
    assert (founded.home.logs / "server.1.log").stat().st_size > LOG_BYTES_MAX


def test_a_store_is_made_and_its_code_enrols_a_till(founded: Founded) -> None:
    with Sidecar(founded.home, founded.created.server_id) as sidecar:
        stranger = HttpServer(sidecar.url, "", "")
        enrolment = stranger.enrol(founded.created.code, "pc-1")
        stranger.close()
    assert (enrolment.server_id, enrolment.store_id) == (founded.created.server_id, founded.created.store_id)
    assert enrolment.store_name == "Épicerie du Port"


@pytest.mark.parametrize(("how", "words"), [("dies", "cannot listen"), ("silent", "code 3"), ("babbles", "illisible")])
def test_a_store_that_cannot_be_made_says_why(home: Home, how: str, words: str) -> None:
    with pytest.raises(ServerFailed, match=words):
        create_store(home, REQUEST, command=bad_program(how))


def test_a_store_that_takes_too_long_is_given_up(home: Home) -> None:
    with pytest.raises(ServerFailed, match=r"pas de réponse en 0\.5 s"):
        create_store(home, REQUEST, command=bad_program("deaf"), timeout_s=0.5)


def test_a_second_store_is_refused_in_the_servers_words(founded: Founded) -> None:
    with pytest.raises(ServerFailed, match="create-store"):
        create_store(founded.home, REQUEST)


def test_a_program_that_is_not_there_makes_no_store(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ServerFailed):
        create_store(home, REQUEST, command=[str(tmp_path / "nothing")])


@pytest.mark.parametrize("suffix", ["", ".exe"])
def test_a_built_till_starts_the_server_beside_it(tmp_path: Path, suffix: str) -> None:
    till = tmp_path / f"seraphine-pos{suffix}"
    assert server_command(str(till), is_built=True) == (str(tmp_path / f"seraphine-server{suffix}"),)
    assert server_command(sys.executable, is_built=False) == (sys.executable, "-m", "sync_server")
