"""The bodies of entries, parsed and held against the shape of their kind in one go.

The shapes are the domain's own, handed to pydantic's core: for a server that reads a thousand sales at a
time this costs less than parsing first and checking then.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema, from_json

from seraphine_pos.domain.event import SHAPES, Unreadable, check_body

_PLAIN: Final[Mapping[object, CoreSchema]] = {
    str: core_schema.str_schema(strict=True),
    int: core_schema.int_schema(strict=True),
    bool: core_schema.bool_schema(strict=True),
    dict: core_schema.dict_schema(strict=True),
}


def read(kind: str, version: int, body: str) -> dict[str, Any]:
    """Return the fields that a body of this kind has; raise ValueError, as Unreadable when it can be said better."""
    reader = _READERS.get((kind, version))
    if reader is None:
        raise Unreadable(f"unknown kind {kind} version {version}")
    try:
        fields: dict[str, Any] = reader.validate_json(body)
    except ValidationError as problem:
        # The domain says it in its own words, unless it is no JSON at all.
        found = from_json(body, allow_inf_nan=False)
        if not isinstance(found, dict):
            raise Unreadable(f"{kind}: the body is no object") from None
        check_body(kind, version, found)
        raise Unreadable(f"{kind}: {problem}") from None
    return fields


def _schema(wanted: Any) -> CoreSchema:
    """Return the schema of one part of a shape."""
    if isinstance(wanted, tuple):
        return core_schema.nullable_schema(_schema(wanted[0]))
    if isinstance(wanted, list):
        return core_schema.list_schema(_schema(wanted[0]), strict=True)
    if isinstance(wanted, Mapping):
        fields = {name: core_schema.typed_dict_field(_schema(part), required=True) for name, part in wanted.items()}
        return core_schema.typed_dict_schema(fields, extra_behavior="ignore", strict=True)
    return _PLAIN[wanted]


# No cache of strings: looking a text up there costs more than making it.
_UNCACHED: Final = core_schema.CoreConfig(cache_strings="none")
_READERS: Final = {name: SchemaValidator(_schema(shape), _UNCACHED) for name, shape in SHAPES.items()}
