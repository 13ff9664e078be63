"""A product as the till sells it, and its document's body."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from seraphine_pos.domain import barcode
from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.money import AMOUNT_MAX, ONE, checked_quantity
from seraphine_pos.domain.refusal import InvalidCode, InvalidPrice, InvalidText

NAME_MAX: Final = 200
NOTES_MAX: Final = 2000
CODES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class PackCode:
    """A code on a product and the quantity (thousandths) that one scan of it sells."""

    code: str
    quantity: int = ONE


@dataclass(frozen=True, slots=True)
class Product:
    """A product: ``product_id`` is its document's key, ``price`` is in minor units."""

    product_id: str
    name: str
    price: int
    tax_code: str
    codes: tuple[PackCode, ...] = ()
    category: str = ""
    unit: str = ""
    by_weight: bool = False
    notes: str = ""
    active: bool = True

    @property
    def code(self) -> str:
        """Return the code shown for the product, as printed; empty when it has none."""
        return barcode.shown(self.codes[0].code) if self.codes else ""

    def quantity_of(self, key: str) -> int:
        """Return what one scan of this code sells, in thousandths."""
        return next((pack.quantity for pack in self.codes if pack.code == key), ONE)


def tidy(text: str) -> str:
    """Return a name in NFC, without control characters, invisible marks or doubled spaces."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Marks of direction and joining come with names copied from elsewhere and hide in a search.
    seen = (letter for letter in text if unicodedata.category(letter) != "Cf")
    kept = (letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", "".join(seen)))
    return " ".join("".join(kept).split())


_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})


def folded(text: str) -> str:
    """Return a name as a search sees it: words of bare letters and digits, no accents, no case."""
    if text.isascii():
        bare = text.lower()
    else:
        # Compatible forms become plain letters before their case is folded, and are taken apart after.
        parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
        bare = "".join(letter for letter in parts if not unicodedata.combining(letter)).translate(_LIGATURES)
    return bare if bare.isalnum() else "".join(letter if letter.isalnum() else " " for letter in bare)


def checked(product: Product) -> Product:
    """Return the product with a tidy name and keyed codes; raise a Refusal if it cannot be sold."""
    name, category, unit = tidy(product.name), tidy(product.category), tidy(product.unit)
    if not name or max(len(name), len(category), len(unit)) > NAME_MAX:
        raise InvalidText(longest=NAME_MAX)
    if len(product.notes) > NOTES_MAX:
        raise InvalidText(longest=NOTES_MAX)
    if not 0 <= product.price <= AMOUNT_MAX:
        raise InvalidPrice
    if len(product.codes) > CODES_MAX:
        raise InvalidCode(reason=f"{len(product.codes)} codes, {CODES_MAX} au plus")
    # By key, so that two lengths of one GTIN are one code; the first that was given counts.
    codes: dict[str, int] = {}
    for pack in product.codes:
        codes.setdefault(barcode.key_of(pack.code), checked_quantity(pack.quantity))
    packs = tuple(PackCode(key, quantity) for key, quantity in codes.items())
    return replace(product, name=name, category=category, unit=unit, codes=packs, notes=mask(product.notes))


def to_body(product: Product) -> dict[str, object]:
    """Return the body of the product's document."""
    return {
        "name": product.name,
        "price": product.price,
        "tax_code": product.tax_code,
        "codes": [{"code": pack.code, "quantity": pack.quantity} for pack in product.codes],
        "category": product.category,
        "unit": product.unit,
        "by_weight": product.by_weight,
        "notes": product.notes,
        "active": product.active,
    }


def from_body(product_id: str, body: Mapping[str, object]) -> Product:
    """Read a product's document; raise KeyError when a field that every version has is missing."""
    codes = cast("list[dict[str, object]]", body.get("codes", []))
    return Product(
        product_id=product_id,
        name=cast("str", body["name"]),
        price=cast("int", body["price"]),
        tax_code=cast("str", body["tax_code"]),
        codes=tuple(PackCode(cast("str", pack["code"]), cast("int", pack.get("quantity", ONE))) for pack in codes),
        category=cast("str", body.get("category", "")),
        unit=cast("str", body.get("unit", "")),
        by_weight=bool(body.get("by_weight", False)),
        notes=cast("str", body.get("notes", "")),
        active=bool(body.get("active", True)),
    )
