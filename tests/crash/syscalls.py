"""The calls by which a process changes files, as this kernel numbers them, and the filter that stops at them."""

import ctypes
import platform
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PR_SET_NO_NEW_PRIVS: Final = 38
SET_MODE_FILTER: Final = 1
NEW_LISTENER: Final = 8
ALLOW: Final = 0x7FFF0000
NOTIFY: Final = 0x7FC00000
MAP_SHARED: Final = 1
NOTIFICATION: Final = struct.Struct("QIIiIQ6Q")
ANSWER: Final = struct.Struct("QqiI")
RECEIVE: Final = 0xC0502100
SEND: Final = 0xC0182101
CONTINUE: Final = 1

_LOAD, _EQUALS, _ANY_OF, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _MMAP_FLAGS_AT = 0, 16 + 8 * 3


@dataclass(frozen=True, slots=True)
class Machine:
    """A kernel's numbers."""

    seccomp: int
    calls: dict[int, str]


_X86: Final = Machine(
    317,
    {
        1: "write", 2: "open", 9: "mmap", 18: "pwrite64", 20: "writev", 40: "sendfile", 74: "fsync", 75: "fdatasync",
        76: "truncate", 77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 85: "creat", 86: "link", 87: "unlink",
        88: "symlink", 257: "openat", 258: "mkdirat", 263: "unlinkat", 264: "renameat", 265: "linkat", 266: "symlinkat",
        285: "fallocate", 296: "pwritev", 316: "renameat2", 326: "copy_file_range", 328: "pwritev2",
    },
)  # fmt: skip
_ARM: Final = Machine(
    277,
    {
        34: "mkdirat", 35: "unlinkat", 36: "symlinkat", 37: "linkat", 38: "renameat", 45: "truncate", 46: "ftruncate",
        47: "fallocate", 56: "openat", 64: "write", 66: "writev", 68: "pwrite64", 70: "pwritev", 71: "sendfile",
        82: "fsync", 83: "fdatasync", 222: "mmap", 276: "renameat2", 285: "copy_file_range", 287: "pwritev2",
    },
)  # fmt: skip
_MACHINES: Final = {"x86_64": _X86, "aarch64": _ARM}


def machine() -> Machine:
    """Return this machine's numbers; raise OSError where they are not known."""
    found = _MACHINES.get(platform.machine())
    if found is None or not Path("/proc/self/fd").is_dir():
        raise OSError(f"nobody has listed the system calls of {platform.system()} on {platform.machine()}")
    return found


def stop_at_changes(here: Machine) -> int:
    """Have every such call of this process, from now on, wait for whoever reads the descriptor that is returned."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps = ctypes.create_string_buffer(_filter(here))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(steps.raw[:-1]) // 8, ctypes.addressof(steps)),
    )
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel does not let a process bind itself")
    listener = libc.syscall(here.seccomp, SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "the kernel does not let one process watch another's calls")
    return int(listener)


def _filter(here: Machine) -> bytes:
    """Return the kernel's little program: allow, but notify of the listed calls, of mmap only where it is shared."""
    plain = [number for number, name in here.calls.items() if name != "mmap"]
    shared = next(number for number, name in here.calls.items() if name == "mmap")
    # load number · mmap? · the others? · allow · notify · load flags · shared?
    steps = [(_LOAD, 0, 0, _NUMBER_AT), (_EQUALS, len(plain) + 2, 0, shared)]
    steps += [(_EQUALS, len(plain) - place, 0, number) for place, number in enumerate(plain)]
    steps += [(_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, NOTIFY)]
    steps += [(_LOAD, 0, 0, _MMAP_FLAGS_AT), (_ANY_OF, 0, 1, MAP_SHARED)]
    steps += [(_RETURN, 0, 0, NOTIFY), (_RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
