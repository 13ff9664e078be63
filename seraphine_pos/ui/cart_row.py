"""One line of the cart as ready text, made once when the line changes; knows no Qt."""

from dataclasses import dataclass

from seraphine_pos.domain.sale import Line
from seraphine_pos.ui import text


@dataclass(frozen=True, slots=True)
class CartRow:
    """What the cart shows of one line; `remark` is what differs from the catalogue."""

    no: int
    quantity: str
    name: str
    detail: str
    remark: str
    amount: str


def cart_row(line: Line, currency: str, decimals: int) -> CartRow:
    """Return a line's row."""
    unit = text.money(line.unit_price, currency, decimals)
    parts = (line.code, unit, tax_words(line))
    return CartRow(
        line.no,
        f"{text.quantity(line.quantity)}{text.NARROW_SPACE}×",
        line.name,
        " · ".join(part for part in parts if part),
        remark(line, decimals),
        text.amount(line.amount, decimals),
    )


def tax_words(line: Line) -> str:
    """Return "TVA 7 %", nothing for a line without tax."""
    return text.tr("TVA {rate}", rate=text.rate(line.tax_rate)) if line.tax_rate else ""


def remark(line: Line, decimals: int) -> str:
    """Return the discount, or the price of the catalogue where another one is charged."""
    if line.discount:
        return text.tr("remise {amount}", amount=text.amount(-line.discount, decimals))
    if line.unit_price != line.list_price:
        return text.tr("au lieu de {price}", price=text.amount(line.list_price, decimals))
    return ""
