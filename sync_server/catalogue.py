"""The catalogue: product documents, in which every barcode belongs to one living product."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, cast

from sqlalchemy import Connection, and_, delete, select

from seraphine_pos.domain import barcode, product
from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow, RowResult
from seraphine_pos.domain.refusal import InvalidCode, InvalidPrice, InvalidQuantity, InvalidText, Refusal
from sync_server import audit, feed, product_names
from sync_server.errors import Conflict, Missing, Refused, TooLarge
from sync_server.feed import Change, Stored
from sync_server.paging import Order, Page
from sync_server.schema import documents, product_codes
from sync_server.schema import product_names as names_table
from sync_server.transaction import Transaction

CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
LISTED_MAX: Final = 100
KEY_MAX: Final = 200
# Within a text a quote is written \\": this stands in no name.
_IS_INACTIVE: Final = '%"active":false%'
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
STAMPS: Final = ("updated_by", "updated_at")
_REFUSALS: Final[Mapping[type[Refusal], str]] = {
    InvalidText: "the name is empty, or a text is too long",
    InvalidPrice: "the price is below zero or too large",
    InvalidCode: "a code is empty, too long or unreadable, or there are too many",
    InvalidQuantity: "the quantity of a code is too large",
}
_SHAPES: Final[Mapping[str, type]] = {
    "name": str, "price": int, "tax_code": str, "codes": list, "category": str, "unit": str, "by_weight": bool,
    "notes": str, "active": bool, "updated_by": str, "updated_at": int,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row beside what becomes of it; ``change`` is None when nothing does."""

    result: RowResult
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class _Judging:
    """What rows are judged by: the products before, whose each code is, the store's taxes, who asks, and when."""

    old: Mapping[str, Stored]
    owners: dict[str, str]
    taxes: frozenset[str]
    who: str
    now_ms: int


def import_rows(tx: Transaction, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
    """Set products in one revision; rows that change nothing take none. A dry run writes nothing.

    A key that is a GTIN counts in its 14 digits, and is the code of a new product that says nothing of its codes.

    A barcode that another living product has is refused; in one block the first row of a barcode wins.
    """
    feed.hold(tx)
    asked = [name for row in rows for name in {row.key, key_of(row.key)}]
    old = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, asked)
    wanted = [_named(row, old) for row in rows]
    owners = owners_of(tx, (key for row in wanted for key in _keys(codes_of(row.body))))
    judging = _Judging(old, owners, taxes_of(tx), operator_id, tx.now_ms)
    judged = [_judge(row, judging) for row in wanted]
    changes = {item.change.key: item.change for item in judged if item.change is not None}
    if changes and not dry_run:
        _set_codes(tx, list(changes.values()), old)
        product_names.keep(tx, list(changes.values()))
        feed.publish(tx, list(changes.values()), old, author=operator_id)
    return [item.result for item in judged]


def import_block(tx: Transaction, who: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
    """Set a block of products as ``import_rows`` does, and note it; raise TooLarge for more than a block."""
    if len(rows) > IMPORT_ROWS_MAX:
        raise TooLarge(f"{len(rows)} rows in one import, at most {IMPORT_ROWS_MAX}: send them in blocks")
    results = import_rows(tx, who, rows, dry_run=dry_run)
    if not dry_run:
        outcomes = [result.outcome for result in results]
        counts = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
        audit.note(tx, "import-products", {"operator_id": who, **counts})
    return results


def claim(tx: Transaction, change: Change, operator_id: str, at_ms: int) -> Change:
    """Return a proposed product checked, stamped and with its codes its own; raise Conflict when it cannot be."""
    try:
        checked = _checked(change.key, change.body)
        _check_tax(checked, _living(tx, change.key), taxes_of(tx))
    except ValueError as problem:
        raise Conflict(str(problem)) from None
    codes = codes_of(checked)
    taken = {code: key for code, key in owners_of(tx, codes).items() if key != change.key}
    if taken and checked["active"]:
        raise Conflict(_clash(*next(iter(taken.items()))))
    claimed = replace(change, body={**checked, "updated_by": operator_id, "updated_at": at_ms})
    _set_codes(tx, [claimed], {})
    product_names.keep(tx, [claimed])
    return claimed


def put(
    tx: Transaction, who: str, key: str, fields: Mapping[str, object], rev: int | None = None
) -> tuple[str, dict[str, object]]:
    """Set fields of a product, or make it; return what became of it, and the product.

    ``rev`` is the revision that the caller saw, 0 for no product. Raises Conflict when it is another by now, or when
    another product has one of the codes; Refused when this is no product.
    """
    if not 0 < len(key) <= KEY_MAX or not key.isprintable():
        raise Refused(f"the key of a product has 1 to {KEY_MAX} characters")
    if isinstance(fields.get("notes"), str):
        fields = {**fields, "notes": mask(str(fields["notes"]))}
    feed.hold(tx)
    key, before = _found(tx.connection, tx.store_id, key)
    seen = before.rev if before else 0
    if rev is not None and rev != seen:
        raise Conflict(f"the product was changed since revision {rev}: look at it again", rev=seen)
    body = {**(before.body if before else _codes_by_key(key)), **fields}
    try:
        _checked(key, body)
        _check_tax(body, before, taxes_of(tx))
    except ValueError as problem:
        raise Refused(str(problem)) from None
    [result] = import_rows(tx, who, [ImportRow(key, body)], dry_run=False)
    if result.outcome == REFUSED:
        raise Conflict(result.reason or "")
    if result.outcome != UNCHANGED:
        was = {name: before.body.get(name) for name in fields} if before else None
        audit.note(tx, "product-put", {"key": key, "set": dict(fields), "before": was})
    return result.outcome, one(tx.connection, tx.store_id, key)


def withdraw(tx: Transaction, who: str, key: str) -> dict[str, object]:
    """Take a product off sale, which frees its codes, and return it; raise Missing."""
    one(tx.connection, tx.store_id, key)
    return put(tx, who, key, {"active": False})[1]


def one(connection: Connection, store_id: str, key: str) -> dict[str, object]:
    """Return a product by its key, a GTIN in any of its lengths; raise Missing."""
    _, found = _found(connection, store_id, key)
    if found is None:
        raise Missing("there is no such product")
    return shown(found)


def by_code(connection: Connection, store_id: str, code: str) -> tuple[dict[str, object], int]:
    """Return the product on sale that has a code, in any of its lengths, and how much one scan of it sells."""
    try:
        key_of_code = barcode.key_of(code)
    except InvalidCode:
        raise Refused("this is no code") from None
    wanted = select(product_codes.c.key).where(
        product_codes.c.store_id == store_id, product_codes.c.code == key_of_code
    )
    key = connection.execute(wanted).scalar_one_or_none()
    if key is None:
        raise Missing("no product on sale has this code")
    found = one(connection, store_id, key)
    return found, product.from_body(key, found).quantity_of(key_of_code)


def search(
    connection: Connection, store_id: str, words: str, *, after: str = "", inactive: bool = False,
    rows_max: int = LISTED_MAX,
) -> Page:  # fmt: skip
    """Return the next products by name that a search finds; those off sale only when they are asked for."""
    statement = product_names.named(store_id, words)
    if not inactive:
        of_name = [documents.c[name] == names_table.c[name] for name in ("store_id", "key")]
        statement = statement.join(documents, and_(*of_name, documents.c.kind == DocumentKind.PRODUCT)).where(
            documents.c.body.not_like(_IS_INACTIVE)
        )
    order = Order((names_table.c.folded, names_table.c.key), (str, str))
    page = order.page(connection, statement, after, rows_max)
    found = feed.find(connection, store_id, DocumentKind.PRODUCT, [row["key"] for row in page.rows])
    return replace(page, rows=[shown(found[row["key"]]) for row in page.rows])


def shown(stored: Stored) -> dict[str, object]:
    """Return a product as programs read it: its body, its key and the revision that last changed it."""
    return {**stored.body, "key": stored.key, "rev": stored.rev}


def taxes_of(tx: Transaction) -> frozenset[str]:
    """Return the codes of the store's taxes."""
    return frozenset(tax.key for tax in feed.all_of(tx.connection, tx.store_id, DocumentKind.TAX))


def key_of(key: str) -> str:
    """Return the key that a product bears which is called so: a GTIN in its 14 digits, anything else as it is."""
    return barcode.key_of(key) if barcode.is_gtin(key) else key


def _codes_by_key(key: str) -> dict[str, object]:
    """Return the codes of a new product that says nothing of them: its key, unless that is a UUID."""
    return {} if _UUID.fullmatch(key) else {"codes": [{"code": key, "quantity": ONE}]}


def _named(row: ImportRow, old: Mapping[str, Stored]) -> ImportRow:
    """Return a row under the key that its product has, or will have, and a new product with its codes."""
    if row.key in old and not old[row.key].deleted:
        return row
    key = key_of(row.key)
    is_new = key not in old or old[key].deleted
    return ImportRow(key, {**_codes_by_key(key), **row.body} if is_new else row.body)


def _found(connection: Connection, store_id: str, key: str) -> tuple[str, Stored | None]:
    """Return the key that a product has which is called so, and the product if there is one."""
    names = [name for name in (key, key_of(key)) if "\0" not in name]
    stored = feed.find(connection, store_id, DocumentKind.PRODUCT, names)
    found = next((stored[name] for name in names if name in stored and not stored[name].deleted), None)
    return (found.key if found else key_of(key)), found


def _living(tx: Transaction, key: str) -> Stored | None:
    found = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, [key]).get(key)
    return None if found is None or found.deleted else found


def _check_tax(body: Mapping[str, object], before: Stored | None, taxes: frozenset[str]) -> None:
    """Raise ValueError for a tax that the store does not have; no tax is one, and the one before may stay."""
    tax = body["tax_code"]
    if tax and tax not in taxes and (before is None or before.body.get("tax_code") != tax):
        raise ValueError(f"there is no tax “{tax!s:.40}”; the store has {', '.join(sorted(taxes)) or 'none'}")


def _judge(row: ImportRow, judging: _Judging) -> _Judged:
    """Say what becomes of a row; the codes of a good one are its own from here on."""
    old, owners = judging.old, judging.owners
    current = old.get(row.key)
    stands = None if current is None or current.deleted else current
    try:
        body = _checked(row.key, row.body)
        _check_tax(body, stands, judging.taxes)
    except ValueError as problem:
        return _Judged(RowResult(row.key, REFUSED, str(problem)))
    codes = codes_of(body)
    clash = next(((code, owners[code]) for code in codes if owners.get(code, row.key) != row.key), None)
    if clash is not None and body["active"]:
        return _Judged(RowResult(row.key, REFUSED, _clash(*clash)))
    if body["active"]:
        owners.update(dict.fromkeys(codes, row.key))
    before = stands.body if stands else None
    changed = tuple(name for name, value in body.items() if before is None or before.get(name) != value)
    if before is not None and not changed:
        return _Judged(RowResult(row.key, UNCHANGED))
    stamped = {**(before or {}), **body, "updated_by": judging.who, "updated_at": judging.now_ms}
    change = Change(DocumentKind.PRODUCT, row.key, stamped, changed)
    return _Judged(RowResult(row.key, CREATED if before is None else UPDATED), change)


def _checked(key: str, body: Mapping[str, object]) -> dict[str, object]:
    """Return a product's body with every field of its kind and tidy; raise ValueError with the reason."""
    for name, value in body.items():
        if type(value) is not _SHAPES.get(name, type(value)):
            raise ValueError(f"{name} has the wrong type")
    missing = [name for name in ("name", "price", "tax_code") if name not in body]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    for pack in cast("list[object]", body.get("codes", [])):
        if not isinstance(pack, dict) or type(pack.get("code")) is not str:
            raise ValueError("codes has the wrong shape")
        if type(pack.get("quantity", ONE)) is not int or pack.get("quantity", ONE) <= 0:
            raise ValueError("the quantity of a code is above zero")
    if "\0" in _text_of(body) or "\0" in key:
        raise ValueError("a product holds no NUL character")
    try:
        tidy = product.to_body(product.checked(product.from_body(key, body)))
    except Refusal as refusal:
        raise ValueError(_REFUSALS.get(type(refusal), str(refusal))) from None
    rest = {name: value for name, value in body.items() if name not in tidy and name not in STAMPS}
    return {**rest, **tidy}


def _text_of(body: Mapping[str, object]) -> str:
    """Return a body's canonical text with NUL characters as themselves; raise ValueError."""
    return canonical(dict(body)).replace("\\u0000", "\0")


def codes_of(body: Mapping[str, object]) -> list[str]:
    """Return the codes of a body, as far as it has any."""
    packs = body.get("codes")
    if not isinstance(packs, list):
        return []
    return [pack["code"] for pack in packs if isinstance(pack, dict) and isinstance(pack.get("code"), str)]


def _keys(codes: Iterable[str]) -> Iterator[str]:
    """Yield the keys of those codes that are some: a GTIN may be written in any of its lengths."""
    for code in codes:
        with suppress(InvalidCode):
            yield barcode.key_of(code)


def owners_of(tx: Transaction, codes: Iterable[str]) -> dict[str, str]:
    """Return the key of the product on sale that has each code."""
    wanted = [code for code in dict.fromkeys(codes) if "\0" not in code]
    found: dict[str, str] = {}
    for start in range(0, len(wanted), feed.KEYS_AT_ONCE):
        rows = tx.connection.execute(
            select(product_codes.c.code, product_codes.c.key).where(
                product_codes.c.store_id == tx.store_id,
                product_codes.c.code.in_(wanted[start : start + feed.KEYS_AT_ONCE]),
            )
        )
        found.update({row.code: row.key for row in rows})
    return found


def _set_codes(tx: Transaction, changes: Sequence[Change], old: Mapping[str, Stored]) -> None:
    """Write which codes the changed products have now; a product that is not sold has none."""
    known = [change.key for change in changes if change.key in old or not old]
    for start in range(0, len(known), feed.KEYS_AT_ONCE):
        tx.connection.execute(
            delete(product_codes).where(
                product_codes.c.store_id == tx.store_id,
                product_codes.c.key.in_(known[start : start + feed.KEYS_AT_ONCE]),
            )
        )
    rows = [
        (tx.store_id, code, change.key)
        for change in changes
        if change.body.get("active", True) and not change.deleted
        for code in dict.fromkeys(codes_of(change.body))
    ]
    tx.database.insert_many(tx.connection, product_codes, ("store_id", "code", "key"), rows)


def _clash(code: str, key: str) -> str:
    return f"the code {code} belongs to another product ({key})"
