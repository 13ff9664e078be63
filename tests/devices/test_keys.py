"""Secrets: kept by an allowed keyring or a closed file, and a keyring that fails or hangs never stops the till."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked, NoKeyringError, PasswordSetError

from seraphine_pos.devices.keys import (
    BACKENDS,
    FILE_NOTICE,
    NAMING_VARIABLE,
    SERVICE,
    FileKeys,
    KeyringKeys,
    Keys,
    MemoryKeys,
    allowed_backend,
    choose_keys,
    device_key_name,
    pepper_name,
)
from seraphine_pos.domain.refusal import KeysUnavailable


class Wallet:
    """A keyring in memory that may be told to fail."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.failure:
            raise self.failure
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failure:
            raise self.failure
        self.kept[service, username] = password


class HungWallet(Wallet):
    """A keyring that asks a person who is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.person = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.person.wait()
        return super().get_password(service, username)


class ForgetfulWallet(Wallet):
    """A keyring that says yes and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


def test_the_fakes_do_what_they_say() -> None:
    wallet = Wallet()
    wallet.set_password("s", "u", "p")
    assert wallet.get_password("s", "u") == "p"
    forgetful = ForgetfulWallet()
    forgetful.set_password("s", "u", "p")
    assert forgetful.get_password("s", "u") is None


@pytest.fixture(params=["keyring", "file", "memory"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Keys:
    kinds: dict[str, Keys] = {
        "keyring": KeyringKeys(Wallet()),
        "file": FileKeys(tmp_path / "till" / "keys.json"),
        "memory": MemoryKeys(),
    }
    return kinds[request.param]


def test_what_is_set_is_got_and_what_is_not_is_none(keys: Keys) -> None:
    assert keys.get("device-key/1") is None
    keys.set("device-key/1", "première")
    keys.set("pepper/1", "poivre")
    keys.set("device-key/1", "seconde")
    assert (keys.get("device-key/1"), keys.get("pepper/1")) == ("seconde", "poivre")


def test_only_the_file_has_something_to_say(tmp_path: Path) -> None:
    assert FileKeys(tmp_path / "k").notice == FILE_NOTICE
    assert KeyringKeys(Wallet()).notice is MemoryKeys().notice is None


def test_names_tell_devices_and_stores_apart() -> None:
    assert len({device_key_name("1"), device_key_name("2"), pepper_name("1"), pepper_name("2")}) == 4


@pytest.mark.parametrize(
    "failure",
    [KeyringLocked("verrouillé"), NoKeyringError("absent"), PasswordSetError(), OSError("bus"), RuntimeError()],
)
def test_every_failure_of_a_keyring_is_one_of_ours(failure: Exception) -> None:
    keys = KeyringKeys(Wallet(failure))
    with pytest.raises(KeysUnavailable, match=str(failure) or type(failure).__name__):
        keys.get("x")
    with pytest.raises(KeysUnavailable):
        keys.set("x", "y")


def test_a_keyring_that_hangs_is_given_up_and_not_asked_again_meanwhile() -> None:
    """A locked keyring asks a person; asking every minute anew would pile up threads and questions."""

    def asking() -> int:
        return sum(thread.name == "keyring" for thread in threading.enumerate())

    wallet, before = HungWallet(), asking()
    keys = KeyringKeys(wallet, timeout_s=0.01)
    for _ in range(3):
        with pytest.raises(KeysUnavailable, match=r"pas de réponse en 0\.01 s"):
            keys.get("x")
    assert asking() == before + 1
    wallet.person.set()


def test_the_keyring_is_chosen_where_there_is_one(tmp_path: Path) -> None:
    wallet = Wallet()
    keys = choose_keys(tmp_path / "keys.json", find=lambda: wallet)
    keys.set("x", "y")
    assert wallet.kept == {(SERVICE, "x"): "y"}
    assert not (tmp_path / "keys.json").exists()


def test_the_file_is_chosen_without_a_keyring_and_kept_once_there(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    choose_keys(path, find=lambda: None).set("x", "y")
    assert choose_keys(path, find=Wallet).get("x") == "y"


def test_a_search_that_fails_finds_nothing(tmp_path: Path) -> None:
    def broken() -> Wallet:
        raise OSError("no bus")

    assert isinstance(choose_keys(tmp_path / "keys.json", find=broken), FileKeys)


@pytest.mark.parametrize("wallet", [Wallet(KeyringLocked()), ForgetfulWallet()])
def test_a_fresh_choice_is_proved_and_a_later_one_is_not(tmp_path: Path, wallet: Wallet) -> None:
    """A till whose secrets are in a locked keyring must wait for it, not start an empty file."""
    path = tmp_path / "keys.json"
    assert isinstance(choose_keys(path, find=lambda: wallet, fresh=True), FileKeys)
    assert isinstance(choose_keys(path, find=lambda: wallet), KeyringKeys)
    assert isinstance(choose_keys(path, find=Wallet, fresh=True), KeyringKeys)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_the_file_is_closed_to_other_accounts_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "till" / "keys.json"
    before = os.umask(0)
    try:
        FileKeys(path).set("x", "y")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"x": 1}', "\xff"])
def test_a_damaged_file_is_said_to_be_so_and_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(KeysUnavailable, match="abîmé"):
        FileKeys(path).get("x")
    with pytest.raises(KeysUnavailable, match="abîmé"):
        FileKeys(path).set("x", "y")
    assert path.read_bytes() == text.encode("latin-1")


def test_a_file_that_cannot_be_read_or_written_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match=str(tmp_path.name)):
        FileKeys(tmp_path).get("x")
    (tmp_path / "keys.json.new").mkdir()
    with pytest.raises(KeysUnavailable):
        FileKeys(tmp_path / "keys.json").set("x", "y")


def test_the_plain_text_keyrings_are_not_on_the_list() -> None:
    assert not [module for module, _ in BACKENDS if "alt" in module or "file" in module.lower()]
    backend = allowed_backend({})
    assert backend is None or (type(backend).__module__, type(backend).__name__) in BACKENDS


@pytest.mark.parametrize("named", ["keyrings.alt.file.PlaintextKeyring", "keyring.backends.null.Keyring"])
def test_a_named_keyring_is_the_only_one_and_must_be_allowed(named: str) -> None:
    assert allowed_backend({NAMING_VARIABLE: named}) is None


def test_keyring_loads_only_when_it_is_looked_for() -> None:
    program = "import seraphine_pos.devices.keys, sys; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
