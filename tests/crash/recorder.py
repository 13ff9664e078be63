"""Watches a forked process at the kernel's door: every call that changes a file, in order, with what was told between.

Nothing of the process is changed for it and nothing is installed: the kernel (Linux since 5.5) stops the process at
each call and asks here. The call may go on, fail, or be the process's last.
"""

import fcntl
import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash import syscalls
from tests.crash.life import live
from tests.crash.told import Tell

AT_FDCWD: Final = (1 << 32) - 100
LONGEST_PATH: Final = 4096
DIE: Final = -1
GO_ON: Final = 0
# Calls that would change files unseen: nobody makes them today, and a harness must hear of the first that does.
UNMODELLED: Final = frozenset(
    {"writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "truncate", "fallocate", "link", "linkat"}
    | {"symlink", "symlinkat", "mmap"}
)
_INT: Final = 0xFFFFFFFF
_FD_OF: Final = {"copy_file_range": 2, "mmap": 4}


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that was about to be done to the folder.

    ``what`` is told, write, resize, sync, create, rename, unlink, mkdir, rmdir or the name of a call that nobody
    models. Paths are relative to the folder; ``size`` is the offset of a write, the new size of a file, or other than
    0 where what is created is emptied.
    """

    what: str
    path: str = ""
    size: int = 0
    data: bytes = b""
    to: str = ""


Judge = Callable[[Call], int]


class Recorder:
    """Runs a child over a folder; ``judge`` sees each call before it is made: GO_ON, an errno, or DIE."""

    def __init__(self, folder: Path, judge: Judge) -> None:
        self._folder = str(folder.resolve())
        self._judge = judge

    def run(self, lived: Callable[[Tell], None]) -> None:
        """Let the child live to its end."""
        here = syscalls.machine()
        ours, theirs = socket.socketpair()
        source, out = os.pipe()
        self._ear = str(Path(f"/proc/self/fd/{source}").readlink())
        child = os.fork()
        if not child:
            live(lambda tell: _bound(here, theirs, lived, tell), out)
        theirs.close()
        os.close(out)
        try:
            self._serve(child, here, ours)
        finally:
            os.close(source)
            ours.close()
            os.waitpid(child, 0)

    def _serve(self, child: int, here: syscalls.Machine, ours: socket.socket) -> None:
        word, descriptors, _, _ = socket.recv_fds(ours, LONGEST_PATH, 1)
        if not descriptors:
            raise OSError(word.decode() or "the child did not begin")
        listener = descriptors[0]
        memory = os.open(f"/proc/{child}/mem", os.O_RDONLY)
        ours.send(b".")
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        try:
            while not poll.poll()[0][1] & select.POLLHUP:
                self._answer(child, here, listener, memory)
        finally:
            os.close(memory)
            os.close(listener)

    def _answer(self, child: int, here: syscalls.Machine, listener: int, memory: int) -> None:
        asked = bytearray(syscalls.NOTIFICATION.size)
        fcntl.ioctl(listener, syscalls.RECEIVE, asked)
        number, _, _, call, _, _, *words = syscalls.NOTIFICATION.unpack(asked)
        found = _Reading(child, memory, self._folder, self._ear).call(here.calls[call], words)
        verdict = GO_ON if found is None else self._judge(found)
        if verdict == DIE:
            os.kill(child, signal.SIGKILL)
            return
        if verdict:
            answer = (number, 0, -verdict, 0)
        elif found is not None and found.what == "told":
            answer = (number, len(found.data), 0, 0)
        else:
            answer = (number, 0, 0, syscalls.CONTINUE)
        fcntl.ioctl(listener, syscalls.SEND, bytearray(syscalls.ANSWER.pack(*answer)))


def _bound(here: syscalls.Machine, theirs: socket.socket, lived: Callable[[Tell], None], tell: Tell) -> None:
    try:
        listener = syscalls.stop_at_changes(here)
    except OSError as error:
        theirs.send(str(error).encode())
        return
    socket.send_fds(theirs, [b"."], [listener])
    theirs.recv(1)
    os.close(listener)
    lived(tell)


def why_not() -> str:
    """Return why this system cannot watch a process's calls; nothing where it can."""
    try:
        Recorder(Path(), lambda _call: GO_ON).run(lambda _tell: None)
    except OSError as error:
        return str(error)
    return ""


class _Reading:
    """Reads what a stopped call is about out of the process that made it."""

    def __init__(self, child: int, memory: int, folder: str, ear: str) -> None:
        self._proc = f"/proc/{child}"
        self._memory = memory
        self._folder = folder
        self._ear = ear

    def call(self, name: str, words: list[int]) -> Call | None:
        """Return the call, or None when it is not about the folder."""
        if name in UNMODELLED:
            return self._unmodelled(name, words)
        if name in ("write", "pwrite64", "fsync", "fdatasync", "ftruncate"):
            return self._on_open_file(name, words)
        return self._on_names(name, words)

    def _on_open_file(self, name: str, words: list[int]) -> Call | None:
        at = self._file(words[0])
        if at == self._ear:
            return Call("told", data=os.pread(self._memory, words[2], words[1]))
        path = self._inside(at)
        if path is None or path.endswith(" (deleted)"):
            return None
        if name == "ftruncate":
            return Call("resize", path, words[1])
        if name in ("fsync", "fdatasync"):
            return Call("sync", path)
        offset = words[3] if name == "pwrite64" else self._position(words[0])
        return Call("write", path, offset, os.pread(self._memory, words[2], words[1]))

    def _on_names(self, name: str, words: list[int]) -> Call | None:
        if name in ("open", "creat", "mkdir", "rmdir", "unlink", "rename"):
            words = [AT_FDCWD, words[0], *words[1:]] if name != "rename" else [AT_FDCWD, words[0], AT_FDCWD, words[1]]
        path = self._inside(self._named(words[0], words[1]))
        if name.startswith("rename"):
            to = self._inside(self._named(words[2], words[3]))
            if path is None and to is None:
                return None
            return Call("rename", path or "", to=to or "")
        if path is None:
            return None
        if name in ("open", "openat", "creat"):
            flags = os.O_CREAT | os.O_TRUNC if name == "creat" else words[2]
            return Call("create", path, flags & os.O_TRUNC) if flags & (os.O_CREAT | os.O_TRUNC) else None
        if name == "unlinkat" and words[2] & 0x200:
            name = "rmdir"
        return Call({"unlinkat": "unlink", "mkdirat": "mkdir"}.get(name, name), path)

    def _unmodelled(self, name: str, words: list[int]) -> Call | None:
        if name in ("truncate", "link", "symlink", "linkat", "symlinkat"):
            path = self._inside(self._named(AT_FDCWD, words[0])) if name == "truncate" else self._folder
        else:
            path = self._inside(self._file(words[_FD_OF.get(name, 0)]))
        if path is None or (path.endswith("-shm") and name in ("mmap", "fallocate")):
            return None
        return Call(name, path)

    def _file(self, descriptor: int) -> str:
        try:
            return str(Path(f"{self._proc}/fd/{descriptor & _INT}").readlink())
        except OSError:
            return ""

    def _named(self, folder: int, address: int) -> str:
        name = os.fsdecode(os.pread(self._memory, LONGEST_PATH, address).split(b"\0", 1)[0])
        at = "cwd" if folder & _INT == AT_FDCWD else f"fd/{folder & _INT}"
        return os.path.normpath(Path(f"{self._proc}/{at}").readlink() / name)

    def _inside(self, path: str) -> str | None:
        if path == self._folder:
            return "."
        return path[len(self._folder) + 1 :] if path.startswith(f"{self._folder}/") else None

    def _position(self, descriptor: int) -> int:
        told = Path(f"{self._proc}/fdinfo/{descriptor & _INT}").read_text(encoding="ascii")
        return int(told.split()[1])
