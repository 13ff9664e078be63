"""Faults in how a till keeps what happened."""

from typing import Final

from tests.planted.bug import Bug, Edit
from tests.planted.exchange_bugs import ANY_ANCHOR, ANY_MACHINE
from tests.planted.suites import KILLS, POWER, SIMULATION, TAMPERING, pytest_of

DATABASE: Final = "seraphine_pos/store/database.py"
ACTION: Final = "seraphine_pos/store/action.py"
JOURNAL: Final = "seraphine_pos/store/journal.py"
ATTEMPTS: Final = "seraphine_pos/store/attempts.py"
FORMAT: Final = "seraphine_pos/domain/journal.py"
ROUTES: Final = "sync_server/routes/till.py"
VERIFY: Final = "seraphine_pos/store/verify.py"
PURGE: Final = "seraphine_pos/store/purge.py"
RETENTION: Final = "seraphine_pos/domain/retention.py"
CHECKPOINT: Final = "seraphine_pos/domain/checkpoint.py"
CELL: Final = "seraphine_pos/domain/cell.py"

TILL: Final = (
    Bug(
        "synchronous-normal",
        1,
        "a commit is not synced before the sale is said to be done",
        POWER,
        (
            Edit(DATABASE, '    "synchronous=FULL",\n', '    "synchronous=NORMAL",\n'),
            Edit(
                DATABASE,
                '                    writer.execute("PRAGMA synchronous=FULL")\n',
                '                    writer.execute("PRAGMA synchronous=NORMAL")\n',
            ),
        ),
    ),
    Bug(
        "synchronous-off",
        2,
        "nothing is ever synced",
        POWER,
        (
            Edit(DATABASE, '    "synchronous=FULL",\n', '    "synchronous=OFF",\n'),
            Edit(
                DATABASE,
                '                    writer.execute("PRAGMA synchronous=FULL")\n',
                '                    writer.execute("PRAGMA synchronous=OFF")\n',
            ),
        ),
    ),
    Bug(
        "two-transactions",
        3,
        "an entry and its ledger rows are written in two transactions",
        KILLS,
        (
            Edit(
                ACTION,
                "        sealed = self.append(draft)\n        try:\n",
                "        sealed = self.append(draft)\n"
                '        self.connection.execute("COMMIT")\n'
                '        self.connection.execute("BEGIN IMMEDIATE")\n'
                "        try:\n",
            ),
        ),
    ),
    Bug(
        "number-before-transaction",
        4,
        "a receipt number is taken for good before its sale is written",
        pytest_of("tests/store/test_journal.py"),
        (
            Edit(
                ACTION,
                "        self.head.number += 1\n",
                "        _TAKEN[self.head.tag] = max(_TAKEN.get(self.head.tag, 0), self.head.number) + 1\n"
                "        self.head.number = _TAKEN[self.head.tag]\n",
            ),
            Edit(
                ACTION,
                "@dataclass(slots=True)\nclass Head:\n",
                "_TAKEN = {}\n\n\n@dataclass(slots=True)\nclass Head:\n",
            ),
        ),
    ),
    Bug(
        "purge-on-acknowledged",
        8,
        "a till empties what the server has acknowledged, whether a backup holds it or not",
        pytest_of("tests/store/test_purge.py"),
        (
            Edit(
                PURGE,
                "            last = min(acked_seq, durable, watermark.ripe(connection, journal_id, now_ms))\n",
                "            last = acked_seq\n",
            ),
        ),
    ),
    Bug(
        "purge-without-checkpoint",
        21,
        "a till empties what no checkpoint follows, so that nothing says any more what it came to",
        pytest_of("tests/store/test_purge.py"),
        (
            Edit(
                RETENTION,
                "    whole = {seq for one in segments for seq in one.due}\n",
                "    if current.lines and current.lines[-1].seq <= last:\n"
                "        segments.append(Segment(current.first, current.lines[-1].seq, tuple(current.due(wanted))))\n"
                "    whole = {seq for one in segments for seq in one.due}\n",
            ),
            Edit(CHECKPOINT, '            wrong = "no checkpoint ends it"\n', "            wrong = None\n"),
        ),
    ),
    Bug(
        "csv-formulas",
        19,
        "a name that a spreadsheet runs as a formula goes out as it is",
        pytest_of("tests/domain/test_report_csv.py"),
        (Edit(CELL, "    return QUOTE + text if _runs(text.lstrip(QUOTE)) else text\n", "    return text\n"),),
    ),
    Bug(
        "pins-in-memory",
        20,
        "wrong PINs are forgotten with the process",
        pytest_of("tests/till/test_staff.py"),
        (
            Edit(ATTEMPTS, "        self._database = database\n", "        self._tries: dict[str, Attempts] = {}\n"),
            Edit(
                ATTEMPTS,
                "        with self._database.read() as connection:\n",
                "        return self._tries.get(staff_id, Attempts())\n"
                "        with self._database.read() as connection:\n",
            ),
            Edit(
                ATTEMPTS,
                "        values = (staff_id, attempts.tries, attempts.until_ms)\n",
                "        self._tries[staff_id] = attempts\n        return\n"
                "        values = (staff_id, attempts.tries, attempts.until_ms)\n",
            ),
            Edit(
                ATTEMPTS,
                '        with self._database.write() as connection:\n            connection.execute("DELETE',
                "        self._tries.pop(staff_id, None)\n        return\n"
                '        with self._database.write() as connection:\n            connection.execute("DELETE',
            ),
        ),
    ),
    Bug(
        "no-anchor",
        0,
        "a database put back beside its anchor sells on in the old journal",
        pytest_of("tests/store/test_journal.py"),
        (ANY_ANCHOR,),
    ),
    Bug(
        "no-machine",
        0,
        "a disk copied into another PC sells on in the first one's journal",
        pytest_of("tests/store/test_journal.py"),
        (ANY_MACHINE,),
    ),
    Bug(
        "failed-commit-believed",
        0,
        "a commit that the disk refused is taken for not done, and rung again",
        SIMULATION,
        (
            Edit(
                JOURNAL,
                "            except StorageFailed as failure:\n                if head.seq == self._standing().seq:\n",
                "            except StorageFailed as failure:\n"
                "                raise StorageRefused(**failure.details) from failure\n"
                "                if head.seq == self._standing().seq:\n",
            ),
        ),
    ),
    Bug(
        "format-changed",
        0,
        "entries are sealed and checked by another format than that of the journals out there",
        pytest_of("tests/golden/test_entries.py", "tests/golden/test_releases.py"),
        (Edit(FORMAT, 'FORMAT: Final = b"seraphine journal 1"\n', 'FORMAT: Final = b"seraphine journal 2"\n'),),
    ),
    Bug(
        "answer-renamed",
        0,
        "an answer names a thing otherwise than the tills out there read it",
        pytest_of("tests/golden/test_releases.py"),
        (Edit(ROUTES, '            "applied_seq": page.applied_seq,\n', '            "applied": page.applied_seq,\n'),),
    ),
    Bug(
        "verify-by-itself",
        0,
        "what was sealed anew is not compared with the server's hashes",
        TAMPERING,
        (Edit(VERIFY, "            if mine.get(seq) != theirs.get(seq):\n", "            if seq < 0:\n"),),
    ),
    Bug(
        "verify-without-order",
        0,
        "nobody looks in which place an entry stands",
        TAMPERING,
        (Edit(VERIFY, "    yield from found or _misplaced(store)\n", "    yield from found\n"),),
    ),
)
