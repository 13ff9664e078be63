"""Faults in how the server takes in, counts and publishes."""

from typing import Final

from tests.planted.bug import Bug, Edit
from tests.planted.suites import SERVER_KILLS, SIMULATION, pytest_of

FEED: Final = "sync_server/feed.py"
APPLY: Final = "sync_server/apply.py"
INTAKE: Final = "sync_server/intake.py"
STORE_SERVER: Final = "sync_server/store_server.py"
WEBHOOKS: Final = "sync_server/webhooks.py"

SERVER: Final = (
    Bug(
        "no-quarantine",
        10,
        "an entry that the server cannot read stops the ones after it",
        SIMULATION,
        (
            Edit(
                APPLY,
                "        effects_of(effects, store_id, entry, source)\n    except Exception as problem:",
                "        effects_of(effects, store_id, entry, source)\n    except ZeroDivisionError as problem:",
            ),
        ),
    ),
    Bug(
        "sequence-for-revisions",
        13,
        "revisions are drawn from a sequence, which says nothing of the order of commits",
        pytest_of(
            "tests/sync_server/test_many_writers.py::test_no_reader_steps_over_a_change_and_no_page_splits_one[postgresql]",
            needs="a PostgreSQL",
        ),
        (
            Edit(FEED, "import json\nfrom collections.abc", "import itertools\nimport json\nfrom collections.abc"),
            Edit(FEED, "bindparam, insert,", "bindparam, func, insert,"),
            Edit(
                FEED,
                "def next_rev(tx: Transaction) -> int:\n",
                "_SEQUENCE = itertools.count(1 << 40)\n\n\n"
                "def next_rev(tx: Transaction) -> int:\n    return next(_SEQUENCE)\n\n\n"
                "def _next_rev(tx: Transaction) -> int:\n",
            ),
            Edit(
                FEED,
                "select(stores.c.feed_id, stores.c.rev, this_server",
                'select(stores.c.feed_id, select(func.max(documents.c.rev)).scalar_subquery().label("rev"), '
                "this_server",
            ),
            Edit(
                FEED,
                "    return 0 <= rev <= last and (before is None or before <= rev)\n",
                "    return True\n",
            ),
        ),
    ),
    Bug(
        "page-splits-revision",
        15,
        "a page of the feed ends within a revision",
        pytest_of(
            "tests/sync_server/test_many_writers.py::test_no_reader_steps_over_a_change_and_no_page_splits_one[sqlite]"
        ),
        (
            Edit(
                FEED,
                "        rows = [row for row in rows if row.rev < cut]\n",
                "        rows = rows[:PAGE_DOCUMENTS_MAX]\n",
            ),
            Edit(FEED, "        cut = rows[-1].rev\n", ""),
        ),
    ),
    Bug(
        "webhook-reserialised",
        17,
        "a signature is compared by ==, over JSON that was read and written again",
        pytest_of("tests/sync_server/test_webhooks.py", "-k", "sqlite"),
        (
            Edit(WEBHOOKS, "import hmac\n", "import hmac\nimport json\n"),
            Edit(
                WEBHOOKS,
                "    matches = [hmac.compare_digest(one, other) for one in expected for other in given]\n",
                "    matches = [one == other for one in expected for other in given]\n",
            ),
            Edit(
                WEBHOOKS,
                "    expected = [signature.sign(secret, webhook_id, timestamp, body).encode()",
                '    body = json.dumps(json.loads(body), separators=(",", ":")).encode()\n'
                "    expected = [signature.sign(secret, webhook_id, timestamp, body).encode()",
            ),
        ),
    ),
    Bug(
        "store-from-body",
        18,
        "what a till sends says which store it is of, and not its key",
        pytest_of("tests/security/test_stores.py", "-k", "sqlite"),
        (
            Edit(
                STORE_SERVER,
                "        with self.whole.write(self.device.store_id, self.device.device_id, self.request_id) as tx:\n"
                "            return intake.push(tx, self.device, journal_id, acknowledged, entries)\n",
                "        import json\n\n"
                '        named = json.loads(entries[0].body).get("store_id") if entries else None\n'
                "        store_id = named or self.device.store_id\n"
                "        with self.whole.write(store_id, self.device.device_id, self.request_id) as tx:\n"
                "            return intake.push(tx, self.device, journal_id, acknowledged, entries)\n",
            ),
        ),
    ),
    Bug(
        "event-counted-twice",
        0,
        "a sale that is carried over into another journal counts again",
        SIMULATION,
        (
            Edit(
                APPLY,
                "    return [entry for entry in told if (entry.event_id, entry.journal_id, entry.seq) in first]\n",
                "    return told if first else []\n",
            ),
        ),
    ),
    Bug(
        "lost-feed-kept",
        0,
        "a server whose file was copied back goes on with the feed that it has forgotten",
        pytest_of("tests/sync_server/test_intake.py", "-k", "sqlite"),
        (Edit(INTAKE, "    feed_id = feed.restart(tx)\n", '    feed_id = ""\n'),),
    ),
    Bug(
        "half-applied-batch",
        0,
        "the server commits entries before what they change",
        SERVER_KILLS,
        (
            Edit(
                INTAKE,
                "        apply.apply(tx, fresh, apply.Source(till_id, tx.now_ms))\n",
                '        tx.connection.exec_driver_sql("COMMIT")\n'
                '        tx.connection.exec_driver_sql("BEGIN IMMEDIATE")\n'
                "        apply.apply(tx, fresh, apply.Source(till_id, tx.now_ms))\n",
            ),
        ),
    ),
)
