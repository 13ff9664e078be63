"""Who calls, whatever they show: a till by its device key, a person by a session, a program by a service key.

What each may do is said by its route, and for people by the table of rights in ``domain/staff.py``.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from seraphine_pos.domain.staff import Operator, Right
from sync_server import auth
from sync_server.auth import Device
from sync_server.errors import Forbidden, StepUp


class Scope(StrEnum):
    """What a service key may open."""

    INSIGHTS_WRITE = "insights:write"
    SALES_READ = "sales:read"
    REPORTS_READ = "reports:read"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    METRICS_READ = "metrics:read"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of one store; ``actor`` is what the audit trail calls it.

    One of ``device`` and ``person`` is set, or neither for a program. ``proven`` says that the person has just given
    the PIN again.
    """

    store_id: str
    actor: str
    device: Device | None = None
    person: Operator | None = None
    proven: bool = False
    scopes: frozenset[Scope] = frozenset()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route wants of its caller: each way in that it names is enough.

    ``proven`` wants of people, and of them alone, that they have just given the PIN again.
    """

    till: bool = False
    right: Right | None = None
    scope: Scope | None = None
    proven: bool = False

    def check(self, caller: Caller) -> None:
        """Raise Forbidden, or StepUp when the PIN is all that lacks."""
        if (caller.device is not None and self.till) or (self.scope is not None and self.scope in caller.scopes):
            return
        if caller.person is None or self.right is None or not caller.person.may(self.right):
            raise Forbidden("this key or session may not do this")
        if self.proven and not caller.proven:
            raise StepUp("give your PIN again for this: POST /v1/sessions/proof")


def of_token(connection: Connection, token: str) -> Caller:
    """Return the caller that a bearer token names; raise Unauthenticated, or Forbidden for a revoked one."""
    device = auth.device_of_key(connection, token)
    return Caller(device.store_id, device.device_id, device=device)
