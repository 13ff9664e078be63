"""How a till comes to believe a server that no public authority vouches for: one line with address, pin and code.

The pin is the SHA-256 of the public key of the store's own authority; it is checked before any secret leaves the till.
"""

import re
from dataclasses import dataclass
from typing import Final

from seraphine_pos.domain.refusal import Refusal, Unavailable

SCHEME: Final = "seraphine:"
# Made into expressions at the first use: this module is loaded with every start of a till.
_LINE: Final = r"seraphine:(https://[^\s/#]+)/?#([A-Za-z0-9_-]{43})?#([0-9A-Za-z-]{8,64})"
# Nothing but this PC can be meant: what follows the host is a port, a path, or the end.
_LOOPBACK: Final = r"http://(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(?::\d{1,5})?(?:/.*)?"


class PairingUnreadable(Refusal):
    """The line that joins a till to its store is cut or not one."""

    template = "La chaîne de rattachement est incomplète : copiez-la en entier, de « seraphine: » à la dernière lettre."


class PlainLine(Unavailable):
    """The address would send the shop's data unencrypted over a network."""

    template = (
        "{url} n’est pas chiffrée : hors de ce PC, la caisse ne parle qu’en https. Demandez une nouvelle chaîne de "
        "rattachement au serveur du magasin ; rien ne se perd d’ici là."
    )


class ClockDisagrees(Unavailable):
    """The server's certificate is the store's own, and by this PC's clock its time is over or has not begun."""

    template = (
        "L’heure de ce PC et celle du serveur ne s’accordent pas (certificat {reason}) : vérifiez la date des deux. "
        "Rien ne se perd d’ici là."
    )


@dataclass(frozen=True, slots=True)
class Pairing:
    """Where a server is, the pin of its authority (empty where public trust is meant), and a one-time code."""

    url: str
    pin: str
    code: str

    def __str__(self) -> str:
        """Return the line as it is copied, or read from a picture."""
        return f"{SCHEME}{self.url}#{self.pin}#{self.code}"


def is_pairing(text: str) -> bool:
    """Whether somebody gave such a line, whole or not, and no bare code."""
    return text.strip().lower().startswith(SCHEME)


def read(text: str) -> Pairing:
    """Return what a line says; raise PairingUnreadable."""
    found = re.fullmatch(_LINE, "".join(text.split()), re.ASCII)
    if found is None:
        raise PairingUnreadable
    url, pin, code = found.groups(default="")
    return Pairing(url, pin, code)


def stays_here(url: str) -> bool:
    """Whether plain HTTP to this address never leaves this PC."""
    return re.fullmatch(_LOOPBACK, url, re.ASCII | re.IGNORECASE) is not None


def check_line(url: str) -> None:
    """Raise PlainLine for an address that would be spoken to unencrypted over a network."""
    if url.lower().startswith("http:") and not stays_here(url):
        raise PlainLine(url=url[:80])
