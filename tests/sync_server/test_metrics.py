"""What a process counts, and what its tables say, for Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from sync_server.app import build
from sync_server.watch.metrics import Metrics
from tests.sync_server.caller import Caller
from tests.sync_server.shop import Shop, Till


def read(text: bytes) -> dict[tuple[str, str], float]:
    """Return every sample by its name and its labels."""
    found = text_string_to_metric_families(text.decode())
    return {
        (sample.name, ",".join(sorted(sample.labels.values()))): sample.value
        for family in found
        for sample in family.samples
    }


def test_the_state_of_the_store(shop: Shop, till: Till) -> None:
    till.sell(100)
    till.push()
    found = read(Metrics(shop.server).text())
    assert found["seraphine_database_up", ""] == 1
    assert found["seraphine_entries", ""] == len(till.entries)
    assert found["seraphine_tills", ""] == 1
    assert found["seraphine_last_push_timestamp_seconds", ""] == shop.clock.now_ms() // 1000
    assert found["seraphine_last_backup_timestamp_seconds", ""] == 0


def test_requests_are_counted_by_route(shop: Shop) -> None:
    app = build(shop.server)
    client = Caller(app)
    client.get("/healthz")
    client.get("/healthz")
    client.get("/nowhere/at/all")
    client.request("BREW", "/healthz")
    found = read(app.state.metrics.text())
    assert found["seraphine_requests_total", "/healthz,200,GET"] == 2
    assert found["seraphine_requests_total", "404,GET,none"] == 1
    assert found["seraphine_requests_total", "/healthz,405,other"] == 1
    assert found["seraphine_request_seconds_count", "/healthz"] >= 2


def test_a_till_does_not_read_them(shop: Shop, till: Till) -> None:
    answer = Caller(build(shop.server)).get(
        "/metrics", headers={"authorization": f"Bearer {till.enrolment.device_key}"}
    )
    assert answer.status_code == 403


def test_health_says_when_the_last_backup_was(shop: Shop) -> None:
    assert Caller(build(shop.server)).get("/healthz").json()["last_backup_ms"] is None
