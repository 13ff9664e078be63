"""Who calls a route, and what they need for it: every route declares one of these two, and only these read tokens."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.openapi.models import SecurityBase as Model
from fastapi.security.base import SecurityBase

from seraphine_pos.domain.staff import Right
from sync_server.errors import Forbidden, Refused, Unauthenticated
from sync_server.rights import auth, staff
from sync_server.rights.callers import Caller, Needs, Scope
from sync_server.rights.sessions import Session
from sync_server.routes.answer import answer
from sync_server.store_server import DeviceServer, StoreServer
from sync_server.transaction import Reading, Transaction


async def whole(request: Request) -> StoreServer:
    """Return the server that the app was built over."""
    server = request.app.state.server
    if not isinstance(server, StoreServer):
        raise TypeError("the app was built without its server")
    return server


SHOWN_MAX: Final = 40
# A quarter; whoever asks for more may have to wait.
LONG_DAYS: Final = 92
TOLD_MAX: Final = 5
Whole = Annotated[StoreServer, Depends(whole)]
TOKEN: Final = HTTPBearer(description="A till's device key, the token of a person's session, or a service key.")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a caller who may make it."""

    server: StoreServer
    caller: Caller
    request_id: str = ""

    @property
    def till(self) -> DeviceServer:
        """Return the server as the calling till sees it; raise Forbidden for another caller."""
        if self.caller.device is None:
            raise Forbidden("a till's device key is needed")
        return DeviceServer(self.server, self.caller.device, self.request_id)

    @property
    def store_id(self) -> str:
        """Return the store that the caller belongs to, which no request may name."""
        return self.caller.store_id

    @property
    def session(self) -> Session:
        """Return the caller's session; raise Forbidden for a caller who is no person."""
        if self.caller.session is None:
            raise Forbidden("a person's session is needed: POST /v1/sessions")
        return self.caller.session

    def may(self, right: Right) -> bool:
        """Tell whether the caller is a person with a right."""
        return self.caller.person is not None and self.caller.person.may(right)

    def seller(self, asked: str | None) -> str | None:
        """Return whose sales the caller is shown: as asked, and to a person who may see no others always the own.

        Raises Missing for somebody who never was on the staff.
        """
        person = self.caller.person
        if person is not None and not person.may(Right.ALL_SALES):
            return person.staff_id
        if asked is not None:
            with self.read() as connection:
                staff.find(connection, self.store_id, asked)
        return asked

    def till_named(self, name: str | None) -> str | None:
        """Return the id of the till that is asked for by its label or id, None for all; raise Missing."""
        if name is None:
            return None
        with self.read() as connection:
            return auth.till_named(connection, self.store_id, name)

    def turn(self, days: int) -> AbstractContextManager[None]:
        """Wait for the turn of a report of so many days: of long ones few are made at once, so raise RateLimited.

        Adding up three years of a thousand articles a day takes seconds, and 220 MB of SQLite's: many at once would
        leave neither memory nor a thread to the tills.
        """
        return self.server.long_report_turns.turn() if days > LONG_DAYS else nullcontext()

    def read(self) -> Reading:
        """Open a reading transaction."""
        return self.server.database.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a writing transaction in the caller's name."""
        with self.server.write(self.caller.store_id, self.caller.actor, self.request_id) as tx:
            yield tx

    def answer(self, body: Mapping[str, object], status: int = 200) -> Response:
        """Return a JSON answer in the name of this server."""
        return answer(self.server.server_id, body, status)


@dataclass(frozen=True, slots=True)
class Required(SecurityBase):
    """Lets in the callers who have what a route needs; the other two fields say so in the OpenAPI document."""

    needs: Needs
    scheme_name: str = field(default="token", compare=False)
    model: Model = field(default_factory=lambda: TOKEN, compare=False)

    def __call__(self, request: Request, server: Whole) -> Visit:
        """Return the caller's visit; raise Unauthenticated, Forbidden, StepUp."""
        visit = Visit(server, server.caller(bearer(request)), request.state.request_id)
        request.state.actor = visit.caller.actor
        self.needs.check(visit.caller)
        check_query(request)
        return visit


@dataclass(frozen=True, slots=True)
class Open:
    """Lets everybody in, for a reason."""

    reason: str

    async def __call__(self, request: Request) -> StoreServer:
        """Return the server; raise Refused for a question with a parameter that is none."""
        check_query(request)
        return await whole(request)


def require_role(
    *, till: bool = False, right: Right | None = None, scope: Scope | None = None, proven: bool = False,
    person: bool = False,
) -> Required:  # fmt: skip
    """Say who may call a route: a till, people with a right, a scope, or every ``person`` with a session.

    ``proven`` wants people to have given the PIN within the last minutes.
    """
    return Required(Needs(till, right, scope, proven, person))


def check_query(request: Request) -> None:
    """Raise Refused when a request asks by a parameter that its route does not have, or gives one twice."""
    given = list(dict.fromkeys(request.query_params))
    if not given:
        return
    known = sorted(_parameters(request.scope["route"].dependant))
    unknown = [name[:SHOWN_MAX] for name in given if name not in known]
    if unknown:
        takes = f"it takes {', '.join(known)}" if known else "it takes none"
        raise Refused(f"this call has no parameter {', '.join(unknown[:TOLD_MAX])}: {takes}")
    # No call takes several values of one: of two the last would be meant, and nobody told.
    twice = [name for name in given if len(request.query_params.getlist(name)) > 1]
    if twice:
        raise Refused(f"{', '.join(twice[:TOLD_MAX])}: given more than once, one value is taken")


def _parameters(dependant: Dependant) -> set[str]:
    """Return the names of the parameters of a question that a route and whatever it depends on declare."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_parameters, dependant.dependencies))


def bearer(request: Request) -> str:
    """Return the token that a request carries; raise Unauthenticated without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("a key or a session is needed: Authorization: Bearer <token>")
    return token.strip()


def till_of(request: Request, server: StoreServer) -> Caller | None:
    """Return the till at which somebody signs in, by its key; None for any other request."""
    try:
        found = server.caller(bearer(request))
    except (Unauthenticated, Forbidden):
        return None
    return None if found.device is None else found


ByTill = Annotated[Visit, Depends(require_role(till=True))]
