"""This till's own settings: a TOML file read once into a frozen value. Knows neither the shop nor the window."""

import os
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from seraphine_pos.domain.refusal import InvalidSetting

THEMES: Final = ("system", "light", "dark")
LANGUAGES: Final = ("fr", "en", "ar")
BYTES_MAX: Final = 64 * 1024

_CHOICES: Final = {"theme": THEMES, "language": LANGUAGES}
_HEAD: Final = "# Seraphine POS: settings of this till alone. The shop's settings are on its server.\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """What this till knows of itself; the secrets are in the keyring instead.

    ``server_url`` is empty where this PC runs the store's server itself. ``server_authority`` is the certificate (DER
    in Base64) of the store's own authority, empty where the server shows a publicly trusted one. ``backup_folder`` is
    where the till's own backups go, empty for none, and ``backup_key_file`` encrypts them; both begin at the home.
    """

    server_url: str = ""
    server_authority: str = ""
    server_id: str = ""
    store_id: str = ""
    store_name: str = ""
    till_id: str = ""
    till_label: str = ""
    device_id: str = ""
    language: str = "fr"
    theme: str = "system"
    sound: bool = True
    backup_folder: str = ""
    backup_key_file: str = ""

    @property
    def enrolled(self) -> bool:
        """Return whether this till belongs to a store."""
        return bool(self.server_id and self.till_id and self.device_id)


def load(path: Path) -> Settings:
    """Return the settings in the file, or the defaults where there is none.

    Raises InvalidSetting naming the key, or the file and line, that cannot be used.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise InvalidSetting(name=path, reason=error.strerror or type(error).__name__) from error
    if len(raw) > BYTES_MAX:
        raise InvalidSetting(name=path, reason=f"plus de {BYTES_MAX // 1024} Kio, ce n'est pas un fichier de réglages")
    return parse(raw, path)


def parse(raw: bytes, path: Path) -> Settings:
    """Return the settings in these bytes; ``path`` is named where they are not TOML."""
    return _checked(_parsed(path, raw))


def save(path: Path, settings: Settings) -> None:
    """Replace the file by these settings, whole or not at all."""
    _checked(asdict(settings))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(render(settings))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def render(settings: Settings) -> str:
    """Return the settings as TOML, one line each."""
    return _HEAD + "".join(f"{key} = {_scalar(value)}\n" for key, value in asdict(settings).items())


def _parsed(path: Path, raw: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidSetting(name=path, reason=f"l'octet {error.start + 1} n'est pas de l'UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidSetting(name=path, reason=f"ce n'est pas du TOML ({error})") from error


def _checked(found: dict[str, object]) -> Settings:
    known = {field.name: type(field.default) for field in fields(Settings)}
    for name, value in found.items():
        if name not in known:
            raise InvalidSetting(name=name, reason=f"inconnu ; les réglages connus sont {', '.join(known)}")
        if type(value) is not known[name]:
            wanted = "true ou false" if known[name] is bool else "un texte entre guillemets"
            raise InvalidSetting(name=name, reason=f"il faut {wanted}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise InvalidSetting(name=name, reason=f"il faut {' ou '.join(_CHOICES[name])}")
    return Settings(**found)  # type: ignore[arg-type]  # every name and type was checked above


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + "".join(_escaped(letter) for letter in str(value)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return f"\\u{ord(letter):04X}" if ord(letter) < ord(" ") or letter == "\x7f" else letter
