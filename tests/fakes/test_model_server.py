"""The model keeps the protocol's rules, and the bad network does each of its three harms."""

import random

import pytest

from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, seal
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.domain.refusal import PushTooLarge, ServerTimedOut, ServerUnavailable
from seraphine_pos.domain.report import ReportQuery
from tests.fakes.model_server import PAGE, BadNetwork, ModelServer


def chain(count: int, journal_id: str = "j") -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, count + 1):
        draft = Draft(f"event-{seq}", "x", 1, seq, b"s", "{}")
        entries.append(seal(journal_id, seq, entries[-1].hash if entries else FIRST_HASH, draft))
    return entries


def test_it_takes_what_continues_the_chain_once_and_answers_with_the_head() -> None:
    server, entries = ModelServer(), chain(4)
    assert server.push("j", 0, FIRST_HASH, entries[1:]).seq == 0
    assert server.push("j", 0, FIRST_HASH, entries[:3]).seq == 3
    head = server.push("j", 1, entries[0].hash, entries[1:])
    assert (head.seq, head.hash) == (4, entries[3].hash)
    assert set(server.counted.values()) == {1}
    assert server.hashes("j", [0, 2, 9]) == {2: entries[1].hash}
    assert [(one.journal_id, one.seq, one.hash) for one in server.journals()] == [("j", 4, entries[3].hash)]
    assert server.entries("j", 3) == entries[3:]


def test_an_acknowledged_head_it_never_saw_changes_the_feed() -> None:
    server, entries = ModelServer(), chain(3)
    backup = server.copy()
    server.push("j", 0, FIRST_HASH, entries)
    server.put_back(backup)
    before = server.feed_id
    assert server.push("j", 3, entries[2].hash, []).seq == 0
    assert server.feed_id != before


def test_a_revision_it_never_had_changes_the_feed() -> None:
    server = ModelServer()
    server.publish("1", "Thé")
    assert server.pull("feed-0", 1, "j").feed_id == "feed-0"
    page = server.pull("feed-0", 2, "j")
    assert page.feed_id != "feed-0"
    assert (len(page.documents), page.rev) == (1, 1)


def test_pages_go_on_after_a_revision_and_start_anew_for_another_feed() -> None:
    server = ModelServer()
    for number in range(PAGE + 1):
        server.publish(str(number), "Thé")
    first = server.pull("feed-0", 0, "j")
    assert (len(first.documents), first.more, first.rev) == (PAGE, True, PAGE)
    last = server.pull("feed-0", first.rev, "j")
    assert (len(last.documents), last.more, last.rev) == (1, False, PAGE + 1)
    assert len(server.pull("another", 4, "j").documents) == PAGE


def test_it_has_limits_reports_and_imports() -> None:
    server = ModelServer(entries_max=1)
    with pytest.raises(PushTooLarge):
        server.push("j", 0, FIRST_HASH, chain(2))
    assert server.report(ReportQuery("2026-01-01", "2026-01-01")).cells == ()
    server.import_products("o", [ImportRow("1", {"name": "x"})], dry_run=True)
    assert server.rev == 0
    server.import_products("o", [ImportRow("1", {"name": "x"})], dry_run=False)
    assert server.rev == 1


def test_a_good_network_passes_everything_and_a_bad_one_harms_in_three_ways() -> None:
    server = ModelServer()
    good = BadNetwork(server, random.Random(1))
    assert good.push("j", 0, FIRST_HASH, chain(1)).seq == 1
    assert good.hashes("j", [1])
    assert good.entries("j", 0)
    assert good.pull("", 0, "j").rev == 0
    assert good.report(ReportQuery("2026-01-01", "2026-01-01")).tills == ()
    assert good.import_products("o", [], dry_run=True) == []
    bad = BadNetwork(server, random.Random(1), trouble=0.5)
    seen: set[tuple[str, int]] = set()
    for _ in range(200):
        before = server.asked["push"]
        try:
            bad.push("j", 0, FIRST_HASH, [])
            outcome = "answered"
        except ServerTimedOut:
            outcome = "lost answer"
        except ServerUnavailable:
            outcome = "lost request"
        seen.add((outcome, server.asked["push"] - before))
    assert seen == {("answered", 1), ("answered", 2), ("lost answer", 1), ("lost answer", 2), ("lost request", 0)}
