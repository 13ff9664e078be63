"""A completed sale: its tenders, its lines as sold, and its body in the journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from seraphine_pos.domain.money import ROUNDING

VERSION = 1


class Method(StrEnum):
    """How a customer pays."""

    CASH = "cash"
    CARD = "card"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Tender:
    """One payment: ``amount`` settles the sale, ``given`` was handed over, ``change`` went back."""

    method: Method
    amount: int
    given: int
    change: int = 0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and when a ticket is rung, as facts of its entry."""

    till_id: str
    shift_id: str
    business_day: str
    hour: int
    operator_id: str
    number: int
    receipt: str
    currency: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The line of an earlier ticket that a refund gives back."""

    event_id: str
    no: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or a ticket.

    ``amount`` is what the customer pays for it, ``tax`` the part of it that is tax; ``list_price``
    the catalogue's price when it was rung, ``approved_by`` who allowed another; ``origin`` the
    line that a refund gives back. ``no`` is never used twice in a cart.
    """

    no: int
    product_id: str
    code: str
    name: str
    quantity: int
    unit_price: int
    list_price: int
    tax_code: str
    tax_rate: int
    tax_included: bool
    amount: int
    tax: int
    discount: int = 0
    approved_by: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A sale or a refund as it stands in the journal; amounts are positive on both."""

    event_id: str
    at_ms: int
    refund: bool
    where: Circumstances
    lines: tuple[Line, ...]
    tenders: tuple[Tender, ...]
    total: int
    tax: int
    note: str | None = None
    reason: str = ""
    approved_by: str | None = None

    @property
    def change(self) -> int:
        """Return the cash that goes back to the customer."""
        return sum(tender.change for tender in self.tenders)

    @property
    def given(self) -> int:
        """Return what the customer handed over."""
        return sum(tender.given for tender in self.tenders)


def receipt_number(till_label: str, tag: str, number: int) -> str:
    """Write a receipt number: till, the journal's tag, six digits or more."""
    return f"{till_label}-{tag}-{number:06d}"


def line_body(line: Line) -> dict[str, object]:
    """Return a ticket line's part of the body."""
    return {
        "no": line.no, "product_id": line.product_id, "code": line.code, "name": line.name,
        "quantity": line.quantity, "unit_price": line.unit_price, "list_price": line.list_price,
        "tax_code": line.tax_code, "tax_rate": line.tax_rate, "tax_included": line.tax_included,
        "discount": line.discount, "amount": line.amount, "tax": line.tax, "approved_by": line.approved_by,
    }  # fmt: skip


def tender_body(tender: Tender) -> dict[str, object]:
    """Return a payment's part of a body."""
    return {"method": tender.method.value, "amount": tender.amount, "given": tender.given, "change": tender.change}


def to_body(ticket: Ticket, text_digest: str | None) -> dict[str, object]:
    """Return the body of ``sale.completed``, or of ``sale.refunded`` for a refund."""
    where = ticket.where
    body: dict[str, object] = {
        "till_id": where.till_id, "shift_id": where.shift_id, "business_day": where.business_day,
        "hour": where.hour, "operator_id": where.operator_id, "number": where.number,
        "receipt": where.receipt, "currency": where.currency, "rounding": ROUNDING,
        "lines": [line_body(line) for line in ticket.lines],
        "tenders": [tender_body(tender) for tender in ticket.tenders],
        "total": ticket.total, "tax": ticket.tax, "text_digest": text_digest,
    }  # fmt: skip
    if ticket.refund:
        for line, part in zip(ticket.lines, cast("list[dict[str, object]]", body["lines"]), strict=True):
            origin = line.origin
            part["of"] = None if origin is None else {"event_id": origin.event_id, "no": origin.no}
        body["reason"] = ticket.reason
        body["approved_by"] = ticket.approved_by
    return body


def from_body(
    event_id: str, at_ms: int, body: Mapping[str, object], *, refund: bool, note: str | None = None
) -> Ticket:
    """Read a ticket's body, already checked by ``event.check_body``."""
    lines = cast("list[dict[str, object]]", body["lines"])
    tenders = cast("list[dict[str, object]]", body["tenders"])
    return Ticket(
        event_id=event_id,
        at_ms=at_ms,
        refund=refund,
        where=Circumstances(*_values(body, _WHERE)),
        lines=tuple(_line(part) for part in lines),
        tenders=tuple(
            Tender(Method(cast("str", part["method"])), *_values(part, ("amount", "given", "change")))
            for part in tenders
        ),
        total=cast("int", body["total"]),
        tax=cast("int", body["tax"]),
        note=note,
        reason=cast("str", body.get("reason", "")),
        approved_by=cast("str | None", body.get("approved_by")),
    )


_WHERE = ("till_id", "shift_id", "business_day", "hour", "operator_id", "number", "receipt", "currency")
_LINE = (
    "no", "product_id", "code", "name", "quantity", "unit_price", "list_price", "tax_code", "tax_rate",
    "tax_included", "amount", "tax", "discount", "approved_by",
)  # fmt: skip


def _line(part: Mapping[str, object]) -> Line:
    of = cast("dict[str, object] | None", part.get("of"))
    origin = None if of is None else Origin(cast("str", of["event_id"]), cast("int", of["no"]))
    line = Line(*_values(part, _LINE))
    return line if origin is None else replace(line, origin=origin)


def _values(part: Mapping[str, object], names: Iterable[str]) -> list[Any]:
    """Return the fields in order; their types were checked by the body's shape."""
    return [part[name] for name in names]
