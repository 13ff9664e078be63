"""Tries the two commands in a bare Debian, by hand and as root: run.py python tests/journeys/bare_debian.py DIR.

It makes the root with debootstrap, clones this repository into it and times `run.py demo` and `run.py test` there.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.architecture.tree import ROOT

HOME = Path("/srv/seraphine-pos")
MOUNTS = ("proc", "sys", "dev")
PLAIN_USER = "1000:1000"


def main() -> int:
    """Make the root, run everything in it, and print what it took."""
    wanted = parsed()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.stderr.write(
            "this needs root and debootstrap: run “sudo apt-get install -y debootstrap” and start as root\n"
        )
        return 2
    base: Path = wanted.root
    if timed("debootstrap", ["debootstrap", "--variant=minbase", "--include=python3", wanted.suite, str(base)]):
        return 1
    furnish(base, wanted.bring)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing stays mounted
    with mounted(base):
        return tried(base, wanted.keep_env)


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, help="a folder outside the repository that is not there yet")
    parser.add_argument("--suite", default="bookworm", help="the Debian release (default: bookworm)")
    parser.add_argument("--bring", type=Path, action="append", default=[], help="a file that the network here needs")
    parser.add_argument("--keep-env", action="append", default=[], help="a variable that the network here needs")
    return parser.parse_args()


def furnish(base: Path, brought: list[Path]) -> None:
    """Put a fresh clone in, with a way to find names, and what this machine's network needs."""
    clone = base / HOME.relative_to("/")
    subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(clone)], check=True)
    shutil.chown(clone, *map(int, PLAIN_USER.split(":")))
    for path in [Path("/etc/resolv.conf"), *brought]:
        target = base / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


@contextmanager
def mounted(base: Path) -> Iterator[None]:
    """Give the root the kernel's file systems for as long as it is used."""
    done: list[Path] = []
    try:
        for name in MOUNTS:
            subprocess.run(["mount", "--rbind", "--make-rslave", f"/{name}", str(base / name)], check=True)
            done.append(base / name)
        yield
    finally:
        for path in reversed(done):
            subprocess.run(["umount", "--lazy", "--recursive", str(path)], check=True)


def tried(base: Path, kept: list[str]) -> int:
    """Run what a person would, in their order, and say whether each ended as it should."""
    refused = inside(base, kept, ["--userspec", PLAIN_USER], "demo")
    runs = [
        ("as a plain user: names what is missing", refused, 2),
        ("demo, first start", inside(base, kept, [], "demo"), 0),
        ("demo, second start", inside(base, kept, [], "demo"), 0),
        ("help", inside(base, kept, [], "seraphine-pos", "--help"), 0),
        ("test", inside(base, kept, [], "test"), 0),
    ]
    results = [timed(name, words) == expected for name, words, expected in runs]
    say("all as it should be" if all(results) else "not as it should be")
    return 0 if all(results) else 1


def inside(base: Path, kept: list[str], options: list[str], *words: str) -> list[str]:
    """The command line of run.py inside the root, with nothing of the environment here but what is kept."""
    env = [f"{name}={os.environ[name]}" for name in kept if name in os.environ]
    plain = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]
    run = f'cd {HOME} && exec python3 run.py "$@"'
    return ["chroot", *options, str(base), "env", "-i", *plain, *env, "sh", "-c", run, "sh", *words]


def say(line: str) -> None:
    """Write a line between those of the commands."""
    sys.stdout.write(f"== {line}\n")
    sys.stdout.flush()


def timed(name: str, words: list[str]) -> int:
    """Run a command, and print its name, its time and its exit code."""
    say(name)
    started = time.monotonic()
    code = subprocess.run(words, check=False).returncode
    say(f"{name}: exit {code} after {time.monotonic() - started:.1f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
