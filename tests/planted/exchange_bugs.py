"""Faults in how a till and its server agree."""

from typing import Final

from tests.planted.bug import Bug, Edit
from tests.planted.suites import SIMULATION, pytest_of

JOURNAL: Final = "seraphine_pos/store/journal.py"
MIRROR: Final = "seraphine_pos/store/mirror.py"
PUSH: Final = "seraphine_pos/sync/push.py"
CLIENT: Final = "seraphine_pos/sync/client.py"
DEADLINE: Final = "seraphine_pos/sync/deadline.py"
UNHASHED: Final = Edit(
    PUSH,
    "        if head.seq > 0 and not self._journal.has(head.seq, head.hash, journal_id):\n",
    "        if head.seq < 0:\n",
)
ANY_ANCHOR: Final = Edit(JOURNAL, "        elif not self._holds(mark):\n", "        elif mark.seq < 0:\n")
ANY_MACHINE: Final = Edit(JOURNAL, "        if mark.machine != self._machine:\n", "        if not mark.machine:\n")

EXCHANGE: Final = (
    Bug(
        "any-200",
        5,
        "whatever answers 200 is taken for the server's acknowledgement",
        pytest_of("tests/sync/test_portal.py"),
        (
            Edit(
                CLIENT,
                "        return answer.believe(answered, self._server_id, answer.head)\n",
                "        try:\n"
                "            return answer.believe(answered, self._server_id, answer.head)\n"
                "        except AnswerNotOurs:\n"
                "            if answered.status == answer.OK:\n"
                "                last = batch[-1].seq if batch else acknowledged_seq\n"
                "                digest = batch[-1].hash if batch else acknowledged_hash\n"
                "                return Head(self._server_id, journal_id, last, digest, 0)\n"
                "            raise\n",
            ),
        ),
    ),
    Bug("unhashed-head", 6, "the head's sequence is believed without its hash", SIMULATION, (UNHASHED,)),
    Bug(
        "own-cursor",
        7,
        "the till goes on after what it sent, whatever the server has",
        SIMULATION,
        (
            Edit(
                PUSH,
                "        reached = min(head.seq, state.seq)\n",
                "        reached = entries[-1].seq if entries else state.acked_seq\n",
            ),
            Edit(
                PUSH,
                "        return head.seq >= self._journal.state(journal_id).seq\n",
                "        return reached >= self._journal.state(journal_id).seq\n",
            ),
            Edit(PUSH, "        if entries and head.seq == state.acked_seq:\n", "        if head.seq < 0:\n"),
        ),
    ),
    Bug(
        "no-hello",
        9,
        "a till with nothing to send does not ask where the server stands",
        SIMULATION,
        (
            Edit(
                PUSH,
                "        *closed, current = self._journal.journals()\n",
                "        *closed, current = self._journal.journals()\n"
                "        if not any(self._journal.state(one).waiting for one in (*closed, current)):\n"
                "            return []\n",
            ),
            Edit(
                PUSH,
                "            self._queue.extend(self._chosen())\n",
                "            self._queue.extend(self._chosen())\n"
                "        if not self._queue:\n"
                "            return False\n",
            ),
        ),
    ),
    Bug(
        "no-fork-check",
        11,
        "neither the anchor nor the server's head tells that this disk is an old copy",
        SIMULATION,
        (UNHASHED, ANY_ANCHOR, ANY_MACHINE),
    ),
    Bug(
        "closed-not-sent-again",
        12,
        "a closed journal is never sent again to a server that was put back",
        SIMULATION,
        (
            Edit(
                PUSH,
                "        due = self._comparison_due()\n        if due:\n",
                "        due = self._compared_at_ms is None and self._clock.boot_ms() < 0\n        if due:\n",
            ),
        ),
    ),
    Bug(
        "cursor-before-rows",
        14,
        "the mirror notes the revision of a page before it holds the page",
        pytest_of("tests/store/test_mirror.py"),
        (
            Edit(
                MIRROR,
                "            for one in page.documents:\n                _store(connection, side, one)\n",
                "            if not beside:\n"
                '                connection.execute("UPDATE feed SET rev = ?", (page.rev,))\n'
                '            connection.execute("COMMIT")\n'
                '            connection.execute("BEGIN IMMEDIATE")\n'
                "            for one in page.documents:\n                _store(connection, side, one)\n",
            ),
        ),
    ),
    Bug(
        "no-deadline",
        16,
        "a request may last for ever as long as a byte comes now and then",
        pytest_of("tests/sync/test_client.py", "tests/sync/test_deadline.py"),
        (
            Edit(DEADLINE, "        self._timer.start()\n", ""),
            Edit(
                DEADLINE,
                "        return self._over or self._monotonic_s() >= self._ends_s\n",
                "        return self._over\n",
            ),
        ),
    ),
)
