"""Where this server's data is and how it listens; read once, from arguments and environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

APPLICATION: Final = "seraphine-pos"
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server listens: port 0 takes a free one; the ready file says where."""

    host: str = LOOPBACK
    port: int = 0
    ready_file: Path | None = None
    exit_with_stdin: bool = False


def home_of(given: str | None, environ: Mapping[str, str]) -> Path:
    """Return the folder of all data: as given, else SERAPHINE_HOME, else the person's data folder."""
    named = given or environ.get("SERAPHINE_HOME")
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False)


def database_of(given: str | None, home: Path, environ: Mapping[str, str]) -> str | Path:
    """Return where the database is: the URL as given, else SERAPHINE_DATABASE_URL, else a file in the home."""
    return given or environ.get("SERAPHINE_DATABASE_URL") or home / "server" / "server.db"
