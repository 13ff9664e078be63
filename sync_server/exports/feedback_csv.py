"""What people said as CSV, a page after the other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from seraphine_pos.domain.feedback import Scope, Sentiment
from seraphine_pos.domain.store import Store
from sync_server.exports import people_csv
from sync_server.feedback import State, Tag
from sync_server.paging import Page

HEADINGS: Final = (
    "moment", "partie", "avis", "message", "vente", "personne", "caisse", "état", "nature", "traité par", "traité le",
    "identifiant",
)  # fmt: skip
SCOPES: Final[Mapping[str, str]] = {
    Scope.DASHBOARD: "accueil", Scope.POS: "caisse", Scope.SALES_LOG: "ventes", Scope.SETTINGS: "réglages",
}  # fmt: skip
SENTIMENTS: Final[Mapping[str, str]] = {
    Sentiment.POSITIVE: "bien", Sentiment.NEUTRAL: "moyen", Sentiment.NEGATIVE: "pas bien",
}  # fmt: skip
STATES: Final[Mapping[str, str]] = {
    State.NEW: "nouveau", State.READ: "lu", State.RESOLVED: "résolu", State.DISMISSED: "écarté",
}  # fmt: skip
TAGS: Final[Mapping[str, str]] = {Tag.BUG: "défaut", Tag.IDEA: "idée", Tag.CONFUSION: "incompréhension"}


def lines(pages: Iterable[Page], store: Store, names: Mapping[str, str], tills: Mapping[str, str]) -> Iterator[str]:
    """Yield the CSV of pages of messages; ``names`` are the people's by their ids, ``tills`` the tills' labels."""
    zone = ZoneInfo(store.time_zone)
    yield people_csv.MARK + people_csv.block([HEADINGS])
    for page in pages:
        yield people_csv.block(_line(row, zone, names, tills) for row in page.rows)


def _line(row: Mapping[Any, Any], zone: ZoneInfo, names: Mapping[str, str], tills: Mapping[str, str]) -> list[str]:
    by, at_ms = row["moderated_by"], row["moderated_at_ms"]
    return [
        people_csv.moment(row["at_ms"], zone), SCOPES[row["scope"]], SENTIMENTS[row["sentiment"]], row["message"],
        row["related_sale_id"] or "", names.get(row["operator_id"], row["operator_id"]),
        tills.get(row["till_id"], row["till_id"]), STATES[row["state"]], TAGS.get(row["tag"], ""),
        names.get(by, by) or "", "" if at_ms is None else people_csv.moment(at_ms, zone), row["event_id"],
    ]  # fmt: skip
