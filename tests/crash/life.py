"""One life of a process that ends without warning: forked, listened to, killed at a moment, heard to the end."""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.told import Tell, Told

CHECKED = b"checked "
LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When it ends: so many seconds after it said that it is ``checked``, or after its birth."""

    after_s: float
    checked: bool = True


def fork(lived: Callable[[Tell], None]) -> tuple[int, int]:
    """Start a child that lives until it is killed; return its process id and where it is heard."""
    source, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(source)
        live(lived, out)
    os.close(out)
    return child, source


def live(lived: Callable[[Tell], None], out: int) -> None:
    """Live in a child that was forked, and never return: what comes after a fork belongs to the parent."""

    def tell(line: str) -> None:
        os.write(out, f"{line}\n".encode())

    try:
        lived(tell)
    except BaseException as error:  # noqa: BLE001  whatever it is, it is told, and the process ends here
        traceback.print_exc(file=sys.stderr)
        tell(f"fault {type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        os._exit(0)


def end(child: int, source: int, moment: Moment, told: Told) -> None:
    """Kill the child at its moment, then hear out what it had said; a child that ends by itself is a fault."""
    said = b""
    ends = time.monotonic() + (LIMIT_S if moment.checked else moment.after_s)
    waiting = moment.checked
    while (left := ends - time.monotonic()) > 0:
        if not select.select([source], [], [], left)[0]:
            break
        more = os.read(source, 1 << 16)
        if not more:
            told.faults.append("the till ended by itself")
            break
        said += more
        if waiting and CHECKED in said:
            waiting, ends = False, time.monotonic() + moment.after_s
    if waiting and CHECKED not in said and moment.checked:
        told.faults.append(f"the till was not open after {LIMIT_S:g} s")
    os.kill(child, signal.SIGKILL)
    hear_out(child, source, told, said)


def hear_out(child: int, source: int, told: Told, said: bytes = b"") -> None:
    """Listen until the child is no more."""
    with os.fdopen(source, "rb") as rest:
        said += rest.read()
    os.waitpid(child, 0)
    # The last line may be cut: it was not told.
    for line in said.decode().split("\n")[:-1]:
        told.hear(line)


def lines_of(lived: Callable[[Tell], None]) -> list[str]:
    """Let a child live to its end, and return what it said."""
    child, source = fork(lived)
    with os.fdopen(source, encoding="utf-8") as said:
        lines = said.read().splitlines()
    os.waitpid(child, 0)
    return lines
