"""Writes the first schema as SQL, for the migration that makes it: ``python -m tests.sync_server.first_schema``.

Once a version is released its file is frozen, and this has no further use.
"""

from pathlib import Path

from sqlalchemy import create_mock_engine

import sync_server.migrations
from sync_server.schema import metadata

NEXT = "\n\n-- next\n\n"
URLS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def statements(dialect: str) -> list[str]:
    """Return what makes every table of today's schema."""
    said: list[str] = []

    def keep(statement: object, *_: object, **__: object) -> None:
        text = str(statement.compile(dialect=engine.dialect))  # type: ignore[attr-defined]
        said.append("\n".join(line.rstrip() for line in text.strip().splitlines()))

    engine = create_mock_engine(URLS[dialect], keep)
    metadata.create_all(engine, checkfirst=False)
    return said


def main() -> None:
    """Write a file for each database."""
    folder = Path(sync_server.migrations.__file__).parent / "versions"
    for dialect in URLS:
        path = folder / f"0001_{dialect}.sql"
        path.write_text(NEXT.join(statements(dialect)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
