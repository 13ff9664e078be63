"""Where a till's data lives. Knows names of files, nothing of what is in them; importing it touches no disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

PROGRAM = "seraphine-pos"
VARIABLE = "SERAPHINE_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """One folder that holds everything this installation knows."""

    root: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], program: str = PROGRAM) -> "Home":
        """Return the home that ``SERAPHINE_HOME`` names, else the program's place among a user's data."""
        named = environ.get(VARIABLE, "").strip()
        root = Path(named) if named else Path(platformdirs.user_data_dir(program, appauthor=False))
        return cls(root.expanduser().absolute())

    @property
    def till(self) -> Path:
        """The folder of this till's own data."""
        return self.root / "till"

    @property
    def till_database(self) -> Path:
        """The till's journal and what is folded from it."""
        return self.till / "till.db"

    @property
    def anchor(self) -> Path:
        """The line that tells a restored database from the live one."""
        return self.till / "anchor"

    @property
    def lock(self) -> Path:
        """The file that keeps a second till out."""
        return self.till / "lock"

    @property
    def settings(self) -> Path:
        """This till's own settings."""
        return self.till / "settings.toml"

    @property
    def keys(self) -> Path:
        """The secrets, only where the system has no keyring."""
        return self.till / "keys.json"

    @property
    def server(self) -> Path:
        """The folder of the store's server, where this PC runs it."""
        return self.root / "server"

    @property
    def server_database(self) -> Path:
        """The store's database, where it is SQLite."""
        return self.server / "server.db"

    @property
    def server_ready(self) -> Path:
        """The file in which a running server says where it listens."""
        return self.server / "ready.json"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.root / "logs"

    @property
    def receipts(self) -> Path:
        """The folder of the receipts kept as PDF."""
        return self.root / "receipts"

    def make(self) -> None:
        """Create the folders, readable by this account alone."""
        for folder in (self.root, self.till, self.server, self.logs, self.receipts):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def cache_of(program: str) -> Path:
    """Return the system's place for what a program can make again."""
    return Path(platformdirs.user_cache_dir(program, appauthor=False))
