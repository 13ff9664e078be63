"""Does a few things to a folder while it is watched, and prints what was seen, a line a call."""

import os
import sys
from pathlib import Path

from tests.crash.recorder import DIE, GO_ON, Call, Recorder
from tests.crash.told import Tell

REFUSED = 28


def lived(folder: Path, tell: Tell) -> None:
    """Make, write, sync, resize, rename and take away; say what was refused."""
    place = folder / "a"
    file = os.open(place, os.O_RDWR | os.O_CREAT)
    os.write(file, b"one")
    os.write(file, b"two")
    os.pwrite(file, b"three", 100)
    os.fsync(file)
    os.ftruncate(file, 4)
    place.rename(folder / "b")
    tell("half")
    try:
        os.write(file, b"refused")
    except OSError as error:
        tell(f"errno {error.errno}")
    (folder / "b").unlink()
    (folder / "c").mkdir()
    (folder.parent / "elsewhere").write_bytes(b"not looked at")
    tell("before the last")
    (folder / "d").mkdir()
    tell("never")


def main(folder: Path) -> None:
    """Watch, and print."""

    def judge(call: Call) -> int:
        sys.stdout.write(f"{call.what} {call.path}{call.to} {call.size} {call.data!r}\n")
        if call.path == "d":
            return DIE
        return REFUSED if call.data == b"refused" else GO_ON

    Recorder(folder, judge).run(lambda tell: lived(folder, tell))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
