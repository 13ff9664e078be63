"""Where the server may send to: an address is judged before anything is opened, and looked up only once.

Outside the shop only https on its own port, to public addresses; inside it only what the settings name as host:port.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from sync_server.errors import Refused

Resolve = Callable[[str, int], Sequence[str]]
Address = IPv4Address | IPv6Address

URL_MAX: Final = 2000
LOCAL: Final = "localhost"
HTTPS_PORT: Final = 443
PORTS: Final = {"https": HTTPS_PORT, "http": 80}
PLAIN: Final = re.compile(r"[!-~]+")  # printable ASCII, no space
NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
# A name whose last part reads as a number is an address in disguise: 2130706433, 0177.1, 0x7f.1.
NUMBER: Final = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")
# Written out, since the standard library's own list differs from one patch of Python to the next; with relays to IPv4,
# and the wire of one large cloud, which are public by their number and yet a way inside.
NEVER: Final = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
UNICAST_6: Final = ip_network("2000::/3")


class DestinationRefused(Refused):
    """Nothing is sent to this address."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that may be sent to, as a URL says it: ``allowed`` when the settings name its host and port."""

    scheme: str
    host: str
    port: int
    path: str
    allowed: bool

    @property
    def named(self) -> str:
        """Return host and port as the settings write them."""
        return f"{self._host}:{self.port}"

    @property
    def authority(self) -> str:
        """Return the host as a request names it, with its port where it is not the usual one."""
        return self._host if self.port == PORTS[self.scheme] else self.named

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read(url: str, allow: Collection[str] = ()) -> Destination:
    """Return where a URL leads; raise DestinationRefused for what is never sent to, whatever its name stands for."""
    if len(url) > URL_MAX or not PLAIN.fullmatch(url) or "\\" in url:
        raise DestinationRefused("the address must be plain letters, without spaces, of at most 2000 characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise DestinationRefused(f"the address cannot be read: {problem}") from None
    if parts.scheme not in PORTS:
        raise DestinationRefused("the address must begin with https://")
    if "@" in parts.netloc or "#" in url:
        raise DestinationRefused("the address must hold neither a name before @ nor a part after #")
    host = _host(parts.hostname or "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme, host, PORTS[parts.scheme] if port is None else port, path, allowed=False)
    if found.named in allow:
        return Destination(found.scheme, found.host, found.port, found.path, allowed=True)
    if found.scheme != "https" or found.port != HTTPS_PORT:
        raise DestinationRefused(
            f"only https on port {HTTPS_PORT} is sent to: name {found.named} under allow in [outbound] if it is yours"
        )
    if (literal := _literal(host)) is not None:
        _refuse_inside(literal, found)
    if host == LOCAL or host.endswith(f".{LOCAL}"):
        raise DestinationRefused(
            f"{host} is this machine itself: name {found.named} under allow in [outbound] if it is yours"
        )
    return found


def look_up(destination: Destination, resolve: Resolve) -> str:
    """Return the one address to connect to; raise DestinationRefused when the name stands for any inside one."""
    literal = _literal(destination.host)
    found = [str(literal)] if literal is not None else list(resolve(destination.host, destination.port))
    if not found:
        raise DestinationRefused(f"{destination.host} has no address")
    if not destination.allowed:
        for one in found:
            _refuse_inside(ip_address(one.partition("%")[0]), destination)
    return found[0]


def is_public(address: Address) -> bool:
    """Tell whether an address lies outside every private, local, shared, relayed, mapped or reserved range."""
    if any(address in network for network in NEVER if network.version == address.version):
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST_6:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _refuse_inside(address: Address, destination: Destination) -> None:
    if not is_public(address):
        raise DestinationRefused(
            f"{destination.host} stands for {address}, which is no public address: name {destination.named} under"
            " allow in [outbound] if it is yours"
        )


def _host(written: str) -> str:
    """Return a host as it is compared; raise DestinationRefused unless it is a name or a whole address."""
    host = written.lower()
    if ":" in host:
        if _literal(host) is None or "%" in host:
            raise DestinationRefused("the address in brackets is none")
        return str(_literal(host))
    if not NAME.fullmatch(host) or (NUMBER.fullmatch(host) and _literal(host) is None):
        raise DestinationRefused("the host must be a name, or an address in its usual form")
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
