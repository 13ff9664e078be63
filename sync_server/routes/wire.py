"""The domain's values as the answers to tills hold them: described from their classes, which are the one truth."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import Field
from typing_extensions import TypedDict

# How every value of bytes is written.
Hex = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2})*$")]


def answered(name: str, kind: type, *, said: str = "", without: str = "", **more: Any) -> Any:
    """Return the type of an answer that holds a value's fields but one, and more: JSON of this name."""
    parts = {field: hint for field, hint in get_type_hints(kind).items() if field != without}
    return of_parts(name, said or str(kind.__doc__), {field: written(hint) for field, hint in parts.items()} | more)


def of_parts(name: str, said: str, parts: Mapping[str, Any]) -> Any:
    """Return the type of an object with these parts, all of which it has."""
    made = TypedDict(name, dict(parts))  # type: ignore[misc]  # noqa: UP013  its fields are known only here
    made.__doc__ = said
    return made


def row_of(name: str, kind: type, *, without: str = "", **more: Any) -> Any:
    """Return the type of a list that holds a value's fields in their order, and more after them."""
    parts = {field: hint for field, hint in get_type_hints(kind).items() if field != without}
    return NamedTuple(name, list({**parts, **more}.items()))


def many(kind: Any) -> Any:
    """Return the type of a list of these."""
    return list[kind]


@cache
def written(hint: Any) -> Any:
    """Return the type that a value of this one has on the wire."""
    if hint is bytes:
        return Hex
    if is_dataclass(hint) and isinstance(hint, type):
        return answered(hint.__name__, hint)
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return many(written(get_args(hint)[0]))
    return hint
