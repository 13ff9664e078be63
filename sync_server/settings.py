"""What this server is told: where its data is, how it listens, and ``server/settings.toml`` of the home, read once.

Each section of the file belongs to the room of its name; a section or key that nobody knows is refused.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from sync_server.errors import Refused

APPLICATION: Final = "seraphine-pos"
LOOPBACK: Final = "127.0.0.1"
SERVER_FOLDER: Final = "server"
FILE: Final = "settings.toml"
BYTES_MAX: Final = 64 * 1024
# A till empties nothing sooner than after 90 days: whichever backup is restored, the tills have what came after it.
KEEP_DAYS_MAX: Final = 80
_WORDS: Final = {"extra_forbidden": "there is no such setting", "missing": "it is not given"}


class SettingsRefused(Refused):
    """The file of settings cannot be used as it stands."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How the server listens: port 0 takes a free one; the ready file says where.

    Beyond this machine it shows a given certificate with its key, or one of the store's own authority in the folder
    ``tls`` that also has these ``names``; ``behind_proxy`` says that a proxy before it ends TLS.
    """

    host: str = LOOPBACK
    port: int = 0
    ready_file: Path | None = None
    exit_with_stdin: bool = False
    tls: Path = Path(SERVER_FOLDER, "tls")
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, ...] = ()
    behind_proxy: bool = False


def _in_home(path: Path, info: ValidationInfo) -> Path:
    """Return a path as it is meant: relative ones begin at the home."""
    return Path(info.context or ".") / path.expanduser()


Place = Annotated[Path, AfterValidator(_in_home)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BackupSettings(_Section):
    """Where the nightly backup goes, how long it stays, and the key that encrypts it."""

    folder: Place | None = None
    keep_days: int = Field(default=30, ge=1, le=KEEP_DAYS_MAX)
    key_file: Place | None = None


class RetentionSettings(_Section):
    """What is emptied of its words once it is old, and where it is kept first; nothing without an archive."""

    older_than_months: int = Field(default=12, ge=1)
    preset: str = "keep"
    archive: Place | None = None


class LimitSettings(_Section):
    """How many requests and bytes are taken at once and then in a minute, and how many seconds a request may take.

    A device, a session or a service key may ask ``burst`` times at once and goes on at its rate; bodies likewise.
    ``guesses`` are answers that a wrong key, code or PIN got. This machine's own addresses have no limit.
    """

    device_per_minute: int = Field(default=60, ge=1)
    device_burst: int = Field(default=1000, ge=1)
    session_per_minute: int = Field(default=240, ge=1)
    session_burst: int = Field(default=480, ge=1)
    service_per_minute: int = Field(default=240, ge=1)
    service_burst: int = Field(default=1000, ge=1)
    body_mib_per_minute: int = Field(default=20, ge=1)
    body_mib_burst: int = Field(default=64, ge=1)
    address_per_minute: int = Field(default=6000, ge=1)
    guesses_per_minute: int = Field(default=60, ge=1)
    head_seconds: int = Field(default=10, ge=1)
    body_seconds: int = Field(default=60, ge=1)
    connections: int = Field(default=1000, ge=1)


class OutboundSettings(_Section):
    """Which ``host:port`` inside the shop's own network may be told of what happened."""

    allow: tuple[Annotated[str, Field(pattern=r"^.+:[0-9]{1,5}$")], ...] = ()


class LogSettings(_Section):
    """How a line of the log is written."""

    format: Literal["text", "json"] = "text"


class TelemetrySettings(_Section):
    """Where traces and faults are told; empty tells nobody."""

    otlp_endpoint: str = ""
    sentry_dsn: str = ""


class TlsSettings(_Section):
    """The certificate that is shown, its key, and more names of this machine; without one the store's own is made."""

    certificate: Place | None = None
    key: Place | None = None
    names: tuple[str, ...] = ()


class JobSettings(_Section):
    """Whether this process runs the night's jobs, and from which hour of the store's day."""

    enabled: bool = True
    hour: int = Field(default=3, ge=0, le=23)


class FreshnessSettings(_Section):
    """After how many hours without insights, a till's entries or a backup the owner is told."""

    insight_hours: int = Field(default=26, ge=1)
    till_hours: int = Field(default=24, ge=1)
    backup_hours: int = Field(default=48, ge=1)


class Settings(_Section):
    """All sections of the file."""

    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    limits: LimitSettings = LimitSettings()
    outbound: OutboundSettings = OutboundSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    tls: TlsSettings = TlsSettings()
    jobs: JobSettings = JobSettings()
    freshness: FreshnessSettings = FreshnessSettings()


def load(home: Path) -> Settings:
    """Return the settings of a home, the defaults where it has no file; raise SettingsRefused naming the key."""
    path = home / SERVER_FOLDER / FILE
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return Settings()
    except OSError as problem:
        raise SettingsRefused(f"{path} cannot be read: {problem.strerror}") from problem
    if len(raw) > BYTES_MAX:
        raise SettingsRefused(f"{path} is larger than {BYTES_MAX // 1024} KiB: this is no file of settings")
    try:
        found = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        raise SettingsRefused(f"{path} is no TOML: {problem}") from None
    return _checked(found, path, home)


def _checked(found: Mapping[str, object], path: Path, home: Path) -> Settings:
    # As JSON, in which a list may become a tuple and a text a path, and nothing else is bent into shape.
    text = json.dumps(found, default=str)
    try:
        return Settings.model_validate_json(text, context=home)
    except ValidationError as problem:
        parts = problem.errors(include_url=False, include_input=False)
        told = [f"{'.'.join(map(str, part['loc']))}: {_WORDS.get(part['type'], part['msg'])}" for part in parts]
        raise SettingsRefused(f"{path} cannot be used: {'; '.join(told)}") from None


def home_of(given: str | None, environ: Mapping[str, str]) -> Path:
    """Return the folder of all data: as given, else SERAPHINE_HOME, else the person's data folder."""
    named = given or environ.get("SERAPHINE_HOME")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False)


def database_of(given: str | None, home: Path, environ: Mapping[str, str]) -> str | Path:
    """Return where the database is: the URL as given, else SERAPHINE_DATABASE_URL, else a file in the home."""
    return given or environ.get("SERAPHINE_DATABASE_URL") or home / SERVER_FOLDER / "server.db"
