"""A till's own rhythm stays far below what its server takes from one device for ever."""

from collections.abc import Sequence
from pathlib import Path

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import PAGE_DOCUMENTS_MAX, Head, Page
from seraphine_pos.domain.refusal import ServerUnavailable
from seraphine_pos.sync.push import PushLimits
from seraphine_pos.sync.tell import EVERY_MS
from seraphine_pos.sync.worker import Pace
from sync_server.settings import LimitSettings
from sync_server.watch.limits import MINUTE_MS, Buckets, Rate
from tests.fakes.model_server import ModelServer
from tests.sync.one_till import OneTill

LIMITS = LimitSettings()
MIB = 1 << 20


def test_something_every_three_seconds_needs_two_requests_each_time(till: OneTill, server: ModelServer) -> None:
    till.engine.run_once()
    # No burst: even whoever has just used it all up goes on selling and sending.
    bucket = Buckets(Rate(2, LIMITS.device_per_minute))
    tellings = MINUTE_MS // EVERY_MS
    for number in range(100):
        server.asked.clear()
        till.happen()
        till.engine.run_once()
        assert server.asked == {"push": 1, "pull": 1}
        waits = [bucket.take("till", number * 3000) for _ in range(server.asked.total())]
        assert waits == [0, 0]
    assert 20 * 2 + tellings < LIMITS.device_per_minute


class Limited(ModelServer):
    """A server that answers 429 beyond a rate: its clock is the till's seconds."""

    def __init__(self, rate: Rate) -> None:
        super().__init__()
        self.buckets, self.now_s = Buckets(rate), 0.0

    def _taken(self) -> None:
        if self.buckets.take("till", int(self.now_s * 1000)):
            raise ServerUnavailable(reason="occupé, réponse 429")

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        self._taken()
        return super().push(journal_id, acknowledged_seq, acknowledged_hash, entries)

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        self._taken()
        return super().pull(feed_id, rev, journal_id)


def test_a_till_that_is_told_429_uses_what_the_rate_gives_it_and_loses_nothing(tmp_path: Path) -> None:
    server = Limited(Rate(LIMITS.device_burst, LIMITS.device_per_minute))
    assert server.buckets.take("till", 0, LIMITS.device_burst) == 0, "the burst was used up before"
    till = OneTill(tmp_path / "till", server, limits=PushLimits(batch_entries=2))
    till.happen(200)
    pace, failures, runs = Pace(), 0, 0
    while till.engine.look().waiting:
        failures = failures + 1 if till.engine.run_once().problem else 0
        server.now_s += pace.after_failure_s(max(failures, 1), 0.5)
        runs += 1
        assert runs < 1000
    requests = server.asked.total()
    assert till.events() <= server.events
    assert requests <= server.now_s * LIMITS.device_per_minute / 60
    assert server.now_s < 1.5 * requests, "two thirds of the rate at least are used, though it waits longer and longer"
    till.close()


def test_an_idle_till_needs_a_fifteenth_of_its_rate() -> None:
    pace = Pace()
    hellos = 60 / (pace.hello_s * (1 - pace.hello_spread))
    assert 2 * hellos < LIMITS.device_per_minute / 15


def test_a_first_catalogue_and_weeks_of_backlog_fit_into_the_burst_together() -> None:
    pages = 100_000 // PAGE_DOCUMENTS_MAX + 1
    # Bodies of the largest ticket in a hundred: a batch is cut by its bytes, not by its entries.
    sent = 10_000 * 2_000
    pushes = max(10_000 // PushLimits().batch_entries, sent // PushLimits().batch_bytes) + 1
    assert pages + pushes + 2 < LIMITS.device_burst / 2
    # Twice the bodies on the wire, as if nothing were packed.
    assert 2 * sent < LIMITS.body_mib_burst * MIB
