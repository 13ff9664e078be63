"""The carts in progress, so that a crash takes none away.

A change is written before the next key is read, without waiting for the disk: it survives the
end of the program; the sale itself waits.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any, Final

from seraphine_pos.domain.cart import Cart, weight_of
from seraphine_pos.domain.sale import Line, Method, Tender
from seraphine_pos.store.database import Connection, Database
from seraphine_pos.store.room import Room

_SAVE_CART: Final = """
    INSERT INTO cart (cart_id, opened_at_ms, operator_id, note, tenders, last_no) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (cart_id) DO UPDATE SET note = excluded.note, tenders = excluded.tenders, last_no = excluded.last_no"""
_SAVE_LINE: Final = "INSERT OR REPLACE INTO cart_line (cart_id, no, body) VALUES (?, ?, ?)"
_LATEST: Final = "SELECT cart_id, note, tenders, last_no FROM cart ORDER BY opened_at_ms DESC LIMIT 1"
_LINES: Final = "SELECT body FROM cart_line WHERE cart_id = ? ORDER BY no"


class Carts:
    """The carts kept in the database."""

    def __init__(self, database: Database, room: Room) -> None:
        """Keep them in this database, and begin none without room for it."""
        self._database = database
        self._room = room

    def save(self, before: Cart, after: Cart, operator_id: str, at_ms: int) -> None:
        """Write what differs between a cart and the next one; raise NoRoom where the first line finds none."""
        if not before.lines:
            self._room.check()
        kept = {line.no: line for line in before.lines} if before.cart_id == after.cart_id else {}
        with self._database.write(durable=False) as connection:
            tenders = json.dumps([asdict(tender) for tender in after.tenders])
            values = (after.cart_id, at_ms, operator_id, after.note, tenders, after.last_no)
            connection.execute(_SAVE_CART, values)
            for line in after.lines:
                if kept.pop(line.no, None) is not line:
                    connection.execute(_SAVE_LINE, (after.cart_id, line.no, _written(line)))
            for no in kept:
                connection.execute("DELETE FROM cart_line WHERE cart_id = ? AND no = ?", (after.cart_id, no))

    def forget(self, connection: Connection, cart_id: str) -> None:
        """Drop a cart in the transaction that completes or voids it."""
        connection.execute("DELETE FROM cart WHERE cart_id = ?", (cart_id,))

    def renew(self, fresh_id: Callable[[], str]) -> None:
        """Give the carts in progress new ids, when a till starts.

        The file may be a copy: another till, or this one before, completes the same cart, and those are two sales.
        """
        with self._database.read() as connection:
            kept = [cart_id for (cart_id,) in connection.execute("SELECT cart_id FROM cart")]
        if not kept:
            return
        with self._database.write(durable=False) as connection:
            for old in kept:
                fresh = fresh_id()
                connection.execute(
                    """INSERT INTO cart (cart_id, opened_at_ms, operator_id, note, tenders, last_no)
                    SELECT ?, opened_at_ms, operator_id, note, tenders, last_no FROM cart WHERE cart_id = ?""",
                    (fresh, old),
                )
                connection.execute("UPDATE cart_line SET cart_id = ? WHERE cart_id = ?", (fresh, old))
                connection.execute("DELETE FROM cart WHERE cart_id = ?", (old,))

    def latest(self) -> Cart | None:
        """Return the cart that was in progress."""
        with self._database.read() as connection:
            row = connection.execute(_LATEST).fetchone()
            if row is None:
                return None
            cart_id, note, tenders, last_no = row
            lines = tuple(Line(*json.loads(body)) for (body,) in connection.execute(_LINES, (cart_id,)))
        return Cart(
            cart_id=cart_id,
            lines=lines,
            tenders=tuple(_tender(one) for one in json.loads(tenders)),
            note=note,
            last_no=last_no,
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
