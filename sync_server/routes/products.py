"""The catalogue's routes: search, look up by code, set, take off sale, and the import of a block."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain import barcode
from seraphine_pos.domain.money import AMOUNT_MAX, ONE, QUANTITY_MAX
from seraphine_pos.domain.product import CODES_MAX, NAME_MAX, NOTES_MAX
from seraphine_pos.domain.product_row import WRONG_CHECK_DIGIT
from seraphine_pos.domain.staff import Right
from sync_server import catalogue
from sync_server.rights.callers import Scope
from sync_server.routes import shapes
from sync_server.routes.body import Plain, asked, read
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes

router = APIRouter(prefix="/v1/products", tags=["products"], responses=FAILURES)
Reader = Annotated[Visit, Depends(require_role(till=True, right=Right.SELL, scope=Scope.PRODUCTS_READ))]
Writer = Annotated[Visit, Depends(require_role(right=Right.CREATE_PRODUCT, scope=Scope.PRODUCTS_WRITE))]
Importer = Annotated[Visit, Depends(require_role(till=True, right=Right.CREATE_PRODUCT, scope=Scope.PRODUCTS_WRITE))]


class Code(TypedDict):
    """A code on a product, and the thousandths that one scan of it sells."""

    code: str
    quantity: int


class Product(TypedDict):
    """A product; ``price`` in minor units (cents), ``rev`` the revision of the feed that last changed it."""

    key: str
    rev: int
    name: str
    price: int
    tax_code: str
    codes: list[Code]
    category: str
    unit: str
    by_weight: bool
    notes: str
    active: bool
    updated_by: str
    updated_at: int


class OneProduct(TypedDict):
    """A product."""

    server_id: str
    product: Product


class Products(TypedDict):
    """A page of products by name; ``next`` is null at the end."""

    server_id: str
    products: list[Product]
    next: str | None


class Scanned(TypedDict):
    """The product that has a code, and the thousandths that one scan of it sells."""

    server_id: str
    product: Product
    quantity: int


class SetProduct(TypedDict):
    """A product after a change, what became of it, and what somebody should know: a code with a wrong check digit."""

    server_id: str
    outcome: Literal["created", "updated", "unchanged"]
    product: Product
    remarks: list[str]


class RowResult(TypedDict):
    """What became of a row."""

    key: str
    outcome: Literal["created", "updated", "unchanged", "refused"]
    reason: str | None


class Imported(TypedDict):
    """What became of each row of a block."""

    server_id: str
    results: list[RowResult]


class WantedCode(BaseModel):
    """A code to be put on a product."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=128, strict=True)]
    quantity: Annotated[int, Field(gt=0, le=QUANTITY_MAX, strict=True)] = ONE


class Fields(BaseModel):
    """The fields of a product that are to be set; a new one needs ``name``, ``price`` and ``tax_code``."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX, strict=True)] | None = None
    price: Annotated[int, Field(ge=0, le=AMOUNT_MAX, strict=True)] | None = None
    tax_code: Annotated[str, Field(max_length=NAME_MAX, strict=True)] | None = None
    codes: Annotated[list[WantedCode], Field(max_length=CODES_MAX)] | None = None
    category: Annotated[str, Field(max_length=NAME_MAX, strict=True)] | None = None
    unit: Annotated[str, Field(max_length=NAME_MAX, strict=True)] | None = None
    by_weight: Annotated[bool, Field(strict=True)] | None = None
    notes: Annotated[str, Field(max_length=NOTES_MAX, strict=True)] | None = None
    active: Annotated[bool, Field(strict=True)] | None = None


FIELDS: Final = TypeAdapter(Fields)
MILK: Final[Product] = {
    "key": "06111111111111", "rev": 42, "name": "Lait entier 1 L", "price": 950, "tax_code": "TVA20",
    "codes": [{"code": "06111111111111", "quantity": 1000}], "category": "Crèmerie", "unit": "", "by_weight": False,
    "notes": "", "active": True, "updated_by": "0199f2b0-0000-7000-8000-000000000003", "updated_at": 1795334400000,
}  # fmt: skip
ONE_PRODUCT: Final[OneProduct] = {"server_id": SERVER_ID, "product": MILK}
BLOCK: Final = {
    "operator_id": "0199f2b0-0000-7000-8000-000000000003", "dry_run": False,
    "rows": [{"key": MILK["key"], "body": {"name": "Lait entier 1 L", "price": 950, "tax_code": "TVA20"}}],
}  # fmt: skip


@router.get("", responses=gives(Products, {"server_id": SERVER_ID, "products": [MILK], "next": None}))
def search(
    visit: Reader,
    q: Annotated[str, Query(max_length=NAME_MAX, description="words of the name, or the start of a code")] = "",
    after: str = "",
    *,
    inactive: bool = False,
    limit: Annotated[int, Query(ge=1, le=catalogue.LISTED_MAX)] = catalogue.LISTED_MAX,
) -> Response:
    """Return the products in whose name all the words stand, whatever their accents and case, by name."""
    with visit.read() as connection:
        page = catalogue.search(
            connection, visit.store_id, q, after=after, inactive=inactive, rows_max=limit
        )  # fmt: skip
    return visit.answer({"products": page.rows, "next": page.after})


@router.post(
    "/import",
    openapi_extra=takes(shapes.Import, BLOCK),
    responses=gives(
        Imported,
        {"server_id": SERVER_ID, "results": [{"key": MILK["key"], "outcome": "updated", "reason": None}]},
    ),
)
def import_block(visit: Importer, body: Plain) -> Response:
    """Set at most 500 products in one revision, in the name of the session's person, or of whom a till names.

    Keys, codes and taxes are as PUT takes them; ``results`` name the keys that the products bear, in the rows' order.
    """
    block = read(shapes.IMPORT, body)
    rows = shapes.rows_of(block)
    if visit.caller.device is not None:
        results = visit.till.import_products(block["operator_id"], rows, dry_run=block["dry_run"])
    else:
        with visit.write() as tx:
            results = catalogue.import_block(tx, visit.caller.actor, rows, dry_run=block["dry_run"])
    return visit.answer({"results": [asdict(result) for result in results]})


@router.get(
    "/by-code/{code:path}",
    responses=gives(Scanned, {**ONE_PRODUCT, "quantity": 1000}),
)
def by_code(visit: Reader, code: str) -> Response:
    """Return the product on sale that has a code; a GTIN may be given in any of its lengths."""
    with visit.read() as connection:
        found, quantity = catalogue.by_code(connection, visit.store_id, code)
    return visit.answer({"product": found, "quantity": quantity})


@router.get("/{key:path}", responses=gives(OneProduct, ONE_PRODUCT))
def one(visit: Reader, key: str) -> Response:
    """Return a product by its key."""
    with visit.read() as connection:
        return visit.answer({"product": catalogue.one(connection, visit.store_id, key)})


@router.put(
    "/{key:path}",
    openapi_extra=takes(Fields, {"price": 990}),
    responses={
        **gives(SetProduct, {**ONE_PRODUCT, "outcome": "updated", "remarks": []}),
        **gives(SetProduct, {**ONE_PRODUCT, "outcome": "created", "remarks": []}, 201, "Made."),
    },
)
def put(
    visit: Writer,
    key: str,
    body: Plain,
    rev: Annotated[
        int | None, Query(ge=0, le=shapes.INTEGER_MAX, description="the revision that was seen, 0 for no product")
    ] = None,
) -> Response:
    """Set the given fields of a product, or make it; with ``rev`` only if nobody changed it since.

    The key is the product's first code, a GTIN in any of its lengths (it is kept in 14 digits) and another code as it
    is, or a UUID for a product without a code. A new product that says nothing of its ``codes`` has its key as its
    code, unless that is a UUID. A code as long as a GTIN whose check digit is wrong is kept as it is, and ``remarks``
    say so: labels of the shop's own may be so, and so is a typing error. ``tax_code`` is the code of one of the
    store's taxes, or empty for no tax.
    """
    fields: dict[str, Any] = asked(FIELDS, body).model_dump(exclude_none=True)
    with visit.write() as tx:
        outcome, product = catalogue.put(tx, visit.caller.actor, key, fields, rev)
    status = 201 if outcome == catalogue.CREATED else 200
    return visit.answer({"outcome": outcome, "product": product, "remarks": _remarks(product)}, status)


def _remarks(product: Mapping[str, Any]) -> list[str]:
    """Return what an import would remark on the codes of a product."""
    codes = [one["code"] for one in product["codes"]]
    return [f"{code}: {WRONG_CHECK_DIGIT.english}" for code in codes if barcode.has_wrong_digit(code)]


@router.delete(
    "/{key:path}", responses=gives(OneProduct, {"server_id": SERVER_ID, "product": {**MILK, "active": False}})
)
def withdraw(visit: Writer, key: str) -> Response:
    """Take a product off sale, which frees its codes; its sales stay, and it can be put back."""
    with visit.write() as tx:
        return visit.answer({"product": catalogue.withdraw(tx, visit.caller.actor, key)})
