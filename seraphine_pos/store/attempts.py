"""How often a wrong PIN was tried, kept over restarts."""

from dataclasses import dataclass

from seraphine_pos.store.database import Database


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
            row = connection.execute("SELECT tries, until_ms FROM attempt WHERE staff_id = ?", (staff_id,)).fetchone()
        return Attempts() if row is None else Attempts(*row)

    def note(self, staff_id: str, attempts: Attempts) -> None:
        """Write down one more wrong PIN."""
        values = (staff_id, attempts.tries, attempts.until_ms)
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO attempt (staff_id, tries, until_ms) VALUES (?, ?, ?)", values)

    def clear(self, staff_id: str) -> None:
        """Forget them after a right PIN."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM attempt WHERE staff_id = ?", (staff_id,))
