"""The store as its setting document says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from seraphine_pos.domain.money import Currency


@dataclass(frozen=True, slots=True)
class Store:
    """The shop's name, money, place in time and the words on its receipts."""

    name: str
    address: str
    currency: Currency
    time_zone: str
    language: str
    receipt_header: str = ""
    receipt_footer: str = ""


def to_body(store: Store) -> dict[str, object]:
    """Return the body of the setting ``store``."""
    return {
        "name": store.name,
        "address": store.address,
        "currency": store.currency.code,
        "decimals": store.currency.decimals,
        "time_zone": store.time_zone,
        "language": store.language,
        "receipt_header": store.receipt_header,
        "receipt_footer": store.receipt_footer,
    }


def from_body(body: Mapping[str, object]) -> Store:
    """Read the setting ``store``."""
    return Store(
        cast("str", body["name"]),
        cast("str", body.get("address", "")),
        Currency(cast("str", body["currency"]), cast("int", body["decimals"])),
        cast("str", body["time_zone"]),
        cast("str", body.get("language", "fr")),
        cast("str", body.get("receipt_header", "")),
        cast("str", body.get("receipt_footer", "")),
    )
