"""What the integers of the OpenAPI document count: said of each by its name, so that none is forgotten."""

import re
from collections.abc import Iterator
from typing import Any, Final

MONEY: Final = frozenset({
    "amount", "change", "discount", "given", "gross", "net", "price", "refunded", "tax", "total",
})  # fmt: skip
QUANTITY: Final = frozenset({"quantity"})
MOMENT: Final = frozenset({"at", "ms"})
# Whatever a kind of entry or document holds.
FREE: Final = frozenset({"body", "current", "proposed", "stands", "ticket"})
IN_MONEY: Final = "Money, in minor units of the store’s currency (cents)."
IN_THOUSANDTHS: Final = "A quantity, in thousandths: 1000 is one piece, or one kilogram."
IN_MOMENTS: Final = "Milliseconds since 1970 (Unix)."
IN_ANY: Final = "Money in it is in minor units (cents), quantities are in thousandths, moments in Unix milliseconds."
LAST_WORD: Final = re.compile(r"[a-z]+|[A-Z][a-z]*")
SAID: Final = {MONEY: IN_MONEY, QUANTITY: IN_THOUSANDTHS, MOMENT: IN_MOMENTS}
# What stands there is an answer, and describes nothing.
SHOWN: Final = frozenset({"example", "examples", "default", "enum"})


def say(document: dict[str, Any]) -> None:
    """Put into an OpenAPI document what each integer counts whose name tells it."""
    for name, schema in fields(document):
        said, described = _unit(name, schema), schema.get("description", "")
        if said and said not in described:
            schema["description"] = f"{described.rstrip('.')}. {said}" if described else said


def fields(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the schema of every field, place of a row and parameter."""
    if isinstance(part, list):
        for one in part:
            yield from fields(one)
    if not isinstance(part, dict):
        return
    yield from _named(part)
    for name, value in part.items():
        if name not in SHOWN:
            yield from fields(value)


def may_be(schema: dict[str, Any], kind: str) -> bool:
    """Tell whether a value of this schema may be of a JSON type; one that says nothing may be of any."""
    if "anyOf" in schema:
        return any(may_be(one, kind) for one in schema["anyOf"])
    return "$ref" not in schema and schema.get("type", kind) == kind


def _unit(name: str, schema: dict[str, Any]) -> str:
    if may_be(schema, "object"):
        return IN_ANY if name in FREE else ""
    last = LAST_WORD.findall(name)[-1].lower() if name else ""
    return next((said for names, said in SAID.items() if last in names and may_be(schema, "integer")), "")


def _named(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    named, places = part.get("properties"), part.get("prefixItems")
    if isinstance(named, dict):
        yield from named.items()
    if isinstance(places, list):
        yield from ((place.get("title", "").replace(" ", "_").lower(), place) for place in places)
    if "in" in part and isinstance(part.get("schema"), dict):
        yield part["name"], part["schema"]
