"""One slow job at a time beside the window's thread; its answer comes back in that thread, and only the newest counts.

Knows nothing of what the job does. `Failure` is an answer; any other exception is a bug and is raised again where the
window's last-resort dialog sees it.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from seraphine_pos.domain.refusal import Failure


class _Run(QRunnable):
    """Runs the job in the pool and hands its end to the task by signal."""

    def __init__(self, number: int, job: Callable[[], object], task: "Task") -> None:
        super().__init__()
        self._number = number
        self._job = job
        self._task = task

    def run(self) -> None:
        """Report what the job returned or raised; never raise in the pool's thread."""
        try:
            answer, error = self._job(), None
        except Exception as raised:  # noqa: BLE001 - crosses to the window's thread, where it is raised again
            answer, error = None, raised
        self._task.ended.emit(self._number, answer, error)


class Task(QObject):
    """Starts jobs and shows the end of the newest one."""

    ended = Signal(int, object, object)

    def __init__(self, pool: QThreadPool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._newest = 0
        self._done: Callable[[Any], None] = _ignore
        self._failed: Callable[[Failure], None] = _ignore
        self.ended.connect(self._on_ended)

    def start(
        self,
        job: Callable[[], object],
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> None:
        """Run `job` in the pool; `done` or `failed` follows in this thread unless another job was started meanwhile."""
        self._newest += 1
        self._done = done
        self._failed = failed
        self._pool.start(_Run(self._newest, job, self))

    def forget(self) -> None:
        """Let the running job end unheard."""
        self._newest += 1

    def _on_ended(self, number: int, answer: object, error: Exception | None) -> None:
        if number != self._newest:
            return
        if error is None:
            self._done(answer)
        elif isinstance(error, Failure):
            self._failed(error)
        else:
            raise error


def _ignore(_answer: object) -> None:
    """Before the first job there is nobody to tell."""
