"""What this server shows to a caller over TLS: a certificate of the store's own authority, or one that was given to it.

The authority is made at the first need and stays; its certificates for this machine are made anew before they end,
and when the machine's addresses have changed. Tills know the authority by its pin, which replaces public trust.
"""

import contextlib
import ipaddress
import json
import logging
import os
import re
import socket
import ssl
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync_server.errors import Unready

FOLDER: Final = "tls"
AUTHORITY: Final = "authority.pem"
# Its certificate alone, for whoever is to trust it.
TRUSTED: Final = "authority.crt"
FOR_ALL: Final = 0o644
SERVER: Final = "server.pem"
SERVED: Final = "served.json"
AUTHORITY_DAYS: Final = 20 * 365
AUTHORITY_BEFORE_DAYS: Final = 2 * 365
LEAF_DAYS: Final = 397
LEAF_BEFORE_DAYS: Final = 30
RENEW_DAYS: Final = 60
# A clock before the program itself would make an authority that is over for every till.
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
WILDCARDS: Final = ("", "0.0.0.0", "::")  # noqa: S104  compared, not listened on
# Nothing is sent there: the system only says from which of its addresses it would be.
ELSEWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hosts:
    """How callers may name this machine: the address that tills are told comes first."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]


class Shown(Protocol):
    """A certificate with its key, in a context that a listening server uses."""

    context: ssl.SSLContext

    @property
    def authority(self) -> bytes:
        """Return the certificate (DER) that tills are to trust alone; empty where public trust is meant."""

    def renew(self) -> bool:
        """Take up a newer certificate if it is time; return whether it was."""


class OfTheStore:
    """Certificates of the store's own authority."""

    def __init__(self, folder: Path, hosts: Callable[[], Hosts], now_ms: Callable[[], int]) -> None:
        """Load the authority and a certificate for these hosts, or make them; raise Unready."""
        self._path = folder / SERVER
        self._hosts = hosts
        self._now_ms = now_ms
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._key, self._certificate = _authority(folder / AUTHORITY, self._now())
            _hand_out(folder / TRUSTED, self._certificate.public_bytes(Encoding.PEM))
        except OSError as problem:
            raise Unready(f"{folder} cannot be used for certificates: {problem.strerror or problem}") from problem
        self.context = _context()
        if not self.renew():
            _load(self.context, self._path, self._path.read_bytes())

    @property
    def authority(self) -> bytes:
        """Return the authority's certificate."""
        return self._certificate.public_bytes(Encoding.DER)

    def renew(self) -> bool:
        """Make a new certificate where the one that is there is near its end or lacks an address of this machine."""
        now, hosts = self._now(), self._hosts()
        if not self._certificate.not_valid_before_utc <= now < self._certificate.not_valid_after_utc:
            log.error("the clock of this machine says %s, when the store's authority is not valid: tills refuse", now)
        if self._is_good(now, hosts):
            return False
        key, leaf = _leaf(self._key, self._certificate, hosts, now)
        parts = (_private(key), leaf.public_bytes(Encoding.PEM), self._certificate.public_bytes(Encoding.PEM))
        _load(self.context, self._path, b"".join(parts))
        _write(self._path, b"".join(parts))
        log.info("made a certificate for %s", ", ".join((*hosts.addresses, *hosts.names)))
        return True

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._now_ms() / 1000, UTC)

    def _is_good(self, now: datetime, hosts: Hosts) -> bool:
        """Whether the certificate on the disk is ours, is valid for long enough, and names all of these hosts."""
        try:
            leaf = x509.load_pem_x509_certificates(self._path.read_bytes())[0]
            leaf.verify_directly_issued_by(self._certificate)
            said = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, IndexError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        named = {*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress))}
        lasts = leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc - timedelta(days=RENEW_DAYS)
        return lasts and named >= {*hosts.names, *hosts.addresses}


class Given:
    """A certificate that somebody else renews: it is read again when its file has changed.

    Where the last certificate of the file has signed itself, tills are to trust that one alone; else public trust is
    meant.
    """

    def __init__(self, certificate: Path, key: Path | None) -> None:
        """Load a chain and its key, which may stand in the same file; raise Unready."""
        self._certificate = certificate
        self._key = key
        self.context = _context()
        self._read = b""
        try:
            self.renew()
            last = x509.load_pem_x509_certificates(certificate.read_bytes())[-1]
        except (OSError, ValueError) as problem:
            raise Unready(f"the certificate {certificate} cannot be used: {problem}") from problem
        self.authority = last.public_bytes(Encoding.DER) if last.issuer == last.subject else b""

    def renew(self) -> bool:
        """Read the files again if they have changed; raise what is wrong with them."""
        found = b"".join(path.read_bytes() for path in (self._certificate, self._key) if path is not None)
        if found == self._read:
            return False
        self.context.load_cert_chain(self._certificate, self._key)
        self._read = found
        return True


def pin(certificate: bytes) -> str:
    """Return the pin of a certificate (DER): the SHA-256 of its public key, in 43 letters."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    digest = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def said_by_system() -> list[str]:
    """Return the addresses and names that the system gives this machine."""
    machine = socket.gethostname()
    return [*_addresses(), *_resolved(machine), machine, f"{machine}.local"]


def hosts_of_machine(
    listening: str, more: tuple[str, ...] = (), said: Callable[[], list[str]] = said_by_system
) -> Hosts:
    """Return what this machine is called: as told first, then what the system says."""
    told = [one for one in (listening, *more) if one not in WILDCARDS]
    found = [*told, *said(), "127.0.0.1", "::1", "localhost"]
    # What is good on one cable alone is left out.
    known = (one for word in found if (one := _address(word)) is not None)
    addresses = dict.fromkeys(str(one) for one in known if not one.is_link_local)
    names = dict.fromkeys(word.lower() for word in found if _address(word) is None and _NAME.fullmatch(word))
    return Hosts(tuple(names), tuple(addresses))


def address_for_tills(listening: str, port: int, hosts: Hosts) -> str:
    """Return the address that tills are told: the one that is listened on, else the machine's first on the network."""
    abroad = [one for one in hosts.addresses if not ipaddress.ip_address(one).is_loopback]
    host = listening if listening not in WILDCARDS else (abroad or list(hosts.names))[0]
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def note_served(folder: Path, url: str, authority: bytes) -> None:
    """Keep where tills find this server, and what they are to trust, for the command that makes codes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / SERVED, json.dumps({"url": url, "pin": pin(authority) if authority else ""}).encode() + b"\n")


def served(folder: Path) -> tuple[str, str] | None:
    """Return the address and the pin that were last served over TLS in this home; the pin is empty for public trust."""
    try:
        said = json.loads((folder / SERVED).read_bytes())
        return str(said["url"]), str(said["pin"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach what listens there."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return None


def _addresses() -> list[str]:
    """Return the addresses from which this machine would speak to the outside."""
    found = []
    for family, elsewhere in ELSEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((elsewhere, 9))
            found.append(str(asking.getsockname()[0]))
    return found


def _resolved(machine: str) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(machine, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []  # a machine need not know its own name


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _authority(path: Path, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the store's authority, made if there is none; when two processes make one, the first is everybody's."""
    if not path.exists():
        if now < EARLIEST:
            raise Unready(f"the clock of this machine says {now:%Y-%m-%d}: set it, then start the server again")
        key, certificate = _new_authority(now)
        draft = _drafted(path, _private(key) + certificate.public_bytes(Encoding.PEM))
        try:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    raw = path.read_bytes()
    try:
        found = load_pem_private_key(raw, None)
        certificate = x509.load_pem_x509_certificate(raw)
    except ValueError as problem:
        raise Unready(f"{path} is damaged: put back a copy, or remove it and let every till join again") from problem
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise Unready(f"{path} holds a key of another kind than this program makes")
    return found, certificate


def _hand_out(path: Path, certificate: bytes) -> None:
    """Write a certificate, which is no secret, so that nobody need hand out a file that holds a key."""
    if not path.exists() or path.read_bytes() != certificate:
        _write(path, certificate)
        path.chmod(FOR_ALL)


def _new_authority(now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Seraphine POS store {serial:040x}"[:40])])
    uses = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(name, name, key.public_key(), serial)
        .not_valid_before(now - timedelta(days=AUTHORITY_BEFORE_DAYS))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(uses, critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _leaf(
    authority_key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, hosts: Hosts, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seraphine POS server")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(one) for one in hosts.names]
    alternatives.extend(x509.IPAddress(ipaddress.ip_address(one)) for one in hosts.addresses)
    uses = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    whose = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )
    certificate = (
        _begun(name, authority.subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=LEAF_BEFORE_DAYS))
        .not_valid_after(now + timedelta(days=LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(whose, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return key, certificate


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load(context: ssl.SSLContext, path: Path, content: bytes) -> None:
    """Show this key and chain: OpenSSL reads a file twice, and another program may replace ours in between."""
    draft = _drafted(path, content)
    try:
        context.load_cert_chain(draft)
    finally:
        draft.unlink()


def _write(path: Path, content: bytes) -> None:
    """Write a file that this account alone may read, whole or not at all."""
    _drafted(path, content).replace(path)


def _drafted(path: Path, content: bytes) -> Path:
    """Write a file of its own name beside this one, for this account alone."""
    number, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
