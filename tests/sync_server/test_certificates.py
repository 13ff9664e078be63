"""The store's own authority is made once; what it signs is renewed by itself and names this machine."""

import ssl
import stat
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sync_server.certificates import (
    AUTHORITY,
    LEAF_DAYS,
    RENEW_DAYS,
    SERVER,
    TRUSTED,
    Given,
    Hosts,
    OfTheStore,
    address_for_tills,
    hosts_of_machine,
    is_loopback,
    note_served,
    pin,
    served,
)
from sync_server.errors import Unready

DAY_MS = 24 * 3600 * 1000
NOW_MS = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1000)
HERE = Hosts(("caisse.local",), ("192.168.1.10", "127.0.0.1"))


class Machine:
    """A machine with a clock and addresses that may change."""

    def __init__(self, folder: Path, hosts: Hosts = HERE) -> None:
        self.folder = folder
        self.hosts = hosts
        self.now_ms = NOW_MS

    def open(self) -> OfTheStore:
        return OfTheStore(self.folder, lambda: self.hosts, lambda: self.now_ms)

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates((self.folder / SERVER).read_bytes())[0]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "server" / "tls")


def test_the_authority_is_made_once_and_stays(machine: Machine) -> None:
    first = machine.open()
    second = machine.open()
    assert first.authority == second.authority
    found = x509.load_der_x509_certificate(first.authority)
    assert found.not_valid_after_utc > datetime(2040, 1, 1, tzinfo=UTC)
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert len(pin(first.authority)) == 43


@pytest.mark.skipif(sys.platform == "win32", reason="there the folder of the account keeps others out")
def test_nobody_else_may_read_the_keys(machine: Machine) -> None:
    machine.open()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in machine.folder.iterdir()}
    assert modes == {AUTHORITY: 0o600, SERVER: 0o600, TRUSTED: 0o644}
    assert stat.S_IMODE(machine.folder.stat().st_mode) == 0o700


def test_the_authority_s_certificate_stands_alone_in_a_file_to_hand_out(machine: Machine) -> None:
    shown = machine.open()
    path = machine.folder / TRUSTED
    assert b"PRIVATE" not in path.read_bytes()
    assert x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) == shown.authority
    ssl.create_default_context(cafile=path)
    path.write_text("damaged")
    machine.open()
    assert x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) == shown.authority


def test_two_programs_that_start_at_once_have_the_same_authority(machine: Machine) -> None:
    found: list[bytes] = []
    both = threading.Barrier(4)

    def begin() -> None:
        both.wait()
        found.append(machine.open().authority)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4


def test_a_certificate_names_this_machine_and_is_signed_by_the_authority(machine: Machine) -> None:
    shown = machine.open()
    said = machine.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert said.get_values_for_type(x509.DNSName) == ["caisse.local"]
    assert [str(one) for one in said.get_values_for_type(x509.IPAddress)] == ["192.168.1.10", "127.0.0.1"]
    machine.leaf.verify_directly_issued_by(x509.load_der_x509_certificate(shown.authority))


def test_a_certificate_is_renewed_before_it_ends_and_not_sooner(machine: Machine) -> None:
    shown = machine.open()
    before = machine.leaf.serial_number
    machine.now_ms += (LEAF_DAYS - RENEW_DAYS - 1) * DAY_MS
    assert not shown.renew()
    machine.now_ms += 2 * DAY_MS
    assert shown.renew()
    assert machine.leaf.serial_number != before
    assert machine.leaf.not_valid_after_utc > datetime.fromtimestamp(machine.now_ms / 1000, UTC) + timedelta(days=300)
    assert not shown.renew()


def test_a_new_address_of_the_machine_gets_into_the_certificate(machine: Machine) -> None:
    shown = machine.open()
    machine.hosts = Hosts(HERE.names, ("192.168.7.7", "127.0.0.1"))
    assert shown.renew()
    said = machine.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.168.7.7" in [str(one) for one in said.get_values_for_type(x509.IPAddress)]


@pytest.mark.parametrize("damage", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_certificate_is_made_anew(machine: Machine, damage: bytes) -> None:
    authority = machine.open().authority
    (machine.folder / SERVER).write_bytes(damage)
    again = machine.open()
    assert again.authority == authority
    machine.leaf.verify_directly_issued_by(x509.load_der_x509_certificate(authority))


def test_a_damaged_authority_is_never_replaced_in_silence(machine: Machine) -> None:
    machine.open()
    (machine.folder / AUTHORITY).write_bytes(b"rubbish")
    with pytest.raises(Unready, match="every till join again"):
        machine.open()


def test_a_clock_before_the_program_itself_makes_no_authority(machine: Machine) -> None:
    machine.now_ms = 0
    with pytest.raises(Unready, match="1970-01-01"):
        machine.open()
    assert not (machine.folder / AUTHORITY).exists()


def test_older_versions_of_tls_are_not_spoken(machine: Machine) -> None:
    assert machine.open().context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_given_certificate_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    first, second = Machine(tmp_path / "a"), Machine(tmp_path / "b")
    authority = first.open().authority
    second.open()
    chain = tmp_path / "chain.pem"
    chain.write_bytes((first.folder / SERVER).read_bytes())
    given = Given(chain, None)
    assert given.authority == authority
    assert not given.renew()
    chain.write_bytes((second.folder / SERVER).read_bytes())
    assert given.renew()


def test_a_given_certificate_without_its_root_means_public_trust(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "a")
    machine.open()
    whole = (machine.folder / SERVER).read_bytes()
    chain = tmp_path / "chain.pem"
    chain.write_bytes(whole[: whole.rindex(b"-----BEGIN CERTIFICATE")])
    assert Given(chain, None).authority == b""


def test_a_given_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unready, match="nowhere"):
        Given(tmp_path / "nowhere.pem", None)


def test_what_is_listened_on_comes_first_among_the_hosts() -> None:
    system = ["192.168.1.10", "fe80::1%eth0", "Caisse-1", "not a name", "192.168.1.10", "_x"]
    hosts = hosts_of_machine("0.0.0.0", ("boutique.exemple", "10.0.0.7"), lambda: system)  # noqa: S104  compared only
    assert hosts.addresses == ("10.0.0.7", "192.168.1.10", "127.0.0.1", "::1")
    assert hosts.names == ("boutique.exemple", "caisse-1", "localhost")


@pytest.mark.parametrize(
    ("listening", "url"),
    [
        ("0.0.0.0", "https://192.168.1.10:8443"),  # noqa: S104  compared only
        ("::", "https://192.168.1.10:8443"),
        ("10.1.1.1", "https://10.1.1.1:8443"),
        ("fd00::1", "https://[fd00::1]:8443"),
    ],
)
def test_tills_are_told_an_address_that_they_can_reach(listening: str, url: str) -> None:
    assert address_for_tills(listening, 8443, Hosts(("caisse",), ("127.0.0.1", "192.168.1.10"))) == url


def test_what_was_served_is_known_to_the_command_that_makes_codes(machine: Machine, tmp_path: Path) -> None:
    assert served(tmp_path) is None
    authority = machine.open().authority
    note_served(machine.folder, "https://192.168.1.10:8443", authority)
    assert served(machine.folder) == ("https://192.168.1.10:8443", pin(authority))


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("caisse", False)]  # noqa: S104
)  # fmt: skip
def test_loopback_is_known(host: str, here: bool) -> None:
    assert is_loopback(host) is here
