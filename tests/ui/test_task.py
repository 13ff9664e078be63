"""A slow job never holds the window's thread, and only the newest answer is shown."""

import threading

from PySide6.QtCore import QThreadPool
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.refusal import Failure, ServerUnavailable
from seraphine_pos.ui.task import Task


class Answers:
    """Keeps what the task handed back, and in which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[Failure] = []
        self.threads: set[int] = set()

    def on_done(self, answer: object) -> None:
        self.threads.add(threading.get_ident())
        self.done.append(answer)

    def on_failed(self, failure: Failure) -> None:
        self.threads.add(threading.get_ident())
        self.failed.append(failure)


def _fail(error: Exception) -> object:
    raise error


def test_the_answer_comes_back_in_the_window_thread(qtbot: QtBot, pool: QThreadPool) -> None:
    answers = Answers()
    ran_in: list[int] = []

    def job() -> str:
        ran_in.append(threading.get_ident())
        return "figures"

    Task(pool).start(job, answers.on_done, answers.on_failed)
    task = Task(pool)
    task.start(job, answers.on_done, answers.on_failed)
    qtbot.waitUntil(lambda: "figures" in answers.done)
    assert answers.threads == {threading.get_ident()}
    assert ran_in[-1] != threading.get_ident()


def test_only_the_newest_answer_counts(qtbot: QtBot, pool: QThreadPool) -> None:
    pool.setMaxThreadCount(2)
    answers = Answers()
    task = Task(pool)
    released = threading.Event()
    ended: list[int] = []
    task.ended.connect(lambda number, _answer, _error: ended.append(number))
    task.start(lambda: released.wait(5) and "old", answers.on_done, answers.on_failed)
    task.start(lambda: "new", answers.on_done, answers.on_failed)
    qtbot.waitUntil(lambda: answers.done == ["new"])
    released.set()
    qtbot.waitUntil(lambda: len(ended) == 2)
    assert answers.done == ["new"]


def test_a_failure_is_an_answer(qtbot: QtBot, pool: QThreadPool) -> None:
    answers = Answers()
    task = Task(pool)
    task.start(lambda: _fail(ServerUnavailable(reason="délai dépassé")), answers.on_done, answers.on_failed)
    qtbot.waitUntil(lambda: len(answers.failed) == 1)
    assert answers.failed[0].details == {"reason": "délai dépassé"}
    assert answers.done == []


def test_a_bug_is_raised_in_the_window_thread(qtbot: QtBot, pool: QThreadPool) -> None:
    answers = Answers()
    task = Task(pool)
    with capture_exceptions() as raised:
        with qtbot.waitSignal(task.ended):
            task.start(lambda: _fail(KeyError("bug")), answers.on_done, answers.on_failed)
        qtbot.waitUntil(lambda: len(raised) == 1)
    assert raised[0][0] is KeyError
    assert answers.failed == []


def test_a_forgotten_job_ends_unheard(qtbot: QtBot, pool: QThreadPool) -> None:
    answers = Answers()
    task = Task(pool)
    with qtbot.waitSignal(task.ended):
        task.start(lambda: "late", answers.on_done, answers.on_failed)
        task.forget()
    assert answers.done == []
