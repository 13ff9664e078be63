"""Long lists a page at a time: an opaque place to go on after, which nothing that arrives meanwhile can move.

A place bears a mark of the question it was an answer to: another question would begin anywhere in its own list.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, tuple_

from sync_server.errors import Refused

PLACE_MAX: Final = 1000
INTEGER_MAX: Final = (1 << 63) - 1
MARK_LETTERS: Final = 12

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the place that the next ones come after; None at the end."""

    rows: Sequence[Row]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that a list is sorted by, together unlike in any two rows; ``falling`` puts the greatest first."""

    columns: tuple[ColumnElement[Any], ...]
    types: tuple[type, ...]
    falling: bool = False

    def page(self, connection: Connection, asked: Select[Any], after: str, rows_max: int) -> Page:
        """Return the rows after a place; raise Refused for a place that no page of the same question ended with."""
        ordered = [column.desc() if self.falling else column.asc() for column in self.columns]
        # One more row than the page holds says that there are others.
        statement = self._after(asked, after).order_by(*ordered).limit(rows_max + 1)
        rows = connection.execute(statement).mappings().all()
        if len(rows) <= rows_max:
            return Page(rows)
        last = rows[rows_max - 1]
        return Page(rows[:rows_max], place(self._mark(asked), [last[one.key] for one in self.columns if one.key]))

    def _after(self, asked: Select[Any], after: str) -> Select[Any]:
        if not after:
            return asked
        mark, *values = _values(after, (str, *self.types))
        if mark != self._mark(asked):
            raise Refused("after: a page of another question ended there: leave the filters and the order as they were")
        here, there = tuple_(*self.columns), tuple_(*values)
        return asked.where(here < there if self.falling else here > there)

    def _mark(self, asked: Select[Any]) -> str:
        """Return what tells a question and its order from others."""
        compiled = asked.compile()
        said = (str(compiled), sorted(compiled.params.items()), [str(one) for one in self.columns], self.falling)
        return sha256(repr(said).encode(errors="backslashreplace")).hexdigest()[:MARK_LETTERS]


def place(mark: str, values: Sequence[str | int]) -> str:
    """Return the opaque name of a place in the answer to the question that has this mark."""
    written = json.dumps([mark, *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _values(after: str, types: tuple[type, ...]) -> list[str | int]:
    """Return the values of a place; raise Refused for what this server never gave out."""
    try:
        values = _read(after[:PLACE_MAX])
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or tuple(map(type, values)) != types or not all(map(_can_be_asked, values)):
        raise Refused("after: this is no place that a page before this one ended with")
    return values


def _read(after: str) -> Any:
    return json.loads(base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True))


def _can_be_asked(value: str | int) -> bool:
    """Tell whether both databases take a value."""
    return "\0" not in value if isinstance(value, str) else abs(value) <= INTEGER_MAX
