"""A store's first products and people, from the CSV files of a folder: each file in one transaction, good rows only.

The same files may be given again: what is there as it should be stays as it is.
"""

import codecs
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from seraphine_pos.domain.csv_rows import Row, parse
from seraphine_pos.domain.product import tidy
from seraphine_pos.domain.staff import Role
from sync_server import audit, price_list
from sync_server.catalogue import CREATED, UNCHANGED
from sync_server.errors import Problem, Refused
from sync_server.price_list import Wrong
from sync_server.rights import staff
from sync_server.store_server import StoreServer
from sync_server.transaction import Transaction

ACTOR: Final = "seed"
PRODUCTS: Final = "products.csv"
STAFF: Final = "staff.csv"
BYTES_MAX: Final = 20 << 20
PEOPLE_MAX: Final = 10_000
STAFF_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "nom"), "role": ("role", "rôle"), "pin": ("pin", "code"),
}  # fmt: skip
ROLES: Final[Mapping[str, Role]] = {
    "owner": Role.OWNER, "gérant": Role.OWNER, "gerant": Role.OWNER, "cashier": Role.CASHIER, "caisse": Role.CASHIER,
    "pilottester": Role.CASHIER,
}  # fmt: skip


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
        text = _text(path)
        with server.write(store_id, ACTOR) as tx:
            done = _products(tx, text) if name == PRODUCTS else _staff(tx, text)
            audit.note(tx, "seed", {"file": name, **done.outcomes, "wrong": len(done.wrong)})
        seeded.append(done)
    return seeded


def _text(path: Path) -> str:
    """Return a file as programs for tables write it: UTF-8, UTF-16 with its mark, or Windows' Western letters."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as problem:
        raise SeedRefused(f"{path} cannot be read: {problem.strerror}") from problem
    if len(raw) > BYTES_MAX:
        raise SeedRefused(f"{path} is larger than {BYTES_MAX >> 20} MiB: split it, or import it at a till")
    encodings = ("utf-16",) if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SeedRefused(f"{path} is neither UTF-8 nor UTF-16 nor Windows-1252 text")


def _products(tx: Transaction, text: str) -> Seeded:
    try:
        checked = price_list.check(io.StringIO(text, newline=""), price_list.rules(tx.connection, tx.store_id))
    except Refused as problem:
        raise SeedRefused(f"{PRODUCTS}: {problem.message}") from None
    taken = price_list.put(tx, ACTOR, checked, dry_run=False)
    return Seeded(PRODUCTS, taken.outcomes, taken.wrong)


def _staff(tx: Transaction, text: str) -> Seeded:
    rows = list(islice(parse(io.StringIO(text, newline="")), PEOPLE_MAX + 2))
    if not rows or rows[0].fault:
        raise SeedRefused(f"{STAFF} has no header: it is name,role,pin")
    if len(rows) > PEOPLE_MAX + 1:
        raise SeedRefused(f"{STAFF} has more than {PEOPLE_MAX} rows: no store has so many people")
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
