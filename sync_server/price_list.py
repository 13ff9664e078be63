"""A list of products as people keep it in a table: every row is checked, the bad ones are told, the good ones set.

The whole list is one transaction, in revisions of at most a block: it is there entirely or not at all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from seraphine_pos.domain.cell import unguarded
from seraphine_pos.domain.csv_rows import Row, parse
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import Product, from_body, to_body
from seraphine_pos.domain.product_columns import NO_COLUMN, TWO_COLUMNS, Columns, ColumnsRefused, find_columns
from seraphine_pos.domain.product_row import RowRefused, Rules, completed, read_row
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow
from seraphine_pos.domain.reason import Wording
from seraphine_pos.domain.tax import from_body as tax_from_body
from sync_server import audit, catalogue, feed, store
from sync_server.errors import Refused, TooLarge
from sync_server.transaction import Transaction

ROWS_MAX: Final = 200_000
TOLD_MAX: Final = 1000
FEW_BLOCKS: Final = 2
# Whoever sends a list by HTTP names its columns in the list itself.
IN_THE_LIST: Final[Mapping[Wording, str]] = {
    NO_COLUMN: "no column for {missing}: the first row has to name it so, as “barcode;name;price” (it has: {header})",
    TWO_COLUMNS: "two columns may be the {field}: {names}; call the other one something else in the first row",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that is not taken, by the line it stands on, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody should know about a row that is taken, by the line it stands on."""

    line: int
    remark: str


@dataclass(slots=True)
class Checked:
    """A list after the check: the products of good rows by their key, each with its line, and the other rows.

    ``named`` are the keys that stand in the list itself, as an export writes them.
    """

    columns: Columns
    good: dict[str, tuple[int, Product]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    wrong: list[Wrong] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list: the number of its rows, of good ones by their outcome, and the ones not taken."""

    rows: int
    outcomes: Mapping[str, int]
    wrong: tuple[Wrong, ...]
    unused_columns: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()


def rules(connection: Connection, store_id: str) -> Rules:
    """Return what the store expects of a row: its currency and its taxes, the first of them where none is named."""
    listed = feed.all_of(connection, store_id, DocumentKind.TAX)
    taxes = {one.key: tax_from_body(one.key, one.body) for one in listed}
    return Rules(store.read(connection, store_id).currency, taxes, next(iter(taxes), ""), one_currency=True)


def check(lines: Iterable[str], expected: Rules, rows_max: int = ROWS_MAX) -> Checked:
    """Read a list; raise Refused when its header says too little, TooLarge beyond so many rows."""
    rows = parse(lines)
    header = next(rows, None)
    if header is None:
        raise Refused("the list is empty: its first row names the columns")
    if header.fault is not None:
        raise Refused(f"line {header.line}: {header.fault.english}")
    try:
        checked = Checked(find_columns(header.fields))
    except ColumnsRefused as problem:
        said = IN_THE_LIST.get(problem.reason.wording, problem.reason.wording.english)
        raise Refused(said.format(**problem.reason.details)) from None
    for row in rows:
        if row.fault is None and not any(map(str.strip, row.fields)):
            continue
        checked.rows += 1
        if checked.rows > rows_max:
            raise TooLarge(f"more than {rows_max} rows: split the list")
        _sort(checked, row, expected)
    _part_shared_codes(checked)
    return checked


def put(tx: Transaction, who: str, checked: Checked, *, dry_run: bool) -> Taken:
    """Set the products of a list, or say what would become of them; what the list has no column for stays.

    A dry run looks at each block as if it came alone.
    """
    outcomes: Counter[str] = Counter()
    wrong = list(checked.wrong)
    lines: dict[str, int] = {}
    for number, block in enumerate(_blocks(checked), 1):
        _keep_statistics(tx, number)
        wanted = list(_rows(tx, block, checked, lines, wrong))
        for result in catalogue.import_rows(tx, who, wanted, dry_run=dry_run):
            if result.outcome == catalogue.REFUSED:
                wrong.append(Wrong(lines[result.key], result.reason or "the catalogue did not take it"))
            else:
                outcomes[result.outcome] += 1
    if not dry_run:
        audit.note(tx, "import-list", {"rows": checked.rows, "wrong": len(wrong), **outcomes})
    not_taken = {one.line for one in wrong}
    remarks = tuple(one for one in checked.remarks if one.line not in not_taken)
    wrong.sort(key=lambda one: one.line)
    return Taken(checked.rows, outcomes, tuple(wrong), checked.columns.unused, remarks)


def _keep_statistics(tx: Transaction, block: int) -> None:
    """Let PostgreSQL count its rows anew each time they have doubled.

    It plans a first list by tables that were empty, and would go through all of them for every block.
    """
    if tx.database.dialect == "postgresql" and block > FEW_BLOCKS and block & (block - 1) == 0:
        tx.connection.exec_driver_sql("ANALYZE documents, product_codes, product_names")


def _sort(checked: Checked, row: Row, expected: Rules) -> None:
    """Put one row where it belongs."""
    if row.fault is not None:
        checked.wrong.append(Wrong(row.line, row.fault.english))
        return
    try:
        read = read_row([unguarded(text) for text in row.fields], checked.columns, expected)
    except RowRefused as problem:
        checked.wrong.append(Wrong(row.line, problem.reason.english))
        return
    product = replace(read.product, product_id=read.key or read.product.product_id)
    first = checked.good.get(product.product_id)
    if first is not None:
        what = "product" if read.key else "barcode"
        checked.wrong.append(Wrong(row.line, f"the same {what} as line {first[0]}"))
        return
    if read.key:
        checked.named.add(read.key)
    checked.good[product.product_id] = (row.line, product)
    checked.remarks.extend(Remark(row.line, said.english) for said in read.remarks)


def _part_shared_codes(checked: Checked) -> None:
    """Refuse the rows on sale that would take a code from another row; whose own barcode it is goes first."""
    owners: dict[str, int] = {}
    for places, said in ((slice(1), "the same barcode as"), (slice(1, None), "a code, {}, that is the one of")):
        for key, (line, product) in list(checked.good.items()):
            codes = [pack.code for pack in product.codes[places]] if product.active else []
            taken = next((code for code in codes if owners.setdefault(code, line) != line), None)
            if taken is not None:
                checked.wrong.append(Wrong(line, f"{said.format(taken)} line {owners[taken]}"))
                del checked.good[key]


def _blocks(checked: Checked) -> Iterator[list[Product]]:
    products = [product for _, product in checked.good.values()]
    for start in range(0, len(products), IMPORT_ROWS_MAX):
        yield products[start : start + IMPORT_ROWS_MAX]


def _rows(
    tx: Transaction, block: Sequence[Product], checked: Checked, lines: dict[str, int], wrong: list[Wrong]
) -> Iterator[ImportRow]:
    """Yield the rows of a block under the keys of their products: a product is known by its code, whatever its key.

    Notes the line of each key, and what is wrong with a row that is of the same product as another.
    """
    keys = _keys(tx, block, checked)
    known = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, keys)
    for key, product in zip(keys, block, strict=True):
        line, _ = checked.good[product.product_id]
        if key in lines:
            wrong.append(Wrong(line, f"the same product as line {lines[key]}"))
            continue
        lines[key] = line
        stored = known.get(key)
        before = None if stored is None or stored.deleted else from_body(key, stored.body)
        yield ImportRow(key, to_body(completed(product, before, checked.columns)))


def _keys(tx: Transaction, block: Sequence[Product], checked: Checked) -> list[str]:
    """Return the key of each product: as the row names it if there is one, else as who has its code, else its own."""
    own = [catalogue.key_of(one.product_id) for one in block]
    there = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, own)
    owners = catalogue.owners_of(tx, [one.codes[0].code for one in block if one.codes])
    named = {one.product_id for one in block if one.product_id in checked.named and one.product_id in there}
    return [
        one.product_id if one.product_id in named or not one.codes else owners.get(one.codes[0].code, key)
        for one, key in zip(block, own, strict=True)
    ]
