"""A store's first products and people, from the CSV files of a folder: each file in one transaction, good rows only.

The same files may be given again: what is there as it should be stays as it is.
"""

import codecs
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from seraphine_pos.domain import product as products
from seraphine_pos.domain import store as settings
from seraphine_pos.domain import tax as taxes
from seraphine_pos.domain.csv_rows import Row, parse
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.product import Product, tidy
from seraphine_pos.domain.product_columns import Columns, ColumnsRefused, find_columns
from seraphine_pos.domain.product_row import RowRefused, Rules, completed, read_row
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow
from seraphine_pos.domain.staff import Role
from sync_server import audit, catalogue, feed
from sync_server.catalogue import CREATED, REFUSED, UNCHANGED
from sync_server.errors import Problem, Refused
from sync_server.rights import staff
from sync_server.store_server import StoreServer
from sync_server.transaction import Transaction

ACTOR: Final = "seed"
PRODUCTS: Final = "products.csv"
STAFF: Final = "staff.csv"
BYTES_MAX: Final = 20 << 20
ROWS_MAX: Final = 200_000
STAFF_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "nom"), "role": ("role", "rôle"), "pin": ("pin", "code"),
}  # fmt: skip
ROLES: Final[Mapping[str, Role]] = {
    "owner": Role.OWNER, "gérant": Role.OWNER, "gerant": Role.OWNER, "cashier": Role.CASHIER, "caisse": Role.CASHIER,
    "pilottester": Role.CASHIER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that was not taken, by the line it stands on, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of a file: how many rows by their outcome, and those that were not taken."""

    file: str
    outcomes: Mapping[str, int]
    wrong: tuple[Wrong, ...]


class SeedRefused(Refused):
    """The folder or a file of it cannot be used at all."""


def seed(server: StoreServer, store_id: str, folder: Path) -> list[Seeded]:
    """Take what products.csv and staff.csv of a folder list; raise SeedRefused where there is neither, or no list."""
    found = {name: folder / name for name in (PRODUCTS, STAFF) if (folder / name).is_file()}
    if not found:
        raise SeedRefused(f"{folder} holds neither {PRODUCTS} nor {STAFF}")
    seeded = []
    for name, path in found.items():
        rows = _rows(path)
        with server.write(store_id, ACTOR) as tx:
            done = _products(tx, rows) if name == PRODUCTS else _staff(tx, rows)
            audit.note(tx, "seed", {"file": name, **done.outcomes, "wrong": len(done.wrong)})
        seeded.append(done)
    return seeded


def _rows(path: Path) -> list[Row]:
    """Return the rows of a file, its header first."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as problem:
        raise SeedRefused(f"{path} cannot be read: {problem.strerror}") from problem
    if len(raw) > BYTES_MAX:
        raise SeedRefused(f"{path} is larger than {BYTES_MAX >> 20} MiB: split it, or import it at a till")
    rows = list(islice(parse(io.StringIO(_text(raw, path), newline="")), ROWS_MAX + 2))
    if not rows or rows[0].fault:
        raise SeedRefused(f"{path} has no header")
    if len(rows) > ROWS_MAX + 1:
        raise SeedRefused(f"{path} has more than {ROWS_MAX} rows: split it, or import it at a till")
    return rows


def _text(raw: bytes, path: Path) -> str:
    """Return a text as programs for tables write it: UTF-8, UTF-16 with its mark, or Windows' Western letters."""
    encodings = ("utf-16",) if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SeedRefused(f"{path} is neither UTF-8 nor UTF-16 nor Windows-1252 text")


def _products(tx: Transaction, rows: Sequence[Row]) -> Seeded:
    try:
        columns = find_columns(rows[0].fields)
    except ColumnsRefused as problem:
        raise SeedRefused(f"{PRODUCTS}: {problem.reason.english}") from None
    lines: dict[str, int] = {}
    wrong: list[Wrong] = []
    outcomes: dict[str, int] = {}
    good = _read_products(rows[1:], columns, _rules(tx), lines, wrong)
    while block := list(islice(good, IMPORT_ROWS_MAX)):
        known = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, [one.product_id for one in block])
        wanted = [
            ImportRow(one.product_id, products.to_body(completed(one, _known(known, one.product_id), columns)))
            for one in block
        ]
        for result in catalogue.import_rows(tx, ACTOR, wanted, dry_run=False):
            if result.outcome == REFUSED:
                wrong.append(Wrong(lines[result.key], result.reason or "the catalogue did not take it"))
            else:
                outcomes[result.outcome] = outcomes.get(result.outcome, 0) + 1
    return Seeded(PRODUCTS, outcomes, tuple(sorted(wrong, key=lambda one: one.line)))


def _read_products(
    rows: Iterable[Row], columns: Columns, rules: Rules, lines: dict[str, int], wrong: list[Wrong]
) -> Iterator[Product]:
    """Yield the products of good rows; note the line of each, and what is wrong with the others."""
    for row in rows:
        if row.fault is None and not any(field.strip() for field in row.fields):
            continue
        try:
            product = _read(row, columns, rules)
        except RowRefused as problem:
            wrong.append(Wrong(row.line, problem.reason.english))
            continue
        if product.product_id in lines:
            wrong.append(Wrong(row.line, f"the same barcode as line {lines[product.product_id]}"))
            continue
        lines[product.product_id] = row.line
        yield product


def _read(row: Row, columns: Columns, rules: Rules) -> Product:
    if row.fault is not None:
        raise RowRefused(row.fault)
    return read_row(row.fields, columns, rules).product


def _known(found: Mapping[str, feed.Stored], key: str) -> Product | None:
    stored = found.get(key)
    return None if stored is None or stored.deleted else products.from_body(key, stored.body)


def _rules(tx: Transaction) -> Rules:
    """Return what the store expects of a row: its currency and its taxes, the first of them where none is named."""
    setting = feed.find(tx.connection, tx.store_id, DocumentKind.SETTING, [STORE_SETTING])[STORE_SETTING]
    listed = feed.all_of(tx.connection, tx.store_id, DocumentKind.TAX)
    known = {one.key: taxes.from_body(one.key, one.body) for one in listed if not one.deleted}
    return Rules(settings.from_body(setting.body).currency, known, next(iter(known), ""))


def _staff(tx: Transaction, rows: Sequence[Row]) -> Seeded:
    header = [title.strip().casefold() for title in rows[0].fields]
    places = {
        name: next((header.index(title) for title in titles if title in header), None)
        for name, titles in STAFF_COLUMNS.items()
    }
    missing = [name for name, place in places.items() if place is None]
    if missing:
        raise SeedRefused(f"{STAFF} has no column {', '.join(missing)}: its header is name,role,pin")
    wrong: list[Wrong] = []
    outcomes: dict[str, int] = {}
    for row in rows[1:]:
        if row.fault is None and not any(field.strip() for field in row.fields):
            continue
        try:
            outcome = _person(tx, *_fields(row, len(header), [place for place in places.values() if place is not None]))
        except Problem as problem:
            wrong.append(Wrong(row.line, problem.message))
        else:
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return Seeded(STAFF, outcomes, tuple(wrong))


def _fields(row: Row, width: int, places: Sequence[int]) -> list[str]:
    if row.fault is not None or len(row.fields) < width:
        raise Refused(row.fault.english if row.fault else "the row has fewer columns than the header")
    return [row.fields[place] for place in places]


def _person(tx: Transaction, name: str, role: str, pin: str) -> str:
    """Add somebody, unless the same person has the same role already; raise Refused or Conflict."""
    wanted = ROLES.get(role.strip().casefold())
    if wanted is None:
        raise Refused("the role is none of owner, cashier")
    for one in staff.members(tx.connection, tx.store_id):
        if one.active and one.name.casefold() == tidy(name).casefold() and one.role is wanted:
            return UNCHANGED
    staff.add(tx, name, wanted, pin.strip())
    return CREATED
