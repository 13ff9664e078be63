"""What one release has left: its databases, its requests, and what they come to."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine

from seraphine_pos.domain.report import ReportQuery
from tests.sync_server.first_schema import NEXT

FOLDER: Final = Path(__file__).parent
RELEASES: Final = sorted(path for path in FOLDER.iterdir() if path.is_dir() and path.name[0].isdigit())


@dataclass(frozen=True, slots=True)
class Release:
    """A folder of golden files."""

    folder: Path

    @property
    def expected(self) -> dict[str, Any]:
        """Return what the files come to."""
        told: dict[str, Any] = json.loads((self.folder / "expected.json").read_text("utf-8"))
        return told

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return the requests with their answers, in order."""
        told: list[dict[str, Any]] = json.loads((self.folder / "requests.json").read_text("utf-8"))
        return told

    @property
    def query(self) -> ReportQuery:
        """Return the days of the reports."""
        return ReportQuery(self.expected["start"], self.expected["end"])

    def unpack(self, name: str, target: Path) -> Path:
        """Write a database where it can be opened."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.decompress((self.folder / f"{name}.gz").read_bytes()))
        return target

    def server(self, url: str, folder: Path) -> str:
        """Put the server's database where an address points, and return the address."""
        if url.startswith("sqlite"):
            return f"sqlite:///{self.unpack('server.db', folder / 'golden' / 'server.db')}"
        text = gzip.decompress((self.folder / "server.postgresql.sql.gz").read_bytes()).decode()
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in text.split(NEXT):
                connection.exec_driver_sql(statement.replace("%", "%%"))
        engine.dispose()
        return url


def lacking(today: object, recorded: object, at: str = "") -> list[str]:
    """Return what was recorded and is not so today; what today has besides is no loss."""
    if isinstance(recorded, dict) and isinstance(today, dict):
        missing = [f"{at}.{name} is gone" for name in recorded if name not in today]
        return missing + [
            one for name in recorded if name in today for one in lacking(today[name], recorded[name], f"{at}.{name}")
        ]
    if isinstance(recorded, list) and isinstance(today, list):
        if len(recorded) != len(today):
            return [f"{at}: {len(today)} instead of {len(recorded)}"]
        return [
            one
            for place, pair in enumerate(zip(today, recorded, strict=True))
            for one in lacking(*pair, f"{at}[{place}]")
        ]
    return [] if today == recorded else [f"{at}: {today!r:.80} instead of {recorded!r:.80}"]


def shape(value: object) -> object:
    """Return the names in an answer and the kinds of its values, without what they are."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [] if isinstance(value, list) else type(value).__name__
