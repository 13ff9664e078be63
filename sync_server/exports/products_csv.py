"""The catalogue as CSV that can be edited and imported again."""

from collections.abc import Iterable, Iterator
from typing import Final

from seraphine_pos.domain import barcode
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product import PackCode, from_body
from seraphine_pos.domain.store import Store
from sync_server.exports import people_csv
from sync_server.feed import Stored

# Each is a name that an import knows its field by.
HEADINGS: Final = (
    "barcode", "name", "price", "currency", "tax_code", "category", "unit", "by_weight", "notes", "pack_barcode",
    "pack_quantity", "active", "product_key",
)  # fmt: skip


def lines(blocks: Iterable[list[Stored]], store: Store) -> Iterator[str]:
    """Yield the CSV of the products; of further codes a row has room for one."""
    yield people_csv.MARK + people_csv.block([HEADINGS])
    for block in blocks:
        yield people_csv.block(_line(one, store) for one in block)


def _line(stored: Stored, store: Store) -> list[str | int]:
    product = from_body(stored.key, stored.body)
    pack = next((one for one in product.codes[1:] if one.quantity != ONE), None) or PackCode("")
    return [
        product.code, product.name,
        people_csv.figure(product.price, store.currency.decimals), store.currency.code, product.tax_code,
        product.category, product.unit, int(product.by_weight), product.notes, barcode.shown(pack.code),
        people_csv.figure(pack.quantity, 3) if pack.code else "", int(product.active), stored.key,
    ]  # fmt: skip
