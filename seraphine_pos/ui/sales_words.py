"""The rows of the sales log in words. Pure: names, money and time are handed in."""

from collections.abc import Sequence
from typing import Final

from seraphine_pos.store.tickets import TicketRow
from seraphine_pos.ui import text
from seraphine_pos.ui.report_words import Surroundings
from seraphine_pos.ui.table_state import Cell, Column, TableState
from seraphine_pos.ui.text import tr


def sales_table(rows: Sequence[TicketRow], around: Surroundings) -> TableState:
    """The tickets as a table; a row's key is its receipt number."""
    columns = (
        Column(tr("Quand"), figures=False, px=132),
        Column(tr("Ticket"), figures=False, px=166),
        Column(tr("Personne"), figures=False, wide=True),
        Column(tr("Paiement"), figures=False, px=142),
        Column(around.currency, px=112),
        Column(tr("Envoi"), figures=False, px=82),
    )
    return TableState(columns, tuple(_row(row, around) for row in rows), tuple(row.receipt for row in rows))


def _row(row: TicketRow, around: Surroundings) -> tuple[Cell, ...]:
    signed = -row.total if row.refund else row.total
    return (
        Cell(text.moment(around.local(row.at_ms), around.today), row.position, "muted"),
        Cell(row.receipt, row.receipt, strong=True),
        Cell(text.short_name(around.names.get(row.operator_id, tr("Ancien membre"))), row.operator_id),
        Cell(tr("Retour") if row.refund else _paid(row), "", "warn" if row.refund else "muted"),
        Cell(around.amount(signed), signed, "warn" if row.refund else "ink", strong=True),
        Cell(tr("envoyé") if row.sent else tr("attend"), int(row.sent), "muted" if row.sent else "warn"),
    )


_METHODS: Final = ("Espèces", "Carte", "Autre")


def _paid(row: TicketRow) -> str:
    used = [tr(name) for name, paid in zip(_METHODS, (row.cash, row.card, row.other), strict=True) if paid]
    return " + ".join(used) or tr("Espèces")
