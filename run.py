"""Makes this project's environment and runs its commands in it; knows the system, nothing of the product.

It is one file, longer than others here, since it runs before anything is there to import: copied alone, it must do.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

USAGE = """\
python3 run.py demo             set up, then show the sample store
python3 run.py test [ARGS …]    set up, then run every check (ARGS go to pytest)
python3 run.py build [ARGS …]   set up, then make dist/seraphine-pos, which runs without Python (ARGS go to PyInstaller)
python3 run.py COMMAND …        run a command of the project: seraphine-pos, seraphine-server, pytest, ruff, python …
"""
ROOT = Path(__file__).resolve().parent
# What is built holds what runs and nothing of the tests: it is made in an environment of its own.
VENV = ROOT / "build" / ".venv" if sys.argv[1:2] == ["build"] else ROOT / ".venv"
STAMP = VENV / "made-from"
WINDOWS = sys.platform == "win32"
LINUX = sys.platform == "linux"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("run", "test", "build")}
OLDEST_PYTHON = (3, 11)
OUTPUT_LINES_KEPT = 15

# The project's own commands are modules, so nothing of the project has to be built or installed.
MODULES = {"seraphine-pos": "seraphine_pos", "seraphine-server": "sync_server"}
BUILD_TOOL = "pyinstaller"
# Tests run on every processor, those of one file on one of them; a later -n of a person's own counts. A test that ends
# its process fails once: nobody starts another one to hang in it again.
SIDE_BY_SIDE = (
    "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0",
)  # fmt: skip
TEST_TOOLS = frozenset({"pytest", "py.test", "ruff", "mypy", "dmypy", "lint-imports", "import-linter", "hypothesis"})

# What Qt loads at run time, by the name the loader asks for, with the Debian package that holds it.
OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONT_FILES = {"/etc/fonts/fonts.conf": "fontconfig-config", "/usr/share/fonts": "fonts-dejavu-core"}


class SetupError(Exception):
    """What is missing, and what to do about it, in one sentence."""


def main(argv: Sequence[str]) -> int:
    """Set up what the command needs and become that command."""
    if sys.version_info < OLDEST_PYTHON:
        running = ".".join(map(str, sys.version_info[:3]))
        return fail(f"this is Python {running}: install Python 3.11 or newer and start run.py with that one.")
    if not argv or argv[0] in {"-h", "--help"}:
        sys.stdout.write(USAGE)
        return 0 if argv else 2
    command = spelled_out(argv)
    try:
        need = Need(lock_of(command), screen_of(command, os.environ))
        if not is_ready(need):
            set_up(need)
        return become(command, cwd=ROOT if argv[0] in {"test", "build"} else None)
    except SetupError as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{VENV} could not be made: {error}. Mend that, or copy the project to a folder of yours.")
    except KeyboardInterrupt:
        return 130


def fail(sentence: str) -> int:
    """Say what is wrong; the exit code of a set-up that did not work is 2."""
    sys.stderr.write(f"run.py: {sentence}\n")
    return 2


def say(sentence: str) -> None:
    """Tell the person at the terminal what set-up is doing; standard output belongs to the command."""
    sys.stderr.write(f"run.py: {sentence}\n")
    sys.stderr.flush()


# Commands -------------------------------------------------------------------------------------------------------------


def spelled_out(argv: Sequence[str]) -> list[str]:
    """The command that a shorthand stands for."""
    if argv[0] == "demo":
        return ["seraphine-pos", *argv]
    if argv[0] == "test":
        return ["pytest", *SIDE_BY_SIDE, *argv[1:]]
    if argv[0] == "build":
        return [BUILD_TOOL, "--noconfirm", *argv[1:], "build.spec"]
    return list(argv)


def lock_of(command: Sequence[str]) -> str:
    """Which lock holds what a command needs."""
    if command[0] == BUILD_TOOL:
        return "build"
    return "test" if command[0] in TEST_TOOLS else "run"


def screen_of(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Which system libraries a command loads: those of a screen, of a window that nobody sees, or none.

    The server, reports and imports must run on a box that has no libraries for windows.
    """
    name, *rest = command
    first = rest[0] if rest else "--"
    if name in {"pytest", "py.test"}:
        return "offscreen"
    if name == BUILD_TOOL:
        return "x11"  # they are put into the folder, so they must be here
    if name != "seraphine-pos" or first in {"-h", "--help", "--version"}:
        return "none"
    if first in {"demo", "bench"} or first.startswith("-"):
        seen = env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") or not LINUX
        if not seen and first.startswith("-") and "QT_QPA_PLATFORM" not in env:
            raise SetupError(
                "there is no display: start it on a desktop, or try “python3 run.py demo” for pictures of it."
            )
        return "x11" if env.get("DISPLAY") else "offscreen"
    return "none"


def become(command: Sequence[str], cwd: Path | None) -> int:
    """Replace this process by the command, with the environment's programs first on the path."""
    words = program(command)
    env = child_environment(os.environ, is_test=command[0] in {"pytest", "py.test"})
    if cwd:
        os.chdir(cwd)
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.execve(words[0], words, env)
    import subprocess

    return subprocess.call(words, env=env)  # on Windows execve returns to the shell at once and loses the exit code


def program(command: Sequence[str]) -> list[str]:
    """The full command line of a program that lives in the environment."""
    name, rest = command[0], list(command[1:])
    if name in MODULES:
        return [str(PYTHON), "-m", MODULES[name], *rest]
    for candidate in (BIN / name, BIN / f"{name}.exe"):
        if candidate.is_file():
            return [str(candidate), *rest]
    known = ", ".join(["demo", "test", "build", *MODULES, "python", "pytest"])
    raise SetupError(f"there is no command “{name}” in this project: try one of {known}.")


def child_environment(env: Mapping[str, str], *, is_test: bool) -> dict[str, str]:
    """What the command sees: the environment's programs first, UTF-8 everywhere, tests without a window."""
    child = dict(env)
    child["VIRTUAL_ENV"] = str(VENV)
    child["PATH"] = os.pathsep.join(filter(None, [str(BIN), env.get("PATH", "")]))
    child.setdefault("PYTHONUTF8", "1")
    if is_test and LINUX:
        child.setdefault("QT_QPA_PLATFORM", "offscreen")
    return child


# The Python environment -----------------------------------------------------------------------------------------------


class Need(NamedTuple):
    """What a command stands on: a lock file, and the system libraries of a screen."""

    level: str
    screen: str


def is_ready(need: Need) -> bool:
    """Whether nothing has to be set up, by the stamp alone."""
    return is_made(need.level) and need.screen in read_stamp("screens").split()


def set_up(need: Need) -> None:
    """Make what the command needs; a set-up that was broken off left no stamp, and is made again."""
    with alone():
        screens = {"none", need.screen, *read_stamp("screens").split()}
        made = is_made(need.level)  # perhaps by another start, while this one waited
        ensure_system(need, will_make=not made)
        if not made:
            was_usable = read_stamp("place") == place()
            STAMP.unlink(missing_ok=True)
            make(need.level, keep=was_usable)
        write_stamp(read_stamp("level") or need.level, screens)


def is_made(level: str) -> bool:
    """Whether the stamp names this lock (or the larger one), this place and a Python that is still there."""
    made = read_stamp("level")
    return level in {made, "run"} and bool(made) and recorded() == (digest(made), place())


def recorded() -> tuple[str, str]:
    """What the environment was made from, and where."""
    return read_stamp("lock"), read_stamp("place")


def digest(level: str) -> str:
    """The hash of a lock file; a lock that is not there has none."""
    path = LOCKS.get(level)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""


def place() -> str:
    """Where the environment stands and what it runs on: moved or upgraded, it no longer works."""
    return f"{ROOT} {PYTHON.resolve() if PYTHON.exists() else ''}"


def read_stamp(name: str) -> str:
    """One field of the stamp, empty where there is none."""
    try:
        lines = STAMP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line[len(name) + 1 :] for line in lines if line.startswith(f"{name}=")), "")


def write_stamp(level: str, screens: set[str]) -> None:
    """Record, last of all, what the environment was made from and which screens were seen to work."""
    fields = {"level": level, "lock": digest(level), "place": place(), "screens": " ".join(sorted(screens))}
    draft = STAMP.with_suffix(".new")
    draft.write_text("".join(f"{name}={value}\n" for name, value in fields.items()), encoding="utf-8")
    draft.replace(STAMP)


def make(level: str, *, keep: bool) -> None:
    """Install the locked packages, by uv where it is there and else by pip, and put the project on the path."""
    import shutil
    import time

    started = time.monotonic()
    say(f"setting up {VENV.name} (once; a minute or two on a slow line)")
    uv = shutil.which("uv")
    if not (uv and made_by_uv(uv, level, keep=keep)):
        made_by_pip(level, keep=keep)
    put_project_on_path()
    say(f"{VENV.name} is ready after {time.monotonic() - started:.0f} s")


def made_by_uv(uv: str, level: str, *, keep: bool) -> bool:
    """Try uv, which is ten times as fast; it reads other settings than pip, so that pip may work where it does not."""
    try:
        if not keep:
            remove_environment()
            run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], "uv could not make the environment")
        sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCKS[level])]
        run(sync, "uv could not install the packages")
    except SetupError as error:
        say(f"{error} Trying pip instead.")
        return False
    return True


def made_by_pip(level: str, *, keep: bool) -> None:
    """Make the environment with Python's own tools; only wheels, so that no package runs a build of its own."""
    if not keep or not has_pip():
        remove_environment()
        run([sys.executable, "-m", "venv", str(VENV)], "Python could not make the environment")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar=off"]
    locked = [*pip, "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(LOCKS[level])]
    failure = "pip could not install the packages: check the network (or pip's settings) and start again"
    run(locked, failure, progress_of(level))


def has_pip() -> bool:
    """Whether the environment can install by itself; one that uv made cannot."""
    return any(VENV.glob("lib/python3*/site-packages/pip")) or (VENV / "Lib" / "site-packages" / "pip").is_dir()


def remove_environment() -> None:
    """Take a half-made or outdated environment away."""
    import shutil

    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def put_project_on_path() -> None:
    """Let the environment's Python import the project from where it stands: no build, and edits count at once."""
    found = [*VENV.glob("lib/python3*/site-packages"), VENV / "Lib" / "site-packages"]
    (found[0] / "seraphine.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def progress_of(level: str) -> Callable[[str], None]:
    """A counter of packages on one line of the terminal; silent where nobody watches."""
    total = sum(1 for line in LOCKS[level].read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    seen = 0

    def show(line: str) -> None:
        nonlocal seen
        if not sys.stderr.isatty():
            return
        if line.startswith("Collecting "):
            seen += 1
            sys.stderr.write(f"\r\033[K  {seen} of {total}  {line.split()[1].partition('==')[0]}")
        elif line.startswith("Installing "):
            sys.stderr.write("\r\033[K  unpacking")
        elif line.startswith(("Successfully", "ERROR")):
            sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    return show


def run(words: Sequence[str], failure: str, watch: Callable[[str], None] | None = None) -> None:
    """Run a tool quietly; when it fails, its last lines are shown above one sentence that says what to do."""
    import subprocess
    from collections import deque

    last: deque[str] = deque(maxlen=OUTPUT_LINES_KEPT)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as tool:
        for line in tool.stdout or ():
            last.append(line)
            if watch:
                watch(line)
    if tool.returncode:
        sys.stderr.writelines(last)
        raise SetupError(f"{failure}.")


class alone:  # noqa: N801 - read as a word after "with"
    """One set-up at a time: a second start waits here for the first; on Windows, where it would break, it does not."""

    def __enter__(self) -> None:
        self._file = Path(__file__).open("rb")
        if not WINDOWS:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


# The system -----------------------------------------------------------------------------------------------------------


def ensure_system(need: Need, *, will_make: bool) -> None:
    """See that the system has what pip and Qt stand on; everything that is missing is named at once."""
    missing = missing_packages(need, will_make=will_make)
    if missing:
        provide(missing)
        missing = missing_packages(need, will_make=will_make)
    if missing:
        raise SetupError(f"this system still lacks {', '.join(missing)}: install what holds them and start again.")


def missing_packages(need: Need, *, will_make: bool) -> list[str]:
    """The Debian packages of what cannot be found here: Python's own part first, then libraries, then fonts."""
    absent = []
    if will_make and not can_make_environments():
        absent.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if LINUX and need.level == "build":
        absent += missing_for_build()
    if not LINUX or need.screen == "none":
        return absent
    libraries = {**OFFSCREEN_LIBRARIES, **(X11_LIBRARIES if need.screen == "x11" else {})}
    absent += [package for library, package in libraries.items() if not loads(library)]
    return absent + [package for path, package in FONT_FILES.items() if not is_filled(Path(path))]


def missing_for_build() -> list[str]:
    """The Debian packages of what PyInstaller takes from the system: Python as a library, and a reader of programs."""
    import shutil
    import sysconfig

    name, folder = (sysconfig.get_config_var(key) or "" for key in ("INSTSONAME", "LIBDIR"))
    is_there = ".so" not in name or Path(folder, name).is_file() or loads(name)
    absent = [] if is_there else [name.partition(".so")[0]]
    return absent if shutil.which("objdump") else [*absent, "binutils"]


def can_make_environments() -> bool:
    """Whether uv is there, or the part of Python that Debian and Ubuntu split off into a package of its own."""
    import importlib.util
    import shutil

    return bool(shutil.which("uv")) or all(importlib.util.find_spec(name) for name in ("ensurepip", "venv"))


def loads(library: str) -> bool:
    """Whether the system's loader finds a library, whoever installed it."""
    import ctypes

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def is_filled(path: Path) -> bool:
    """Whether a file is there, or a folder with anything in it."""
    return path.is_file() or (path.is_dir() and any(path.iterdir()))


def provide(packages: Sequence[str]) -> None:
    """Install Debian packages as root, saying so; otherwise say the one line that does it."""
    import shutil

    names = ", ".join(packages)
    if shutil.which("apt-get") is None:
        raise SetupError(f"this system lacks what Debian calls {names}: install them and start again.")
    if os.geteuid() != 0:
        line = f"sudo apt-get update && sudo apt-get install -y {' '.join(current_names(packages))}"
        raise SetupError(f"this system lacks {names}: run “{line}” and start again.")
    say(f"installing what this system lacks with apt-get: {names}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run(["apt-get", "update", "-q"], "apt-get could not read its package lists: check the network and start again")
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *current_names(packages)]
    run(install, f"apt-get could not install {names}: see its message above")


def current_names(packages: Sequence[str]) -> list[str]:
    """Return the packages as this release calls them: since Debian 13 and Ubuntu 24.04 some end in t64."""
    import subprocess

    asked = ["apt-cache", "show", "--no-all-versions", *(f"{package}t64" for package in packages)]
    shown = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=False)
    renamed = {line[len("Package: ") :] for line in shown.stdout.splitlines() if line.startswith("Package: ")}
    return [f"{package}t64" if f"{package}t64" in renamed else package for package in packages]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
