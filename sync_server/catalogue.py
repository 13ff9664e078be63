"""The catalogue: product documents, in which every barcode belongs to one living product."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from sqlalchemy import delete, select

from seraphine_pos.domain import product
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.protocol import ImportRow, RowResult
from seraphine_pos.domain.refusal import Refusal
from sync_server import feed
from sync_server.errors import Conflict
from sync_server.feed import Change, Stored
from sync_server.schema import product_codes
from sync_server.transaction import Transaction

CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
STAMPS: Final = ("updated_by", "updated_at")
_SHAPES: Final[Mapping[str, type]] = {
    "name": str, "price": int, "tax_code": str, "codes": list, "category": str, "unit": str, "by_weight": bool,
    "notes": str, "active": bool, "updated_by": str, "updated_at": int,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row beside what becomes of it; ``change`` is None when nothing does."""

    result: RowResult
    change: Change | None = None


def import_rows(tx: Transaction, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
    """Set products in one revision; rows that change nothing take none. A dry run writes nothing.

    A barcode that another living product has is refused; in one block the first row of a barcode wins.
    """
    old = feed.find(tx.connection, tx.store_id, DocumentKind.PRODUCT, [row.key for row in rows])
    owners = _owners(tx, (code for row in rows for code in codes_of(row.body)))
    judged = [_judge(row, old, owners, operator_id, tx.now_ms) for row in rows]
    changes = {item.change.key: item.change for item in judged if item.change is not None}
    if changes and not dry_run:
        _set_codes(tx, list(changes.values()), old)
        feed.publish(tx, list(changes.values()), old, author=operator_id)
    return [item.result for item in judged]


def claim(tx: Transaction, change: Change, operator_id: str, at_ms: int) -> Change:
    """Return a proposed product checked, stamped and with its codes its own; raise Conflict when it cannot be."""
    try:
        checked = _checked(change.key, change.body)
    except ValueError as problem:
        raise Conflict(str(problem)) from None
    codes = codes_of(checked)
    taken = {code: key for code, key in _owners(tx, codes).items() if key != change.key}
    if taken and checked["active"]:
        raise Conflict(_clash(*next(iter(taken.items()))))
    claimed = replace(change, body={**checked, "updated_by": operator_id, "updated_at": at_ms})
    _set_codes(tx, [claimed], {})
    return claimed


def _judge(row: ImportRow, old: Mapping[str, Stored], owners: dict[str, str], operator_id: str, now_ms: int) -> _Judged:
    """Say what becomes of a row; the codes of a good one are its own from here on."""
    try:
        body = _checked(row.key, row.body)
    except ValueError as problem:
        return _Judged(RowResult(row.key, REFUSED, str(problem)))
    codes = codes_of(body)
    clash = next(((code, owners[code]) for code in codes if owners.get(code, row.key) != row.key), None)
    if clash is not None and body["active"]:
        return _Judged(RowResult(row.key, REFUSED, _clash(*clash)))
    if body["active"]:
        owners.update(dict.fromkeys(codes, row.key))
    current = old.get(row.key)
    before = current.body if current and not current.deleted else None
    changed = tuple(name for name, value in body.items() if before is None or before.get(name) != value)
    if before is not None and not changed:
        return _Judged(RowResult(row.key, UNCHANGED))
    stamped = {**(before or {}), **body, "updated_by": operator_id, "updated_at": now_ms}
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
        raise ValueError(str(refusal)) from None
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


def _owners(tx: Transaction, codes: Iterable[str]) -> dict[str, str]:
    """Return the key of the living product that has each code."""
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
