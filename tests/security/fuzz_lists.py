"""Fuzzed: lists that people bring as CSV: products at the server and at a till, people at the server."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.product import checked, from_body
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.domain.tax import Tax
from seraphine_pos.till import importing
from seraphine_pos.till.importing import Reading
from sync_server import seed
from sync_server.catalogue import UNCHANGED
from sync_server.errors import Problem
from tests.security.fuzz_target import StoreUnderFire, count, hold
from tests.sync_server.shop import Shop

STORE_LASTS: Final = 200
PRODUCTS: Final = "kind = 'product'"
PEOPLE: Final = "kind = 'staff'"
RULES: Final = Rules(Currency("MAD", 2), {"TVA20": Tax("TVA20", "TVA 20 %", 2000)}, "TVA20", one_currency=True)
LISTS: Final = (
    "code;nom;prix\n6111234567890;Thé;12,50\n6111234567891;Café;\n",
    'barcode,name,price,tax\n="061112345678",x,"1,234.50",20\n96385074,y,1.5,TVA20\n',
    "key,barcode,name,price,pack_barcode,pack_quantity,by_weight,active,notes\nk,12345670,z,0,99,6,oui,non,a b\n",
    'name,price,barcode\n"a\nb",1,123\n"c,2,124\nd,3,125\n',
    "code\tprix\tnom\n1\t1\tx\n1\t2\ty\n",
    "",
)
STAFF: Final = (
    "name,role,pin\nAya,cashier,1234\nNour,owner,654321\n",
    'nom;rôle;code\n"Zoé";caisse;0000\n;gérant;12\nAya;caisse\n',
    "pin,role,name\n\n",
)


def in_every_encoding(lists: Sequence[str]) -> list[bytes]:
    """Return texts as programs for tables write them."""
    return [text.encode(name) for text in lists for name in ("utf-8", "utf-8-sig", "utf-16")]


class ProductList:
    """A list is refused whole, or each row counted once, as taken or as wrong; the same again changes nothing."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._stores = StoreUnderFire(folder, STORE_LASTS)
        self._folder = folder / "lists"
        self._folder.mkdir()
        self._path = self._folder / seed.PRODUCTS

    def seeds(self) -> list[bytes]:
        """Return lists."""
        return in_every_encoding(LISTS)

    def attempt(self, data: bytes) -> None:
        """Take the list at a till, then at the server."""
        self._path.write_bytes(data)
        self._at_till()
        shop = self._stores.shop()
        before = self._held(shop)
        try:
            (done,) = seed.seed(shop.server, shop.store_id, self._folder)
        except Problem:
            hold(self._held(shop) == before, "a list that is refused changes nothing")
            return
        if not done.outcomes:
            return
        self._sellable(shop)
        after = self._held(shop)
        (again,) = seed.seed(shop.server, shop.store_id, self._folder)
        hold(set(again.outcomes) <= {UNCHANGED}, f"the same list again changes nothing: {again.outcomes}")
        hold(self._held(shop) == after, "nor is anything written")
        hold(sum(again.outcomes.values()) == sum(done.outcomes.values()), "and the same rows are taken")

    def close(self) -> None:
        """Remove the store."""
        self._stores.close()

    def _at_till(self) -> None:
        try:
            read = importing.check(self._path, Reading(), RULES, lambda _done, _every: None)
        except InvalidFile:
            return
        parts = (len(read.good), len(read.bad), read.superseded, read.elsewhere, read.empty)
        hold(read.rows == sum(parts), "every row is counted once")
        for good in read.good:
            hold(checked(good.row.product) == good.row.product, "a good row can be sold")

    def _sellable(self, shop: Shop) -> None:
        with shop.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT key, body FROM documents WHERE kind = 'product'").all()
        for key, body in rows:
            product = from_body(key, json.loads(body))
            hold(checked(product) == product, "what is in the catalogue can be sold")

    def _held(self, shop: Shop) -> tuple[int, int]:
        with shop.database.read() as connection:
            rev = connection.exec_driver_sql("SELECT rev FROM stores").scalar_one()
        return int(rev), count(shop, "documents", PRODUCTS)


class StaffList:
    """A list is refused whole, or as many people are there as it says; the same again adds nobody."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._stores = StoreUnderFire(folder, STORE_LASTS // 4)
        self._folder = folder / "lists"
        self._folder.mkdir()

    def seeds(self) -> list[bytes]:
        """Return lists."""
        return in_every_encoding(STAFF)

    def attempt(self, data: bytes) -> None:
        """Take the list, twice."""
        (self._folder / seed.STAFF).write_bytes(data)
        shop = self._stores.shop()
        before = count(shop, "documents", PEOPLE)
        try:
            (done,) = seed.seed(shop.server, shop.store_id, self._folder)
        except Problem:
            hold(count(shop, "documents", PEOPLE) == before, "a list that is refused adds nobody")
            return
        created = done.outcomes.get("created", 0)
        hold(count(shop, "documents", PEOPLE) == before + created, "as many people are added as are told")
        if created:
            (again,) = seed.seed(shop.server, shop.store_id, self._folder)
            hold("created" not in again.outcomes, "the same list again adds nobody")

    def close(self) -> None:
        """Remove the store."""
        self._stores.close()
