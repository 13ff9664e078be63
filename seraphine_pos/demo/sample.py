"""The sample store as values: the shop, its taxes, its people with their demo PINs, its goods.

It reads the folder `resources/sample_store` and knows neither tills nor servers.
"""

import csv
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seraphine_pos.demo.rhythm import Rhythm, Ware
from seraphine_pos.domain import barcode, money, product, store, tax
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.domain.staff import Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax

FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "sample_store"
NAMESPACE: Final = uuid.UUID("6f1c9a52-0c3e-4a53-9b8e-5f0d3f1e7a10")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who works in the sample shop, and the PIN that the demo shows."""

    staff_id: str
    name: str
    role: Role
    pin: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything that is written down about the sample shop."""

    store: Store
    taxes: tuple[Tax, ...]
    people: tuple[Person, ...]
    products: tuple[Product, ...]
    insights: tuple[Mapping[str, Any], ...]
    feedback: tuple[Mapping[str, Any], ...]
    rhythm: Rhythm

    @property
    def owner(self) -> Person:
        """The owner in whose name the shop is founded."""
        return next(person for person in self.people if person.role is Role.OWNER)


def read(folder: Path = FOLDER) -> Sample:
    """Return the sample shop that this folder holds."""
    shop = _json(folder / "store.json")
    decimals = shop["decimals"]
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        products = tuple(_product(row, decimals) for row in csv.DictReader(file, strict=True))
    written = _json(folder / "rhythm.json")
    wares = [Ware(one.name, one.category, one.price, one.by_weight) for one in products]
    return Sample(
        store=store.from_body(shop),
        taxes=tuple(tax.from_body(row["code"], row) for row in shop["taxes"]),
        people=tuple(Person(row["staff_id"], row["name"], Role(row["role"]), row["pin"]) for row in _staff(folder)),
        products=products,
        insights=tuple(_json(folder / "insights.json")),
        feedback=tuple(_json(folder / "feedback.json")),
        rhythm=Rhythm(written, wares, money.parse_amount(written["price_ceiling"], decimals)),
    )


def import_rows(products: tuple[Product, ...]) -> list[ImportRow]:
    """Return the goods as rows of a catalogue import."""
    return [ImportRow(one.product_id, product.to_body(one)) for one in products]


def _staff(folder: Path) -> list[dict[str, str]]:
    staff: list[dict[str, str]] = _json(folder / "staff.json")
    return staff


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _product(row: Mapping[str, str], decimals: int) -> Product:
    codes = [PackCode(barcode.key_of(row["barcode"]))] if row["barcode"] else []
    if row["pack_barcode"]:
        codes.append(PackCode(barcode.key_of(row["pack_barcode"]), int(row["pack_quantity"]) * money.ONE))
    return product.checked(
        Product(
            product_id=codes[0].code if codes else str(uuid.uuid5(NAMESPACE, row["name"])),
            name=row["name"],
            price=money.parse_amount(row["price"], decimals),
            tax_code=row["tax_code"],
            codes=tuple(codes),
            category=row["category"],
            unit=row["unit"],
            by_weight=row["sold_by_weight"] == "1",
        )
    )
