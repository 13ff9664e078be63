"""No test leaves this machine: a socket to anywhere but loopback is refused where Python opens it."""

import sys
from typing import Any

LOOPBACK_NAMES = frozenset({"localhost", "", None, b"localhost"})


class LeftTheMachine(AssertionError):
    """A test tried to reach the outside network."""


def is_local(host: object) -> bool:
    """Whether a host is this machine: loopback, a wildcard to listen on, or a path of a Unix socket."""
    if host in LOOPBACK_NAMES:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    return text.startswith(("127.", "/", "@", "\0")) or text in {"::1", "0.0.0.0", "::"}  # noqa: S104 - compared only


def refuse_outside(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what leaves: names to look up, connections and datagrams to other machines."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else address
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if not is_local(host):
        raise LeftTheMachine(f"a test reached for {host!r}; only loopback is open (let a fake stand there)")


# An audit hook sees every library's sockets without patching any of them. It stays for the life of the process.
sys.addaudithook(refuse_outside)
