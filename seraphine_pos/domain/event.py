"""The kinds of entry and the shape of each body.

To add a kind:

1. name it in ``Kind`` and give each version its shape in ``SHAPES``;
2. say in ``rollup.py`` what it adds to the figures, or list it in ``rollup.SILENT``;
3. say in ``sync_server/apply.py`` what it changes there;
4. describe it in ``docs/protocol.md``;
5. keep one golden entry of it in ``tests/golden/entries``.

A test fails for whichever is forgotten.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final


class Kind(StrEnum):
    """What an entry tells."""

    JOURNAL_OPENED = "journal.opened"
    SHIFT_OPENED = "shift.opened"
    SHIFT_CLOSED = "shift.closed"
    CASH_MOVED = "cash.moved"
    DRAWER_OPENED = "drawer.opened"
    SALE_COMPLETED = "sale.completed"
    SALE_REFUNDED = "sale.refunded"
    CART_VOIDED = "cart.voided"
    LINE_REMOVED = "line.removed"
    SALE_FLAGGED = "sale.flagged"
    RECEIPT_REPRINTED = "receipt.reprinted"
    DOCUMENT_PROPOSED = "document.proposed"
    FEEDBACK_SUBMITTED = "feedback.submitted"
    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_SIGNED_OUT = "staff.signed_out"
    STAFF_REFUSED = "staff.refused"
    REPORT_EXPORTED = "report.exported"
    CLOCK_CHANGED = "clock.changed"
    STORAGE_FAILED = "storage.failed"
    BODIES_BLANKED = "bodies.blanked"
    CHECKPOINT = "checkpoint"


class Unreadable(ValueError):
    """A body of an unknown kind, version or shape: kept, but nothing can be counted from it."""


Shape = Mapping[str, object]

_ORIGIN: Final[Shape] = {"event_id": str, "no": int}
_LINE: Final[Shape] = {
    "no": int, "product_id": str, "code": str, "name": str, "quantity": int, "unit_price": int,
    "list_price": int, "tax_code": str, "tax_rate": int, "tax_included": bool, "discount": int,
    "amount": int, "tax": int, "approved_by": (str, None),
}  # fmt: skip
_TENDER: Final[Shape] = {"method": str, "amount": int, "given": int, "change": int}
_TICKET: Final[Shape] = {
    "till_id": str, "shift_id": str, "business_day": str, "hour": int, "operator_id": str,
    "number": int, "receipt": str, "currency": str, "rounding": str, "tenders": [_TENDER],
    "total": int, "tax": int, "text_digest": (str, None),
}  # fmt: skip
_SHIFT: Final[Shape] = {"shift_id": str, "till_id": str, "business_day": str, "operator_id": str}
_CASH: Final[Shape] = {**_SHIFT, "amount": int, "reason": str}

SHAPES: Final[Mapping[tuple[str, int], Shape]] = {
    (Kind.JOURNAL_OPENED, 1): {
        "store_id": str, "till_id": str, "till_label": str, "tag": str, "reason": str,
        "machine": str, "currency": str, "decimals": int,
        "parent": ({"journal_id": str, "seq": int, "hash": str}, None),
    },
    (Kind.SHIFT_OPENED, 1): {**_SHIFT, "float": int},
    (Kind.SHIFT_CLOSED, 1): {**_SHIFT, "reason": str, "counted": (int, None)},
    (Kind.CASH_MOVED, 1): _CASH,
    (Kind.DRAWER_OPENED, 1): {**_SHIFT, "reason": str},
    (Kind.SALE_COMPLETED, 1): {**_TICKET, "lines": [_LINE]},
    (Kind.SALE_REFUNDED, 1): {
        **_TICKET, "lines": [{**_LINE, "of": (_ORIGIN, None)}], "reason": str, "approved_by": (str, None),
    },
    (Kind.CART_VOIDED, 1): {
        "cart_id": str, "operator_id": str, "reason": str, "lines": int, "total": int, "tenders": [_TENDER],
    },
    (Kind.LINE_REMOVED, 1): {
        "cart_id": str, "operator_id": str, "product_id": str, "name": str, "quantity": int, "amount": int,
    },
    (Kind.SALE_FLAGGED, 1): {"sale_id": str, "operator_id": str, "text_digest": (str, None)},
    (Kind.RECEIPT_REPRINTED, 1): {"sale_id": str, "operator_id": str, "receipt": str},
    (Kind.DOCUMENT_PROPOSED, 1): {"kind": str, "key": str, "rev": int, "fields": dict, "operator_id": str},
    (Kind.FEEDBACK_SUBMITTED, 1): {
        "scope": str, "sentiment": str, "related_sale_id": (str, None), "operator_id": str, "text_digest": str,
    },
    (Kind.STAFF_SIGNED_IN, 1): {"operator_id": str},
    (Kind.STAFF_SIGNED_OUT, 1): {"operator_id": str},
    (Kind.STAFF_REFUSED, 1): {"operator_id": str, "tries": int},
    (Kind.REPORT_EXPORTED, 1): {"operator_id": str, "from": str, "to": str, "format": str},
    (Kind.CLOCK_CHANGED, 1): {"before_ms": int, "after_ms": int, "moved_ms": int},
    (Kind.STORAGE_FAILED, 1): {"reason": str, "event_id": (str, None)},
    (Kind.BODIES_BLANKED, 1): {"from": int, "to": int, "last_hash": str, "entries": int, "reason": str},
    (Kind.CHECKPOINT, 1): {
        "entries": int, "sales": int, "refunds": int, "gross": int, "refunded": int, "grand_total": int,
    },
}  # fmt: skip


def check_body(kind: str, version: int, body: Mapping[str, object]) -> None:
    """Raise Unreadable unless the body has the shape of its kind and version.

    Fields beyond the shape are allowed: a later program may say more.
    """
    shape = SHAPES.get((kind, version))
    if shape is None:
        message = f"unknown kind {kind} version {version}"
        raise Unreadable(message)
    if not _FITS[kind, version](body):
        _check_shape(body, shape, kind)


def _fitting(shape: Shape) -> Callable[[Any], bool]:
    """Return a quick test that is true only of bodies that have the shape; the others are looked at closely.

    Every line of every sale that a server counts passes here: the plain fields are compared at once.
    """
    plain = {name: wanted for name, wanted in shape.items() if isinstance(wanted, type)}
    types = tuple(plain.values())
    values_of = itemgetter(*plain) if len(plain) > 1 else None
    optional = [(name, wanted[0]) for name, wanted in shape.items() if isinstance(wanted, tuple)]
    lists = [(name, _fitting(wanted[0])) for name, wanted in shape.items() if isinstance(wanted, list)]

    def fits(body: Any) -> bool:
        if values_of is None:
            return False
        try:
            if tuple(map(type, values_of(body))) != types:
                return False
            for name, wanted in optional:
                value = body[name]
                if value is not None and type(value) is not wanted:
                    return False
            for name, part_fits in lists:
                parts = body[name]
                if type(parts) is not list or not all(map(part_fits, parts)):
                    return False
        except (KeyError, TypeError):
            return False
        return True

    return fits


def _check_shape(body: Mapping[str, object], shape: Shape, where: str) -> None:
    for name, wanted in shape.items():
        try:
            value = body[name]
        except KeyError:
            message = f"{where}: {name} is missing"
            raise Unreadable(message) from None
        # The exact type, so that True is no integer.
        if type(value) is not wanted:
            _check_value(value, wanted, name, where)


def _check_value(value: object, wanted: object, name: str, where: str) -> None:
    if isinstance(wanted, tuple):
        if value is not None:
            _check_value(value, wanted[0], name, where)
    elif isinstance(wanted, list) and isinstance(value, list):
        for part in value:
            _check_value(part, wanted[0], name, where)
    elif isinstance(wanted, Mapping) and isinstance(value, dict):
        _check_shape(value, wanted, f"{where}.{name}")
    elif type(value) is not wanted:
        message = f"{where}: {name} has the wrong type"
        raise Unreadable(message)


_FITS: Final = {name: _fitting(shape) for name, shape in SHAPES.items()}
