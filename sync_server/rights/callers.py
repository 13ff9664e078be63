"""Who calls, whatever they show: a till by its device key, a person by a session, a program by a service key.

What each may do is said by its route, and for people by the table of rights in ``domain/staff.py``.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from seraphine_pos.domain.staff import Operator, Right
from sync_server.errors import Forbidden, StepUp, Unauthenticated
from sync_server.rights import auth, service_keys, sessions, staff, tokens
from sync_server.rights.auth import Device
from sync_server.rights.service_keys import Scope
from sync_server.rights.sessions import Session

__all__ = ["Caller", "Needs", "Scope", "of_token"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of one store; ``actor`` is what the audit trail calls it.

    One of ``device`` and ``person`` is set, or neither for a program; a person comes with the ``session``. ``proven``
    says that the person has just given the PIN again.
    """

    store_id: str
    actor: str
    device: Device | None = None
    person: Operator | None = None
    session: Session | None = None
    proven: bool = False
    scopes: frozenset[Scope] = frozenset()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route wants of its caller: each way in that it names is enough, ``person`` being a session of anybody.

    ``proven`` wants of people, and of them alone, that they have just given the PIN again.
    """

    till: bool = False
    right: Right | None = None
    scope: Scope | None = None
    proven: bool = False
    person: bool = False

    def check(self, caller: Caller) -> None:
        """Raise Forbidden, or StepUp when the PIN is all that lacks."""
        if (caller.device is not None and self.till) or (self.scope is not None and self.scope in caller.scopes):
            return
        if caller.person is None or not (self.person or (self.right is not None and caller.person.may(self.right))):
            raise Forbidden("this key or session may not do this")
        if self.proven and not caller.proven:
            raise StepUp("give your PIN again for this: POST /v1/sessions/proof")


def of_token(connection: Connection, token: str, now_ms: int) -> Caller:
    """Return the caller that a bearer token names; raise Unauthenticated, or Forbidden for a revoked key."""
    store_id = tokens.store_of(token, tokens.SESSION)
    if store_id is not None:
        return _person(connection, store_id, token, now_ms)
    store_id = tokens.store_of(token, tokens.SERVICE)
    if store_id is not None:
        key = service_keys.of_token(connection, store_id, token)
        return Caller(store_id, key.key_id, scopes=key.scopes)
    device = auth.device_of_key(connection, token)
    return Caller(device.store_id, device.device_id, device=device)


def _person(connection: Connection, store_id: str, token: str, now_ms: int) -> Caller:
    """Return who has a session, as the staff says today."""
    session = sessions.of_token(connection, store_id, token, now_ms)
    person = staff.operator(connection, store_id, session.staff_id)
    if person is None:
        raise Unauthenticated("this person is no longer on the staff")
    return Caller(store_id, person.staff_id, person=person, session=session, proven=session.is_proven(now_ms))
