"""The carts in progress, so that a crash takes none away.

A change is written before the next key is read, without waiting for the disk: it survives the
end of the program; the sale itself waits.
"""

import json
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, select

from seraphine_pos.domain.cart import Cart, weight_of
from seraphine_pos.domain.sale import Line, Method, Tender
from seraphine_pos.store.database import Database
from seraphine_pos.store.schema import cart, cart_line
from seraphine_pos.store.statement import run

_SAVE_CART: Final = """
    INSERT INTO cart (cart_id, opened_at_ms, operator_id, note, tenders, last_no) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (cart_id) DO UPDATE SET note = excluded.note, tenders = excluded.tenders, last_no = excluded.last_no"""
_SAVE_LINE: Final = "INSERT OR REPLACE INTO cart_line (cart_id, no, body) VALUES (?, ?, ?)"


class Carts:
    """The carts kept in the database."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def save(self, before: Cart, after: Cart, operator_id: str, at_ms: int) -> None:
        """Write what differs between a cart and the next one."""
        kept = {line.no: line for line in before.lines} if before.cart_id == after.cart_id else {}
        with self._database.write(durable=False) as connection:
            tenders = json.dumps([asdict(tender) for tender in after.tenders])
            values = (after.cart_id, at_ms, operator_id, after.note, tenders, after.last_no)
            run(connection, _SAVE_CART, values)
            for line in after.lines:
                if kept.pop(line.no, None) is not line:
                    run(connection, _SAVE_LINE, (after.cart_id, line.no, _written(line)))
            for no in kept:
                run(connection, "DELETE FROM cart_line WHERE cart_id = ? AND no = ?", (after.cart_id, no))

    def forget(self, connection: Connection, cart_id: str) -> None:
        """Drop a cart in the transaction that completes or voids it."""
        run(connection, "DELETE FROM cart WHERE cart_id = ?", (cart_id,))

    def latest(self) -> Cart | None:
        """Return the cart that was in progress."""
        with self._database.read() as connection:
            row = connection.execute(select(cart).order_by(cart.c.opened_at_ms.desc()).limit(1)).first()
            if row is None:
                return None
            query = select(cart_line.c.body).where(cart_line.c.cart_id == row.cart_id).order_by(cart_line.c.no)
            lines = tuple(Line(*json.loads(body)) for body in connection.execute(query).scalars())
        return Cart(
            cart_id=row.cart_id,
            lines=lines,
            tenders=tuple(_tender(one) for one in json.loads(row.tenders)),
            note=row.note,
            last_no=row.last_no,
            total=sum(line.amount for line in lines),
            tax=sum(line.tax for line in lines),
            units=sum(line.quantity for line in lines),
            weight=sum(map(weight_of, lines)),
        )


_FIELDS: Final = attrgetter(*(field.name for field in fields(Line) if field.name != "origin"))


def _written(line: Line) -> str:
    """Return a line as the list of its fields; a line of a cart has no origin."""
    return json.dumps(_FIELDS(line))


def _tender(one: dict[str, Any]) -> Tender:
    return Tender(Method(one["method"]), one["amount"], one["given"], one["change"])
