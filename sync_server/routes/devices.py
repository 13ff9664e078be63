"""The tills of a store and their keys, as an owner sees them, takes them away, and gives out codes for new ones."""

from dataclasses import asdict, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.pairing import Pairing
from seraphine_pos.domain.staff import Right
from sync_server.rights import auth
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.shapes import Name

router = APIRouter(prefix="/v1", tags=["devices"], responses=FAILURES)
Owner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS))]
ProvenOwner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS, proven=True))]
MINUTE_MS: Final = 60_000
MINUTES_MAX: Final = 24 * 60


class NewCode(BaseModel):
    """For how long a code is good; for a till's label, that till is enrolled again and its old key is lost."""

    model_config = ConfigDict(extra="forbid")

    till: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$", strict=True)] | None = None
    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX, strict=True)] = auth.CODE_LIFE_MS // MINUTE_MS


class Code(TypedDict):
    """A code that enrols one till, once; told here and never again. Over TLS, ``line`` has it with address and pin."""

    server_id: str
    code: str
    line: str
    expires_at_ms: int


class WireDevice(TypedDict):
    """A device that was enrolled as a till; ``revoked_at_ms`` says since when its key opens nothing."""

    device_id: str
    created_at_ms: int
    revoked_at_ms: int | None
    pushed_at_ms: int | None


class WireTill(TypedDict):
    """A till with the devices that ever stood in its place, the newest first."""

    till_id: str
    label: str
    machine: str
    enrolled_at_ms: int
    devices: list[WireDevice]


class Tills(TypedDict):
    """The tills in the order in which they were enrolled."""

    server_id: str
    tills: list[WireTill]


class Revoked(TypedDict):
    """The device whose key is gone."""

    server_id: str
    device_id: str


NEW_CODE: Final = TypeAdapter(NewCode)
DEVICE: Final = {
    "device_id": "0199f2b0-0000-7000-8000-000000000006",
    "created_at_ms": 1795334400000,
    "revoked_at_ms": None,
    "pushed_at_ms": 1795337000000,
}
TILL: Final = {
    "till_id": "0199f2b0-0000-7000-8000-000000000007",
    "label": "A1",
    "machine": "caisse-1",
    "enrolled_at_ms": 1795334400000,
    "devices": [DEVICE],
}


@router.get(
    "/devices",
    summary="The tills and their devices",
    responses=gives(Tills, {"server_id": SERVER_ID, "tills": [TILL]}),
)
def listed(visit: Owner) -> Response:
    """Return each till with its machine, its devices, and when each last pushed."""
    with visit.read() as connection:
        found = auth.tills_of(connection, visit.store_id)
    return visit.answer({"tills": [asdict(till) for till in found]})


@router.delete(
    "/devices/{device_id}",
    summary="Take a device's key away",
    responses=gives(Revoked, {"server_id": SERVER_ID, "device_id": DEVICE["device_id"]}),
)
def revoke(visit: ProvenOwner, device_id: Name) -> Response:
    """Take a device's key away at once, with the sessions that were opened at it; what it sold stays."""
    with visit.write() as tx:
        auth.revoke(tx, device_id)
    return visit.answer({"device_id": device_id})


@router.post(
    "/enrol-codes",
    summary="Make a code for a till",
    status_code=201,
    responses=gives(
        Code,
        {"server_id": SERVER_ID, "code": "7QK2-M4XR-9ABD-WEFG", "line": "", "expires_at_ms": 1795335300000},
        201,
        "A code.",
    ),
    openapi_extra=takes(NewCode, {"till": "A1", "minutes": 15}),
)
def new_code(visit: ProvenOwner, body: Plain, request: Request) -> Response:
    """Make a one-time code that enrols a new till, or a known one again."""
    given = asked(NEW_CODE, body)
    life_ms = given.minutes * MINUTE_MS
    pairing: Pairing | None = getattr(request.app.state, "pairing", None)
    length = auth.CODE_LENGTH if pairing is None else auth.LONG_CODE_LENGTH
    with visit.write() as tx:
        code = auth.new_code(tx, till_label=given.till, life_ms=life_ms, length=length)
    line = "" if pairing is None else str(replace(pairing, code=code.replace("-", "")))
    return visit.answer({"code": code, "line": line, "expires_at_ms": tx.now_ms + life_ms}, 201)
