"""What a receipt says, as rows with a left and a right side; drawing it is the screen's, the printer's, the PDF's."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from seraphine_pos.domain import money
from seraphine_pos.domain.sale import Line, Method, Ticket
from seraphine_pos.domain.shift import local_time
from seraphine_pos.domain.store import Store

COLUMNS: Final = (32, 42, 48)
"""The widths of the paper in characters: 58 mm, 80 mm narrow and 80 mm."""

Translate = Callable[[str], str]
_METHODS: Final = {Method.CASH: "Espèces", Method.CARD: "Carte", Method.OTHER: "Autre"}


class Style(Enum):
    """How a row stands out."""

    TITLE = "title"
    CENTRE = "centre"
    PLAIN = "plain"
    SMALL = "small"
    STRONG = "strong"
    TOTAL = "total"
    RULE = "rule"
    BARCODE = "barcode"


@dataclass(frozen=True, slots=True)
class Row:
    """One row; a centred style has no right side."""

    left: str = ""
    right: str = ""
    style: Style = Style.PLAIN


RULE: Final = Row(style=Style.RULE)


def rows(
    ticket: Ticket, store: Store, operator_name: str,
    *, translate: Translate = str, copy: bool = False, gives_back: Sequence[str] = (),
) -> tuple[Row, ...]:  # fmt: skip
    """Return a ticket's receipt; `copy` marks one that is drawn again, `gives_back` numbers the sales of a refund."""
    return (
        *_head(ticket, store, operator_name, translate, copy=copy),
        *(Row(translate("Retour du ticket"), number) for number in gives_back),
        RULE,
        *(row for line in ticket.lines for row in _line(line, store.currency.decimals, translate)),
        RULE,
        *_sums(ticket, store, translate),
        *_taxes(ticket, store, translate),
        RULE,
        *_foot(ticket, store, translate),
    )


def as_text(receipt: tuple[Row, ...], columns: int) -> str:
    """Write the rows for paper of so many characters a line; what is too long goes on below."""
    return "\n".join(line for row in receipt for line in _written(row, columns)) + "\n"


def _head(ticket: Ticket, store: Store, operator_name: str, translate: Translate, *, copy: bool) -> Iterator[Row]:
    heading = store.receipt_header or f"{store.name}\n{store.address}"
    for place, part in enumerate(line.strip() for line in heading.splitlines() if line.strip()):
        yield Row(part, style=Style.CENTRE if place else Style.TITLE)
    yield RULE
    if ticket.refund:
        yield Row(translate("RETOUR"), style=Style.TITLE)
    if copy:
        yield Row(translate("DUPLICATA"), style=Style.TITLE)
    at = local_time(ticket.at_ms, store.time_zone)
    yield Row(f"{at:%d/%m/%Y}", f"{at:%H:%M}")
    yield Row(translate("Ticket"), ticket.where.receipt)
    if operator_name:
        yield Row(translate("Servi par"), operator_name)


def _line(line: Line, decimals: int, translate: Translate) -> Iterator[Row]:
    yield Row(line.name, money.written(line.amount, decimals), Style.STRONG)
    unit = money.written(line.unit_price, decimals)
    yield Row(f"{money.written_quantity(line.quantity)} × {unit}", style=Style.SMALL)
    if line.discount:
        yield Row(translate("Remise"), money.written(-line.discount, decimals), Style.SMALL)


def _sums(ticket: Ticket, store: Store, translate: Translate) -> Iterator[Row]:
    decimals, code = store.currency.decimals, ticket.where.currency
    total = money.written(ticket.total, decimals)
    words = translate("Total remboursé") if ticket.refund else translate("Total")
    yield Row(words, f"{total} {code}", Style.TOTAL)
    for tender in ticket.tenders:
        yield Row(translate(_METHODS[tender.method]), money.written(tender.given, decimals))
    if ticket.change:
        yield Row(translate("Rendu"), money.written(ticket.change, decimals), Style.STRONG)


def _taxes(ticket: Ticket, store: Store, translate: Translate) -> Iterator[Row]:
    """Return one row for each rate: what it is taken on, and how much it is."""
    decimals = store.currency.decimals
    by_rate: dict[int, tuple[int, int]] = {}
    for line in ticket.lines:
        amount, tax = by_rate.get(line.tax_rate, (0, 0))
        by_rate[line.tax_rate] = (amount + line.amount, tax + line.tax)
    for rate, (amount, tax) in sorted(by_rate.items()):
        if rate:
            percent = money.written_quantity(rate * 10)
            words = translate("dont TVA {rate} % sur {net} HT").format(
                rate=percent, net=money.written(amount - tax, decimals)
            )
            yield Row(words, money.written(tax, decimals), Style.SMALL)


def _foot(ticket: Ticket, store: Store, translate: Translate) -> Iterator[Row]:
    if ticket.note:
        yield Row(translate("Note : {note}").format(note=ticket.note), style=Style.SMALL)
    if ticket.reason:
        yield Row(translate("Motif : {reason}").format(reason=ticket.reason), style=Style.SMALL)
    # What a shop promises below a sale, such as an exchange, does not hold for what comes back.
    footer = ("" if ticket.refund else store.receipt_footer) or translate("Merci de votre visite")
    yield from (Row(part, style=Style.CENTRE) for part in footer.splitlines() if part.strip())
    yield Row(ticket.where.receipt, style=Style.BARCODE)


def _written(row: Row, columns: int) -> Iterator[str]:
    if row.style is Style.RULE:
        yield "-" * columns
    elif row.style in (Style.TITLE, Style.CENTRE, Style.BARCODE):
        yield from (part.center(columns).rstrip() for part in _folded(row.left, columns))
    else:
        yield from _two_sided(row, columns)


def _two_sided(row: Row, columns: int) -> Iterator[str]:
    indent = "  " if row.style is Style.SMALL else ""
    room = columns - len(indent) - (len(row.right) + 1 if row.right else 0)
    parts = list(_folded(row.left, max(room, columns // 3)))
    yield from (indent + part for part in parts[:-1])
    last = indent + (parts[-1] if parts else "")
    yield last + row.right.rjust(columns - len(last)) if row.right else last


def _folded(text: str, room: int) -> Iterator[str]:
    """Break a text between words, and inside one that is longer than the paper is wide."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if len(joined) <= room:
            line = joined
            continue
        if line:
            yield line
        while len(word) > room:
            yield word[:room]
            word = word[room:]  # noqa: PLW2901  the rest of a word that does not fit
        line = word
    yield line
