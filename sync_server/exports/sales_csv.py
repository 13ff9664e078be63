"""The list of sales as CSV, a page after the other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from seraphine_pos.domain.store import Store
from sync_server.exports import people_csv, wording
from sync_server.paging import Page

HEADINGS: Final = (
    "jour", "moment", "nature", "ticket", "caisse", "personne", "paiements", "devise", "total", "taxe", "signalement",
    "motif", "identifiant",
)  # fmt: skip
NATURES: Final[Mapping[str, str]] = {"sale": "vente", "refund": "remboursement"}
STATES: Final[Mapping[str, str]] = {"open": "ouvert", "cleared": "classé"}


def lines(pages: Iterable[Page], store: Store, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the CSV of pages of sales; ``names`` are the people's by their ids; a refund's amounts are below zero."""
    zone = ZoneInfo(store.time_zone)
    yield people_csv.MARK + people_csv.block([HEADINGS])
    for page in pages:
        yield people_csv.block(_line(row, store, zone, names) for row in page.rows)


def _line(row: Mapping[Any, Any], store: Store, zone: ZoneInfo, names: Mapping[str, str]) -> list[str | int]:
    sign = -1 if row["kind"] == "refund" else 1
    flag = row["flag"] or {}
    return [
        row["business_day"], people_csv.moment(row["at_ms"], zone), NATURES[row["kind"]], row["receipt"],
        row["till"] or row["till_id"], names.get(row["operator_id"], row["operator_id"]),
        " + ".join(wording.method(one) for one in row["methods"]), row["currency"],
        *(people_csv.figure(sign * row[name], store.currency.decimals) for name in ("total", "tax")),
        STATES.get(str(flag.get("state", "")), ""), str(flag.get("reason", "")), row["event_id"],
    ]  # fmt: skip
