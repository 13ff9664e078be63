"""This till's secrets, in the system's keyring or, without one, in a file of this account. Knows not what they open.

Only keyrings that keep a secret from other accounts are used: never ``keyrings.alt``, which puts them in a plain file.
"""

import importlib
import json
import os
import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from seraphine_pos.domain.refusal import KeysUnavailable

SERVICE: Final = "seraphine-pos"
NAMING_VARIABLE: Final = "PYTHON_KEYRING_BACKEND"
TIMEOUT_S: Final = 5.0
FILE_BYTES_MAX: Final = 64 * 1024
BACKENDS: Final = (
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.Windows", "WinVaultKeyring"),
)
FILE_NOTICE: Final = (
    "Ce PC n’a pas de trousseau : la clé de la caisse est dans un fichier non chiffré, lisible par ce compte seulement."
)

Value = TypeVar("Value")


class Keys(Protocol):
    """Where secrets are kept by name. A call may take TIMEOUT_S, so none is made on the window's thread."""

    @property
    def notice(self) -> str | None:
        """What people should know about where the secrets are, if anything."""
        ...

    def get(self, name: str) -> str | None:
        """Return the secret, None when there is none; raise KeysUnavailable."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep the secret under this name; raise KeysUnavailable."""
        ...


class Backend(Protocol):
    """The part of a keyring backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, None when there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the password."""
        ...


def device_key_name(device_id: str) -> str:
    """Return the name of the key that this device shows to its server."""
    return f"device-key/{device_id}"


def pepper_name(store_id: str) -> str:
    """Return the name of the store's pepper for PIN hashes."""
    return f"pepper/{store_id}"


def choose_keys(file: Path, *, find: Callable[[], Backend | None] | None = None, fresh: bool = False) -> Keys:
    """Return the keyring, or the file where there is none or where the file already holds the secrets.

    A ``fresh`` choice, made before a till is enrolled, is proved by writing a secret and reading it back, so that a
    keyring that nobody can unlock is found out while the file can still be taken instead.
    """
    if file.exists():
        return FileKeys(file)
    try:
        backend = _Patience(TIMEOUT_S)(find or allowed_backend)
    except KeysUnavailable:
        backend = None
    if backend is None:
        return FileKeys(file)
    keys = KeyringKeys(backend)
    return keys if not fresh or _keeps(keys) else FileKeys(file)


def allowed_backend(environ: Mapping[str, str] = os.environ) -> Backend | None:
    """Return the best of the allowed keyrings that works here; where keyring's own variable names one, that or none."""
    named = environ.get(NAMING_VARIABLE)
    allowed = [(module, kind) for module, kind in BACKENDS if named in (None, "", f"{module}.{kind}")]
    found = [backend for module, kind in allowed if (backend := _viable(module, kind)) is not None]
    return max(found, key=lambda backend: float(backend.priority), default=None)


class KeyringKeys:
    """Secrets in the system's keyring, each call given a limit of time: a locked keyring asks and waits."""

    def __init__(self, backend: Backend, *, timeout_s: float = TIMEOUT_S) -> None:
        self._backend = backend
        self._patiently = _Patience(timeout_s)

    @property
    def notice(self) -> str | None:
        """Nothing: this is where secrets belong."""
        return None

    def get(self, name: str) -> str | None:
        """Return the secret, None when there is none."""
        return self._patiently(lambda: self._backend.get_password(SERVICE, name))

    def set(self, name: str, value: str) -> None:
        """Keep the secret under this name."""
        self._patiently(lambda: self._backend.set_password(SERVICE, name, value))


class FileKeys:
    """Secrets in a file that only this account can read, replaced whole at each change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def notice(self) -> str | None:
        """That the secrets are in a file."""
        return FILE_NOTICE

    def get(self, name: str) -> str | None:
        """Return the secret, None when there is none."""
        return self._read().get(name)

    def set(self, name: str, value: str) -> None:
        """Keep the secret under this name."""
        secrets = self._read() | {name: value}
        try:
            self._replace(json.dumps(secrets, indent=1, sort_keys=True))
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error

    def _read(self) -> dict[str, str]:
        try:
            with self.path.open("rb") as file:
                found = json.loads(file.read(FILE_BYTES_MAX))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error
        except ValueError as error:
            raise self._unusable("le fichier est abîmé") from error
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise self._unusable("le fichier est abîmé")
        return found

    def _replace(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def _unusable(self, reason: str) -> KeysUnavailable:
        return KeysUnavailable(reason=f"{self.path} : {reason}")


class MemoryKeys:
    """Secrets that end with the process: for a till that is thrown away afterwards."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    @property
    def notice(self) -> str | None:
        """Nothing: nothing is kept."""
        return None

    def get(self, name: str) -> str | None:
        """Return the secret, None when there is none."""
        return self._secrets.get(name)

    def set(self, name: str, value: str) -> None:
        """Keep the secret under this name."""
        self._secrets[name] = value


def _viable(module: str, name: str) -> Any:
    try:
        backend = getattr(importlib.import_module(module), name)
        return backend() if backend.viable else None
    except (ImportError, AttributeError, RuntimeError):
        return None  # this system has no such keyring


def _keeps(keys: Keys) -> bool:
    try:
        keys.set("probe", SERVICE)
        return keys.get("probe") == SERVICE
    except KeysUnavailable:
        return False


class _Patience:
    """Calls that may hang, one at a time, each waited for so long and then left to itself."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._free = threading.Lock()

    def __call__(self, call: Callable[[], Value]) -> Value:
        """Return what the call returns; raise KeysUnavailable when it fails, or when it or the one before it hangs."""
        if not self._free.acquire(timeout=self._timeout_s):
            raise self._no_answer()
        answers: queue.SimpleQueue[tuple[Value | None, Exception | None]] = queue.SimpleQueue()

        def answer() -> None:
            try:
                answers.put((call(), None))
            except Exception as error:  # noqa: BLE001  each backend has errors of its own, all mean the same here
                answers.put((None, error))
            finally:
                self._free.release()

        threading.Thread(target=answer, name="keyring", daemon=True).start()
        try:
            value, error = answers.get(timeout=self._timeout_s)
        except queue.Empty:
            raise self._no_answer() from None
        if error is not None:
            raise KeysUnavailable(reason=str(error) or type(error).__name__) from error
        return value  # type: ignore[return-value]  # None here is the call's own

    def _no_answer(self) -> KeysUnavailable:
        return KeysUnavailable(reason=f"pas de réponse en {self._timeout_s:g} s")
