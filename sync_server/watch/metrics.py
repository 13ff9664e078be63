"""What this process counts, for Prometheus: requests as they are answered, and the state of the store when asked."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from sync_server.errors import Problem
from sync_server.schema import backups, feedback, insights, journals, outbox, quarantine, stores, tills
from sync_server.store_server import StoreServer

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
MS: Final = 1000
OTHER: Final = "other"
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    """The counts of one server process."""

    def __init__(self, server: StoreServer) -> None:
        """Start counting."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "seraphine_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "seraphine_request_seconds", "Time from a request's head to its answer's end", ("route",),
            buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._registry.register(_State(server))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; a route is its template, so that no caller makes series of its own."""
        self._requests.labels(method if method in METHODS else OTHER, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What the tables say at the moment of asking."""

    def __init__(self, server: StoreServer) -> None:
        self._server = server

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("seraphine_database_up", "Whether the database answers")
        found: list[GaugeMetricFamily] = []
        try:
            with self._server.database.read() as connection:
                found = list(_gauges(connection))
            up.add_metric([], 1)
        except Problem:
            up.add_metric([], 0)
        yield up
        yield from found


def _gauges(connection: Connection) -> Iterator[GaugeMetricFamily]:
    counts = {
        "entries": ("Entries of all journals", select(func.coalesce(func.sum(stores.c.arrival), 0))),
        "revision": ("The highest revision of the feed", select(func.coalesce(func.max(stores.c.rev), 0))),
        "tills": ("Tills enrolled", select(func.count()).select_from(tills)),
        "quarantined_entries": ("Entries in no report", select(func.count()).select_from(quarantine)),
        "feedback_messages": ("Messages kept", select(func.count()).select_from(feedback)),
        "outbox_waiting": (
            "Messages that still have to be delivered",
            select(func.count()).select_from(outbox).where(outbox.c.due_at_ms.is_not(None)),
        ),
        "last_push_timestamp_seconds": (
            "When the last entries came", select(func.coalesce(func.max(journals.c.received_at_ms), 0) / MS),
        ),
        "last_backup_timestamp_seconds": (
            "When the newest verified backup was made",
            select(func.coalesce(func.max(backups.c.made_at_ms), 0) / MS).where(backups.c.problems == 0),
        ),
        "last_insight_timestamp_seconds": (
            "When the last insight came", select(func.coalesce(func.max(insights.c.received_at_ms), 0) / MS),
        ),
    }  # fmt: skip
    for name, (words, statement) in counts.items():
        gauge = GaugeMetricFamily(f"seraphine_{name}", words)
        gauge.add_metric([], float(connection.execute(statement).scalar_one()))
        yield gauge
