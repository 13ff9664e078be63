"""The people of a store, as an owner adds and changes them; no PIN and no hash of one is ever answered."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right, Role, StaffMember
from sync_server.rights import staff
from sync_server.rights.staff import StaffChange, TypedRole
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.sessions import Pin
from sync_server.routes.shapes import Name

router = APIRouter(prefix="/v1/staff", tags=["staff"], responses=FAILURES)
Owner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS))]
ProvenOwner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS, proven=True))]
PersonName = Annotated[str, Field(min_length=1, max_length=staff.NAME_MAX, pattern=r"^[^\x00]*$", strict=True)]


class NewPerson(BaseModel):
    """Somebody who begins to work here."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName
    role: TypedRole
    pin: Pin


class PersonChange(BaseModel):
    """What of a person is to change; what is not given stays."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    role: TypedRole | None = None
    pin: Pin | None = None
    active: Annotated[bool, Field(strict=True)] | None = None


class Person(TypedDict):
    """Somebody who is or was on the staff."""

    staff_id: str
    name: str
    role: Role
    active: bool


class OnePerson(TypedDict):
    """A person as the staff says from now on."""

    server_id: str
    person: Person


class People(TypedDict):
    """Everybody who is or was on the staff, by name."""

    server_id: str
    staff: list[Person]


NEW_PERSON: Final = TypeAdapter(NewPerson)
PERSON_CHANGE: Final = TypeAdapter(PersonChange)
SALMA: Final = {
    "staff_id": "0199f2b0-0000-7000-8000-000000000008",
    "name": "Salma B.",
    "role": "pilotTester",
    "active": True,
}


@router.get(
    "",
    summary="The staff",
    responses=gives(People, {"server_id": SERVER_ID, "staff": [SALMA]}),
)
def listed(visit: Owner) -> Response:
    """Return everybody who is or was on the staff."""
    with visit.read() as connection:
        found = staff.members(connection, visit.store_id)
    return visit.answer({"staff": [_wire(member) for member in found]})


@router.post(
    "",
    summary="Add a person",
    status_code=201,
    responses=gives(OnePerson, {"server_id": SERVER_ID, "person": SALMA}, 201, "The person."),
    openapi_extra=takes(NewPerson, {"name": "Salma B.", "role": "pilotTester", "pin": "1357"}),
)
def add(visit: ProvenOwner, body: Plain) -> Response:
    """Add a person with a PIN of four to six digits; the tills have it with their next exchange."""
    given = asked(NEW_PERSON, body)
    with visit.write() as tx:
        member = staff.add(tx, given.name, given.role, given.pin)
    return visit.answer({"person": _wire(member)}, 201)


@router.patch(
    "/{staff_id}",
    summary="Change a person",
    responses=gives(OnePerson, {"server_id": SERVER_ID, "person": {**SALMA, "active": False}}),
    openapi_extra=takes(PersonChange, {"active": False}),
)
def change(visit: ProvenOwner, staff_id: Name, body: Plain) -> Response:
    """Change a person; a new PIN or role, or leaving, ends the sessions at once. The last owner stays one."""
    given = asked(PERSON_CHANGE, body)
    with visit.write() as tx:
        member = staff.change(tx, staff_id, StaffChange(given.name, given.role, given.pin, given.active))
    return visit.answer({"person": _wire(member)})


def _wire(member: StaffMember) -> Person:
    return {"staff_id": member.staff_id, "name": member.name, "role": member.role, "active": member.active}
