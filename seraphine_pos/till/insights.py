"""What the server found out about the shop, as cards for the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.staff import Right
from seraphine_pos.store.mirror import Mirror
from seraphine_pos.till.session import Session


@dataclass(frozen=True, slots=True)
class Insight:
    """One observation; ``confidence`` in thousandths, ``created_at_ms`` in Unix milliseconds."""

    insight_id: str
    category: str
    title: str
    detail: str
    confidence: int
    source_run_id: str
    created_at_ms: int
    related_sales: tuple[str, ...]


class Insights:
    """The observations that came through the feed."""

    def __init__(self, mirror: Mirror, session: Session) -> None:
        """Read this mirror."""
        self._mirror = mirror
        self._session = session

    def latest(self, limit: int = 12) -> Sequence[Insight]:
        """Return the newest observations first."""
        self._session.require(Right.REPORTS)
        found = [_read(one) for one in self._mirror.all(DocumentKind.INSIGHT)]
        return sorted(found, key=lambda one: -one.created_at_ms)[:limit]


def _read(one: Document) -> Insight:
    body = cast("dict[str, Any]", one.body)
    return Insight(
        one.key, body["category"], body["title"], body.get("detail", ""), int(body.get("confidence", 0)),
        body.get("source_run_id", ""), int(body["created_at"]), tuple(body.get("related_sales", ())),
    )  # fmt: skip
