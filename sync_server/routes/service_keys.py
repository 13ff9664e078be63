"""The keys of programs, as an owner makes and takes them away."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right
from sync_server.rights import service_keys
from sync_server.rights.service_keys import Scope, ServiceKey
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.shapes import Name

router = APIRouter(prefix="/v1/service-keys", tags=["service keys"], responses=FAILURES)
Owner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS))]
ProvenOwner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS, proven=True))]


class NewKey(BaseModel):
    """What a program is called, and what its key may open."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=service_keys.NAME_MAX, pattern=r"^[^\x00]*$", strict=True)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]


class WireKey(TypedDict):
    """A key without its secret."""

    key_id: str
    name: str
    scopes: list[Scope]
    created_at_ms: int
    revoked_at_ms: int | None


class MadeKey(TypedDict):
    """A key that was just made; the token is told here and never again."""

    server_id: str
    key: WireKey
    token: str


class OneKey(TypedDict):
    """A key."""

    server_id: str
    key: WireKey


class Keys(TypedDict):
    """Every key that was made, newest first."""

    server_id: str
    keys: list[WireKey]


NEW_KEY: Final = TypeAdapter(NewKey)
KEY: Final = {
    "key_id": "0199f2b0-0000-7000-8000-000000000005",
    "name": "n8n",
    "scopes": ["insights:write", "sales:read"],
    "created_at_ms": 1795334400000,
    "revoked_at_ms": None,
}
TOKEN: Final = "svc_0199f2b0-0000-7000-8000-000000000001_" + "0f" * 32


@router.post(
    "",
    summary="Make a service key",
    status_code=201,
    responses=gives(MadeKey, {"server_id": SERVER_ID, "key": KEY, "token": TOKEN}, 201, "The key, told once."),
    openapi_extra=takes(NewKey, {"name": "n8n", "scopes": ["insights:write", "sales:read"]}),
)
def make(visit: ProvenOwner, body: Plain) -> Response:
    """Make a key for a program, which opens the named scopes alone."""
    given = asked(NEW_KEY, body)
    with visit.write() as tx:
        made = service_keys.new(tx, given.name, given.scopes)
    return visit.answer({"key": _wire(made.key), "token": made.token}, 201)


@router.get(
    "",
    summary="The service keys",
    responses=gives(Keys, {"server_id": SERVER_ID, "keys": [KEY]}),
)
def listed(visit: Owner) -> Response:
    """Return every key that was made, also those that were taken away."""
    with visit.read() as connection:
        found = service_keys.listed(connection, visit.store_id)
    return visit.answer({"keys": [_wire(key) for key in found]})


@router.delete(
    "/{key_id}",
    summary="Take a service key away",
    responses=gives(OneKey, {"server_id": SERVER_ID, "key": {**KEY, "revoked_at_ms": 1795334500000}}),
)
def revoke(visit: ProvenOwner, key_id: Name) -> Response:
    """Take a key away; it opens nothing from the next request on."""
    with visit.write() as tx:
        key = service_keys.revoke(tx, key_id)
    return visit.answer({"key": _wire(key)})


def _wire(key: ServiceKey) -> WireKey:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at_ms": key.created_at_ms,
        "revoked_at_ms": key.revoked_at_ms,
    }
