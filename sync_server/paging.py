"""Long lists a page at a time: an opaque place to go on after, which nothing that arrives meanwhile can move."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, tuple_

from sync_server.errors import Refused

PLACE_MAX: Final = 1000
INTEGER_MAX: Final = (1 << 63) - 1

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

    def page(self, statement: Select[Any], after: str, rows_max: int) -> Select[Any]:
        """Ask for the rows after a place, one more than the page holds; raise Refused for a place that is none."""
        if after:
            here, there = tuple_(*self.columns), tuple_(*_values(after, self.types))
            statement = statement.where(here < there if self.falling else here > there)
        ordered = [column.desc() if self.falling else column.asc() for column in self.columns]
        return statement.order_by(*ordered).limit(rows_max + 1)

    def cut(self, rows: Sequence[Row], rows_max: int) -> Page:
        """Return the page that these rows are, of which one more than it holds says that there are others."""
        if len(rows) <= rows_max:
            return Page(rows)
        last = rows[rows_max - 1]
        return Page(rows[:rows_max], place([last[column.key] for column in self.columns if column.key]))


def place(values: Sequence[str | int]) -> str:
    """Return the opaque name of a place in a list."""
    written = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
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
