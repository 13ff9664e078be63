"""How often a wrong PIN was tried, kept over restarts."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from seraphine_pos.store.database import Database
from seraphine_pos.store.schema import attempt


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong PINs in a row, and until when (Unix ms) the next one waits."""

    tries: int = 0
    until_ms: int = 0


class AttemptBook:
    """The wrong PINs of each person."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def of(self, staff_id: str) -> Attempts:
        """Return a person's wrong PINs in a row."""
        with self._database.read() as connection:
            row = connection.execute(select(attempt).where(attempt.c.staff_id == staff_id)).first()
        return Attempts() if row is None else Attempts(row.tries, row.until_ms)

    def note(self, staff_id: str, attempts: Attempts) -> None:
        """Write down one more wrong PIN."""
        with self._database.write() as connection:
            connection.execute(delete(attempt).where(attempt.c.staff_id == staff_id))
            connection.execute(
                attempt.insert().values(staff_id=staff_id, tries=attempts.tries, until_ms=attempts.until_ms)
            )

    def clear(self, staff_id: str) -> None:
        """Forget them after a right PIN."""
        with self._database.write() as connection:
            connection.execute(delete(attempt).where(attempt.c.staff_id == staff_id))
