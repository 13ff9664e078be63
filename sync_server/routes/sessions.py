"""The sessions of people: signing in with a PIN, giving it again, seeing who is signed in, and ending it."""

from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Operator, Right
from sync_server.errors import Forbidden, Missing
from sync_server.rights import sessions, sign_ins, staff
from sync_server.rights.sessions import Session
from sync_server.routes.answer import answer
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Open, Visit, require_role, till_of
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.shapes import Name
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], responses=FAILURES)
SIGNING_IN: Final = "sign-in"
Pin = Annotated[str, Field(pattern=r"^[0-9]{4,6}$", strict=True)]
Person = Annotated[Visit, Depends(require_role(person=True))]


class SignIn(BaseModel):
    """Who signs in; ``store_id`` only where several stores share the server and no till's key is shown."""

    model_config = ConfigDict(extra="forbid")

    staff_id: Name
    pin: Pin
    store_id: Name | None = None


class Proof(BaseModel):
    """The PIN of the session's person, again."""

    model_config = ConfigDict(extra="forbid")

    pin: Pin


class Somebody(TypedDict):
    """A person as others see one."""

    staff_id: str
    name: str
    role: Literal["owner", "pilotTester"]


class SignedIn(TypedDict):
    """A session that was just opened; the token is told here and never again."""

    server_id: str
    session_id: str
    token: str
    expires_at_ms: int
    proven_until_ms: int
    staff: Somebody
    role: str


class Proven(TypedDict):
    """Until when the PIN need not be given again."""

    server_id: str
    proven_until_ms: int


class Seen(TypedDict):
    """A session without its token."""

    session_id: str
    staff_id: str
    device_id: str | None
    created_at_ms: int
    expires_at_ms: int
    proven_at_ms: int
    own: bool


class Sessions(TypedDict):
    """Sessions that open something, newest first."""

    server_id: str
    sessions: list[Seen]


class Ended(TypedDict):
    """How many sessions were ended."""

    server_id: str
    ended: int


SIGN_IN: Final = TypeAdapter(SignIn)
PROOF: Final = TypeAdapter(Proof)
NADIA: Final = {"staff_id": "0199f2b0-0000-7000-8000-000000000003", "name": "Nadia", "role": "owner"}
SESSION: Final = {
    "session_id": "0199f2b0-0000-7000-8000-000000000004",
    "staff_id": NADIA["staff_id"],
    "device_id": None,
    "created_at_ms": 1795334400000,
    "expires_at_ms": 1795420800000,
    "proven_at_ms": 1795334400000,
    "own": True,
}
SIGNED_IN: Final = {
    "server_id": SERVER_ID,
    "session_id": SESSION["session_id"],
    "token": "ses_0199f2b0-0000-7000-8000-000000000001_" + "0f" * 32,
    "expires_at_ms": 1795420800000,
    "proven_until_ms": 1795334700000,
    "staff": NADIA,
    "role": "owner",
}


@router.post(
    "",
    summary="Sign in",
    status_code=201,
    responses=gives(SignedIn, SIGNED_IN, 201, "A session for a day."),
    openapi_extra=takes(SignIn, {"staff_id": NADIA["staff_id"], "pin": "2604"}),
)
def sign_in(
    server: Annotated[StoreServer, Depends(Open("whoever signs in has nothing but the PIN, which is counted"))],
    request: Request, body: Plain,
) -> Response:  # fmt: skip
    """Open a session for a day with a PIN, at a till (by its device key) or elsewhere; wrong PINs are counted.

    A server of several stores is told which one by ``store_id`` in the body, unless a till's key says it.
    """
    given = asked(SIGN_IN, body)
    till = till_of(request, server)
    store_id = till.store_id if till is not None else _store(server, given.store_id)
    write = partial(server.write, store_id, given.staff_id, request.state.request_id)
    device_id = till.device.device_id if till is not None and till.device is not None else None
    opened = sign_ins.sign_in(write, server.sign_in_turns, given.staff_id, given.pin, device_id)
    with server.database.read() as connection:
        person = staff.find(connection, store_id, given.staff_id).operator
    return answer(
        server.server_id,
        {
            "session_id": opened.session.session_id,
            "token": opened.token,
            "expires_at_ms": opened.session.expires_at_ms,
            "proven_until_ms": opened.session.proven_at_ms + sessions.PROOF_MS,
            "staff": _somebody(person),
            "role": person.role.value,
        },
        201,
    )


@router.post(
    "/proof",
    summary="Give the PIN again",
    responses=gives(Proven, {"server_id": SERVER_ID, "proven_until_ms": 1795334700000}),
    openapi_extra=takes(Proof, {"pin": "2604"}),
)
def prove(visit: Person, body: Plain) -> Response:
    """Give the PIN of the session's person again: for five minutes, sensitive changes are taken."""
    given = asked(PROOF, body)
    until = sign_ins.prove(visit.write, visit.server.sign_in_turns, visit.session, given.pin)
    return visit.answer({"proven_until_ms": until})


@router.get(
    "",
    summary="Who is signed in",
    responses=gives(Sessions, {"server_id": SERVER_ID, "sessions": [SESSION]}),
)
def listed(visit: Person) -> Response:
    """Return the caller's own sessions, to an owner everybody's."""
    only = None if visit.may(Right.STORE_SETTINGS) else visit.session.staff_id
    with visit.read() as connection:
        found = sessions.live(connection, visit.store_id, visit.server.clock.now_ms(), only)
    return visit.answer({"sessions": [_seen(one, visit.session) for one in found]})


@router.delete(
    "/{session_id}",
    summary="Sign out",
    responses=gives(Ended, {"server_id": SERVER_ID, "ended": 1}),
)
def end(visit: Person, session_id: Name) -> Response:
    """End a session at once: one's own, or as an owner anybody's."""
    only = None if visit.may(Right.STORE_SETTINGS) else visit.session.staff_id
    with visit.write() as tx:
        ended = sessions.end(tx, session_id, only)
    if not ended:
        raise Missing("there is no such session, or it is over")
    return visit.answer({"ended": ended})


@router.delete(
    "",
    summary="Sign out everywhere",
    responses=gives(Ended, {"server_id": SERVER_ID, "ended": 2}),
)
def end_all(visit: Person, staff_id: Name | None = None) -> Response:
    """End all sessions of the caller, or as an owner of somebody else."""
    person = staff_id or visit.session.staff_id
    if person != visit.session.staff_id and not visit.may(Right.STORE_SETTINGS):
        raise Forbidden("only an owner ends the sessions of others")
    with visit.write() as tx:
        ended = sessions.end_of_person(tx, person)
    return visit.answer({"ended": ended})


def _store(server: StoreServer, named: str | None) -> str:
    """Return the store that somebody signs in to without a till."""
    if named is None:
        return server.only_store(how="by its id: store_id in the body")
    with server.database.read() as connection:
        return sign_ins.store_named(connection, named)


def _somebody(person: Operator) -> Somebody:
    return {"staff_id": person.staff_id, "name": person.name, "role": person.role.value}


def _seen(session: Session, own: Session) -> Seen:
    return {
        "session_id": session.session_id,
        "staff_id": session.staff_id,
        "device_id": session.device_id,
        "created_at_ms": session.created_at_ms,
        "expires_at_ms": session.expires_at_ms,
        "proven_at_ms": session.proven_at_ms,
        "own": session.session_id == own.session_id,
    }
