"""Traces to an OpenTelemetry collector and faults to Sentry, for whoever set where; nobody else loads these libraries.

Neither is told a token, a body, a name or the words of a query.
"""

from typing import Any, Final

from fastapi.telemetry import TelemetryConfig

from sync_server.settings import SettingsRefused, TelemetrySettings
from sync_server.version import program_version

SERVICE: Final = "seraphine-server"
SILENT: Final[TelemetryConfig] = {
    "tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
}  # fmt: skip
LACKING: Final = (
    "[telemetry] is set, but its libraries are not here: install seraphine-pos[telemetry], or take the setting away"
)
TRACES_PATH: Final = "/v1/traces"
PRIVATE: Final = ("request", "user", "server_name", "breadcrumbs", "extra", "modules")


def begin(settings: TelemetrySettings) -> TelemetryConfig:
    """Return what the application tells of itself; raise SettingsRefused when a library is not installed."""
    try:
        if settings.sentry_dsn:
            _tell_faults(settings.sentry_dsn)
        return _traced(settings.otlp_endpoint) if settings.otlp_endpoint else SILENT
    except ImportError as problem:
        raise SettingsRefused(LACKING) from problem


def _traced(endpoint: str) -> TelemetryConfig:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = Resource.create({"service.name": SERVICE, "service.version": program_version()})
    provider = TracerProvider(resource=named)
    where = endpoint if endpoint.endswith(TRACES_PATH) else endpoint.rstrip("/") + TRACES_PATH
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=where)))
    return {**SILENT, "tracing": True, "tracer_provider": provider}


def _tell_faults(dsn: str) -> None:
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn, release=program_version(), max_request_body_size="never",
        include_local_variables=False, default_integrations=False, auto_enabling_integrations=False,
        traces_sample_rate=0.0, before_send=_bare,
        integrations=[_logging()],
    )  # fmt: skip


def _logging() -> Any:
    import logging

    from sentry_sdk.integrations.logging import LoggingIntegration

    return LoggingIntegration(level=None, event_level=logging.ERROR)


def _bare(event: Any, _hint: Any) -> Any:
    """Return a fault without what could speak of people or of the shop."""
    return {name: part for name, part in event.items() if name not in PRIVATE}
