"""Every certificate that a till may meet, shown by a real TLS server: one is believed, the others hear no secret."""

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from seraphine_pos.devices.keys import MemoryKeys
from seraphine_pos.domain.pairing import ClockDisagrees, Pairing, PlainLine
from seraphine_pos.domain.refusal import AnswerNotOurs, CodeRefused, Failure, ServerUnavailable
from seraphine_pos.paths import Home
from seraphine_pos.shop import join_shop
from seraphine_pos.sync.client import HttpServer, authority_of
from seraphine_pos.sync.trust import of_authority
from sync_server.certificates import LEAF_DAYS, SERVER, Hosts, OfTheStore, pin
from tests.fakes.talker import Talker, error, reply
from tests.sync.saying import HEAD, QUICK, hello

YEAR = timedelta(days=365)
HERE = Hosts(("localhost",), ("127.0.0.1",))
KEY = "store-1.the-device-key"
SERVER_ID = "server-1"
CODE = "H3CPFH2SLZHL5VRQV928DSX4SM"


class Store:
    """A store with its authority, and the certificate that its server shows."""

    def __init__(self, folder: Path, *, hosts: Hosts = HERE, moved: timedelta = timedelta(0)) -> None:
        self.folder = folder
        self.moved = moved
        self.shown = OfTheStore(folder, lambda: hosts, lambda: int((datetime.now(UTC) + self.moved).timestamp() * 1000))

    @property
    def authority(self) -> str:
        return b64encode(self.shown.authority).decode()

    @property
    def pin(self) -> str:
        return pin(self.shown.authority)

    @property
    def serial(self) -> int:
        return x509.load_pem_x509_certificates((self.folder / SERVER).read_bytes())[0].serial_number


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "ours")


@contextmanager
def asking(url: str, authority: str) -> Iterator[HttpServer]:
    server = HttpServer(url, KEY, SERVER_ID, authority=authority, timeouts=QUICK)
    try:
        yield server
    finally:
        server.close()


def met(context: ssl.SSLContext, authority: str, said: bytes | None = None) -> tuple[Failure | None, Talker]:
    """Say hello to a server that shows this; return what went wrong and the server."""
    with Talker(lambda _: said or reply(200, HEAD), tls=context) as talker, asking(talker.url, authority) as server:
        try:
            hello(server)
        except Failure as failure:
            return failure, talker
        return None, talker


class Ear:
    """A server that knows no TLS: it keeps the bytes that come first, answers as to plain HTTP, and hangs up."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self.heard = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listening.close()

    def _hear(self) -> None:
        with self._listening.accept()[0] as connection:
            self.heard = connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


# What is believed


def test_the_store_s_own_server_is_believed(store: Store) -> None:
    failure, talker = met(store.shown.context, store.authority)
    assert failure is None
    assert talker.heard[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_renewed_certificate_is_believed_while_the_server_runs(store: Store) -> None:
    with Talker(lambda _: reply(200, HEAD), tls=store.shown.context) as talker, asking(
        talker.url, store.authority
    ) as server:  # fmt: skip
        hello(server)
        before = store.serial
        store.moved = timedelta(days=LEAF_DAYS - 50)
        assert store.shown.renew()
        assert store.serial != before
        store.moved = timedelta(0)
        store.shown.renew()
        hello(server)
        assert len(talker.heard) == 2


def test_a_server_that_was_made_anew_with_its_authority_is_believed(tmp_path: Path, store: Store) -> None:
    (store.folder / SERVER).unlink()
    again = Store(store.folder)
    assert met(again.shown.context, store.authority)[0] is None


# What is not: (what the server shows, the failure, what people read)


def other_store(folder: Path, _ours: Store) -> ssl.SSLContext:
    return Store(folder).shown.context


def replaced_authority(_folder: Path, ours: Store) -> ssl.SSLContext:
    for path in ours.folder.iterdir():
        path.unlink()
    return Store(ours.folder).shown.context


def expired(_folder: Path, ours: Store) -> ssl.SSLContext:
    (ours.folder / SERVER).unlink()
    return Store(ours.folder, moved=-timedelta(days=LEAF_DAYS + 3)).shown.context


def not_yet_valid(_folder: Path, ours: Store) -> ssl.SSLContext:
    (ours.folder / SERVER).unlink()
    return Store(ours.folder, moved=YEAR / 2).shown.context


def expired_of_another(folder: Path, _ours: Store) -> ssl.SSLContext:
    return expired(folder, Store(folder))


def wrong_address(_folder: Path, ours: Store) -> ssl.SSLContext:
    (ours.folder / SERVER).unlink()
    return Store(ours.folder, hosts=Hosts((), ("192.168.1.10",))).shown.context


def wrong_name(_folder: Path, ours: Store) -> ssl.SSLContext:
    (ours.folder / SERVER).unlink()
    return Store(ours.folder, hosts=Hosts(("boutique.exemple",), ())).shown.context


def self_signed(_folder: Path, _ours: Store) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "sync" / "self_signed.pem")
    return context


def signed_by_a_server(folder: Path, ours: Store) -> ssl.SSLContext:
    """A server's own certificate, stolen with its key, signs one for another address: it is no authority."""
    raw = (ours.folder / SERVER).read_bytes()
    stolen, *_ = chain = x509.load_pem_x509_certificates(raw)
    stolen_key = load_pem_private_key(raw, None)
    assert isinstance(stolen_key, ec.EllipticCurvePrivateKey)
    folder.mkdir()
    other = Store(folder / "other")
    key = load_pem_private_key((other.folder / SERVER).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
        .issuer_name(stolen.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC) - YEAR / 12)
        .not_valid_after(datetime.now(UTC) + YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(stolen_key, hashes.SHA256())
    )
    pem = folder / "forged.pem"
    lines = [(other.folder / SERVER).read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]]
    pem.write_bytes(b"".join([*lines, *(one.public_bytes(Encoding.PEM) for one in (forged, *chain))]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


STRANGER = "son certificat est d’un inconnu"
ELSEWHERE = "son certificat est d’une autre adresse"
Shows = Callable[[Path, Store], ssl.SSLContext]


@pytest.mark.parametrize(
    ("shows", "failure", "reason"),
    [
        (other_store, AnswerNotOurs, STRANGER),
        (replaced_authority, AnswerNotOurs, STRANGER),
        (expired, ClockDisagrees, "plus valable"),
        (not_yet_valid, ClockDisagrees, "pas encore valable"),
        (expired_of_another, AnswerNotOurs, STRANGER),
        (wrong_address, AnswerNotOurs, ELSEWHERE),
        (wrong_name, AnswerNotOurs, ELSEWHERE),
        (self_signed, AnswerNotOurs, STRANGER),
        (signed_by_a_server, AnswerNotOurs, STRANGER),
    ],
)
def test_another_certificate_is_refused_and_named_and_hears_nothing(
    tmp_path: Path, store: Store, shows: Shows, failure: type[Failure], reason: str
) -> None:
    authority = store.authority
    found, talker = met(shows(tmp_path / "theirs", store), authority)
    assert type(found) is failure
    assert reason in str(found)
    assert talker.heard == []


def test_the_store_s_own_authority_is_no_public_one(store: Store) -> None:
    found, talker = met(store.shown.context, "")
    assert type(found) is AnswerNotOurs
    assert STRANGER in str(found)
    assert talker.heard == []


def test_a_server_that_speaks_plain_http_all_of_a_sudden_hears_no_key(store: Store) -> None:
    with Ear() as ear, asking(ear.url, store.authority) as server, pytest.raises(ServerUnavailable):
        hello(server)
    assert ear.heard.startswith(b"\x16\x03")
    assert KEY.encode() not in ear.heard


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_a_server_of_an_older_tls_is_not_spoken_to(store: Store) -> None:
    context = store.shown.context
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    found, talker = met(context, store.authority)
    assert type(found) is ServerUnavailable
    assert talker.heard == []


def test_a_redirect_to_plain_http_is_not_followed(store: Store) -> None:
    with Talker(lambda _: reply(200, HEAD)) as plain:
        away = f"HTTP/1.1 307 X\r\nLocation: {plain.url}/v1/push\r\nContent-Length: 0\r\n\r\n".encode()
        found, _ = met(store.shown.context, store.authority, away)
    assert type(found) is AnswerNotOurs
    assert plain.heard == []


def test_plain_http_beyond_this_pc_is_refused_before_any_connection(store: Store) -> None:
    # Nothing here may reach the address: the suite refuses any connection but loopback's.
    with asking("http://192.168.1.10:8420", store.authority) as server, pytest.raises(PlainLine, match="https"):
        hello(server)


def test_a_kept_authority_that_is_damaged_believes_nobody(store: Store) -> None:
    for damaged in ("%%", "AAAA", store.authority[:-8]):
        with pytest.raises(AnswerNotOurs):
            of_authority(damaged)


# Joining


def line(url: str, told: str) -> str:
    return str(Pairing(url, told, CODE))


def an_authority(authority: str) -> bytes:
    return reply(200, {"server_id": "server-1", "authority": authority})


def joins(tmp_path: Path, url: str, told: str) -> None:
    home = Home(tmp_path / "till")
    try:
        join_shop(home, "", line(url, told), keys=MemoryKeys())
    finally:
        assert not home.settings.exists()


def test_the_right_server_hears_the_code_after_it_has_shown_its_authority(tmp_path: Path, store: Store) -> None:
    def said(heard: object) -> bytes:
        return an_authority(store.authority) if "authority" in str(heard) else error(422, "CODE_REFUSED")

    with Talker(said, tls=store.shown.context) as talker, pytest.raises(CodeRefused):
        joins(tmp_path, talker.url, store.pin)
    question, code = talker.heard
    assert (question.line, question.content) == ("GET /v1/authority HTTP/1.1", b"")
    assert (code.line, code.json["code"]) == ("POST /v1/enrol HTTP/1.1", CODE)


@pytest.mark.parametrize("tells", ["its own", "ours", "nothing", "rubbish", "a portal's page"])
def test_a_man_in_the_middle_of_joining_hears_no_secret(tmp_path: Path, store: Store, tells: str) -> None:
    his = Store(tmp_path / "his")
    told = {
        "its own": an_authority(his.authority), "ours": an_authority(store.authority), "nothing": an_authority(""),
        "rubbish": an_authority("%" * 40_000), "a portal's page": reply(200, "<html>Bienvenue</html>", "text/html"),
    }[tells]  # fmt: skip
    with Talker(lambda _: told, tls=his.shown.context) as talker, pytest.raises(AnswerNotOurs):
        joins(tmp_path, talker.url, store.pin)
    (heard,) = talker.heard
    assert (heard.line, heard.content) == ("GET /v1/authority HTTP/1.1", b"")
    assert "authorization" not in heard.headers
    assert CODE not in str(talker.heard)


def test_a_man_in_the_middle_who_speaks_plain_http_hears_nothing_at_all(tmp_path: Path, store: Store) -> None:
    with Ear() as ear, pytest.raises(ServerUnavailable):
        joins(tmp_path, ear.url, store.pin)
    assert ear.heard.startswith(b"\x16\x03")
    assert CODE.encode() not in ear.heard


def test_a_bare_code_goes_to_nobody_whom_no_public_authority_vouches_for(tmp_path: Path, store: Store) -> None:
    with ExitStack() as stack:
        talker = stack.enter_context(Talker(lambda _: error(422), tls=store.shown.context))
        stack.enter_context(pytest.raises(AnswerNotOurs, match="inconnu"))
        join_shop(Home(tmp_path / "till"), talker.url, CODE, keys=MemoryKeys())
    assert talker.heard == []


def test_an_authority_is_kept_as_it_was_shown(store: Store) -> None:
    with Talker(lambda _: an_authority(store.authority), tls=store.shown.context) as talker:
        assert authority_of(talker.url, store.pin, QUICK) == store.authority
