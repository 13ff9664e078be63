"""The catalogue as a table: imported from CSV, and exported to it."""

from dataclasses import asdict
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Response
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right
from sync_server import audit, price_list, product_names, store
from sync_server.exports import products_csv
from sync_server.rights.callers import Scope
from sync_server.routes import streamed
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, sends, takes
from sync_server.routes.upload import Uploaded, lines

router = APIRouter(prefix="/v1", tags=["products"], responses=FAILURES)
Writer = Annotated[Visit, Depends(require_role(right=Right.CREATE_PRODUCT, scope=Scope.PRODUCTS_WRITE))]
Reader = Annotated[Visit, Depends(require_role(right=Right.CREATE_PRODUCT, scope=Scope.PRODUCTS_READ))]


class Wrong(TypedDict):
    """A row that was not taken, by the line it stands on."""

    line: int
    reason: str


class Remark(TypedDict):
    """What somebody should know about a row that was taken: a barcode with a wrong check digit, a price of zero."""

    line: int
    remark: str


class Taken(TypedDict):
    """What became of the rows; of those not taken, and of the remarks on the others, the first thousand are named."""

    server_id: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    wrong: list[Wrong]
    remarks: list[Remark]
    unused_columns: list[str]


EXAMPLE: Final = "barcode;name;price;tax_code\r\n6111111111111;Lait entier 1 L;9,50;TVA20\r\n"
TAKEN: Final[Taken] = {
    "server_id": SERVER_ID, "dry_run": False, "rows": 2, "created": 1, "updated": 0, "unchanged": 0, "refused": 1,
    "wrong": [{"line": 3, "reason": "there is no price"}],
    "remarks": [{"line": 2, "remark": "the check digit is wrong: the barcode is kept as written"}],
    "unused_columns": ["fournisseur"],
}  # fmt: skip


@router.post("/products/import.csv", openapi_extra=takes(str, EXAMPLE, "text/csv"), responses=gives(Taken, TAKEN))
def import_list(
    visit: Writer, file: Uploaded, *, dry_run: bool = False, encoding: Literal["utf-8", "cp1252"] = "utf-8"
) -> Response:
    """Set the products of a CSV list of at most 20 MB and 200,000 rows, all good rows in one transaction.

    Columns are known by their headers, in French or English. What a row says is wrong is told by its line; what the
    list has no column for stays as it is. A line ``sep=;`` before the headers is taken for the delimiter.
    """
    with visit.read() as connection:
        expected = price_list.rules(connection, visit.store_id)
    checked = price_list.check(lines(file, encoding), expected)
    with visit.write() as tx:
        taken = price_list.put(tx, visit.caller.actor, checked, dry_run=dry_run)
    outcomes = {name: taken.outcomes.get(name, 0) for name in ("created", "updated", "unchanged")}
    wrong = [{"line": one.line, "reason": one.reason} for one in taken.wrong[: price_list.TOLD_MAX]]
    return visit.answer(
        {
            "dry_run": dry_run,
            "rows": taken.rows,
            **outcomes,
            "refused": len(taken.wrong),
            "wrong": wrong,
            "remarks": [asdict(one) for one in taken.remarks[: price_list.TOLD_MAX]],
            "unused_columns": list(taken.unused_columns),
        }
    )


@router.get("/products.csv", response_class=Response, responses=sends("The whole catalogue.", csv=EXAMPLE))
def export_list(visit: Reader) -> Response:
    """Return the whole catalogue as CSV that can be imported again."""
    with visit.write() as tx:
        audit.note(tx, "products.exported", {"format": "csv"})
        shop = store.read(tx.connection, tx.store_id)
    blocks = product_names.all_blocks(visit.read, visit.store_id)
    return streamed.text(products_csv.lines(blocks, shop), "produits.csv")
