"""A till's own rhythm stays far below what its server takes from one device for ever."""

from seraphine_pos.domain.protocol import PAGE_DOCUMENTS_MAX
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
