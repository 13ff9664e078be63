"""How a route is described to programs: what it takes and what it answers, each with an example that is one."""

from typing import Any, Final

from pydantic import TypeAdapter
from typing_extensions import TypedDict

JSON: Final = "application/json"
REFS: Final = "#/$defs/"
# What stands for a server in every example.
SERVER_ID: Final = "0199f2b0-0000-7000-8000-000000000002"


class Problem(TypedDict):
    """What went wrong: a code for programs, a sentence for people, and the id under which the log has it."""

    code: str
    message: str
    details: dict[str, Any]
    timestamp: str
    requestId: str


class Failure(TypedDict):
    """The one envelope of every failure."""

    error: Problem


FAILURE: Final[Failure] = {
    "error": {
        "code": "NOT_FOUND",
        "message": "there is no sale 0199f2b0-0000-7000-8000-000000000001",
        "details": {},
        "timestamp": "2026-11-20T09:00:00.000Z",
        "requestId": "0199f2b0-0000-7000-8000-0000000000aa",
    }
}
FAILURES: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": Failure, "description": said, "content": {JSON: {"example": FAILURE}}}
    for code, said in (("4XX", "The caller can do something about it."), ("5XX", "Ask again later."))
}


def takes(kind: Any, example: object, media: str = JSON) -> dict[str, Any]:
    """Return FastAPI's ``openapi_extra`` of a route whose body is read as this type from its raw bytes."""
    schema = {"type": "string"} if kind is str else _whole(TypeAdapter(kind).json_schema())
    return {"requestBody": {"required": True, "content": {media: {"schema": schema, "example": example}}}}


def gives(kind: Any, example: object, status: int = 200, said: str = "Done.") -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's ``responses`` of a route that answers with this type."""
    return {status: {"model": kind, "description": said, "content": {JSON: {"example": example}}}}


def sends(said: str, **examples: str) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's ``responses`` of a route that answers with a file; ``examples`` are by the type's last part."""
    content = {f"text/{name}": {"schema": {"type": "string"}, "example": text} for name, text in examples.items()}
    return {200: {"description": said, "content": content}}


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the parts of a schema into the places that name them: the document's own parts are elsewhere."""
    parts = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(one) for one in value]
        if not isinstance(value, dict):
            return value
        if str(value.get("$ref", "")).startswith(REFS):
            return put(parts[value["$ref"].removeprefix(REFS)])
        return {name: put(one) for name, one in value.items()}

    whole: dict[str, Any] = put(schema)
    return whole
