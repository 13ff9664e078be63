"""Finding products, by code and by name, in the mirror with this till's own wishes laid over it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from seraphine_pos.domain import product as products
from seraphine_pos.domain import tax as taxes
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.tax import Tax
from seraphine_pos.store.database import Database
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.mirror import Mirror

SEARCH_MAX: Final = 50
# So many are found before the best of them are kept; beyond, more letters say more.
_FOUND_MAX: Final = 400
_WORDS_MAX: Final = 8
_FIND: Final = """
    SELECT d.key, d.body FROM product_code c JOIN document d ON d.position = c.document
    WHERE c.side = (SELECT side FROM feed) AND c.code = ? LIMIT 1"""
_SEARCH: Final = """
    SELECT d.key, d.body FROM product_name n JOIN document d ON d.position = n.rowid
    WHERE n.name MATCH ? AND d.side = (SELECT side FROM feed) LIMIT ?"""


class Catalogue:
    """The products and taxes a till sells by."""

    def __init__(self, database: Database, mirror: Mirror, ledger: Ledger) -> None:
        """Look into this mirror and these wishes."""
        self._database = database
        self._mirror = mirror
        self._ledger = ledger
        self._wished: dict[str, Product] = {}
        self._by_code: dict[str, Product] = {}
        self._taxes: dict[str, Tax] = {}
        self.refresh()

    def refresh(self) -> None:
        """Lay the wishes over the mirror again, after either has changed."""
        wished: dict[str, Product] = {}
        for kind, key, fields in self._ledger.proposals():
            if kind != DocumentKind.PRODUCT:
                continue
            before = wished.get(key) or self._mirrored(key)
            body = {**(products.to_body(before) if before else {}), **fields}
            # A wish about a product that the shop has taken out meanwhile is the owner's to settle.
            with suppress(KeyError):
                wished[key] = products.from_body(key, body)
        self._wished = wished
        self._by_code = {pack.code: one for one in wished.values() if one.active for pack in one.codes}
        self._taxes = {one.key: taxes.from_body(one.key, one.body) for one in self._mirror.all(DocumentKind.TAX)}

    def lay(self, key: str, fields: Mapping[str, object]) -> Product:
        """Lay one more wish over the mirror, now that it is in the journal; return the product it makes."""
        before = self.get(key)
        wished = products.from_body(key, {**(products.to_body(before) if before else {}), **fields})
        self._wished = {**self._wished, key: wished}
        if wished.active:
            self._by_code = {**self._by_code, **{pack.code: wished for pack in wished.codes}}
        return wished

    def find(self, key: str) -> Product | None:
        """Return the product that has a code, by the code's key."""
        wished = self._by_code.get(key)
        if wished is not None:
            return wished
        with self._database.read() as connection:
            row = connection.execute(_FIND, (key,)).fetchone()
        if row is None or row[0] in self._wished:
            return None
        return products.from_body(row[0], json.loads(row[1]))

    def get(self, product_id: str) -> Product | None:
        """Return a product by its document's key."""
        return self._wished.get(product_id) or self._mirrored(product_id)

    def revision(self, product_id: str) -> int:
        """Return the revision of a product's document in the mirror; 0 when it has none."""
        found = self._mirror.get(DocumentKind.PRODUCT, product_id)
        return 0 if found is None else found.rev

    def search(self, text: str, limit: int = SEARCH_MAX) -> list[Product]:
        """Return products whose names hold all words, whatever their order, accents or case.

        The last letters of each word may be missing.
        """
        words = [word for word in products.folded(text).split() if word][:_WORDS_MAX]
        if not words:
            return []
        match = " ".join(f'"{word}"*' for word in words)
        own = [one for one in self._wished.values() if one.active and _matches(one.name, words)]
        with self._database.read() as connection:
            rows = connection.execute(_SEARCH, (match, _FOUND_MAX)).fetchall()
        found = [products.from_body(row[0], json.loads(row[1])) for row in rows if row[0] not in self._wished]
        return sorted(own + found, key=lambda one: _rank(one.name, words))[:limit]

    def taxes(self) -> list[Tax]:
        """Return the store's taxes, the highest rate first."""
        return sorted(self._taxes.values(), key=lambda one: (-one.rate, one.code))

    def tax(self, code: str) -> Tax:
        """Return a tax by its code; an unknown code bears no tax, so that the sale goes on."""
        return self._taxes.get(code) or Tax(code, code, 0)

    def without_code(self, limit: int) -> list[Product]:
        """Return products that no scanner finds, for the keys of the till."""
        with self._database.read() as connection:
            rows = connection.execute(
                """SELECT key, body FROM document WHERE side = (SELECT side FROM feed) AND kind = 'product'
                AND deleted = 0 AND position NOT IN (SELECT document FROM product_code) LIMIT ?""",
                (limit,),
            ).fetchall()
        return [products.from_body(row[0], json.loads(row[1])) for row in rows]

    def _mirrored(self, product_id: str) -> Product | None:
        found = self._mirror.get(DocumentKind.PRODUCT, product_id)
        return None if found is None or found.deleted else products.from_body(product_id, found.body)


def _matches(name: str, words: list[str]) -> bool:
    parts = products.folded(name).split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _rank(name: str, words: list[str]) -> tuple[int, int, str]:
    folded = products.folded(name)
    return (0 if folded.startswith(words[0]) else 1, len(folded), folded)
