"""A new store: its setting, taxes, staff and pepper, and the code that enrols its first till."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, insert, select

from seraphine_pos.domain import staff as people
from seraphine_pos.domain import store as settings
from seraphine_pos.domain import tax as taxes
from seraphine_pos.domain.clock import RandomBytes, new_id
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.staff import StaffMember
from sync_server import audit, feed
from sync_server.database import Database
from sync_server.errors import Conflict
from sync_server.feed import Change
from sync_server.rights import auth
from sync_server.rights.staff import PEPPER_BYTES, TypedRole, hash_pin
from sync_server.schema import server, stores
from sync_server.transaction import Transaction

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
RATE_MAX: Final = 10_000


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxRequest(_Request):
    """A tax; ``rate`` in hundredths of a percent."""

    code: Name
    name: Name
    rate: int = Field(ge=0, le=RATE_MAX)
    included: bool = True


class StaffRequest(_Request):
    """A person with a PIN of four to six digits."""

    staff_id: Name | None = None
    name: Name
    role: TypedRole
    pin: str = Field(pattern=r"^[0-9]{4,6}$")


class StoreRequest(_Request):
    """What ``create-store`` reads."""

    name: Name
    address: Words = ""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    decimals: int = Field(ge=0, le=3)
    time_zone: Name
    language: Name = "fr"
    receipt_header: Words = ""
    receipt_footer: Words = ""
    taxes: list[TaxRequest] = Field(default_factory=list, max_length=50)
    staff: list[StaffRequest] = Field(default_factory=list, max_length=200)


@dataclass(frozen=True, slots=True)
class Founded:
    """A new store and the code that enrols its first till."""

    server_id: str
    store_id: str
    code: str


def found(
    database: Database, request: StoreRequest, now_ms: int, random_bytes: RandomBytes, *, another: bool = False
) -> Founded:
    """Make the one store of this database, or ``another`` of a chain's; raise Conflict when that cannot be."""
    if another and database.dialect != "postgresql":
        raise Conflict("several stores share a PostgreSQL; on SQLite each has a --home of its own")
    pepper = random_bytes(PEPPER_BYTES)
    members = [
        StaffMember(
            person.staff_id or new_id(now_ms, random_bytes),
            person.name,
            person.role,
            hash_pin(pepper, person.pin, random_bytes),
        )
        for person in request.staff
    ]
    with database.write() as connection:
        if not another and connection.execute(select(func.count()).select_from(stores)).scalar_one():
            beside = ", or --another for one more in this database" if database.dialect == "postgresql" else ""
            raise Conflict(
                f"this database has its store already; use another --home or --database-url for another{beside}"
            )
        tx = Transaction(database, connection, new_id(now_ms, random_bytes), now_ms, random_bytes, "create-store")
        connection.execute(
            insert(stores).values(
                store_id=tx.store_id, name=request.name, feed_id=tx.new_id(), rev=0, opening=database.opening,
                arrival=0, pepper=pepper, created_at_ms=now_ms,
            )
        )  # fmt: skip
        feed.publish(tx, _documents(request, members), {})
        audit.note(tx, "create-store", {"name": request.name})
        server_id = connection.execute(select(server.c.server_id)).scalar_one()
        return Founded(server_id, tx.store_id, auth.new_code(tx))


def _documents(request: StoreRequest, members: list[StaffMember]) -> list[Change]:
    store = settings.Store(
        request.name, request.address, Currency(request.currency, request.decimals), request.time_zone,
        request.language, request.receipt_header, request.receipt_footer,
    )  # fmt: skip
    bodies = [(DocumentKind.SETTING, STORE_SETTING, settings.to_body(store))]
    for tax in request.taxes:
        body = taxes.to_body(taxes.Tax(tax.code, tax.name, tax.rate, tax.included))
        bodies.append((DocumentKind.TAX, tax.code, body))
    bodies.extend((DocumentKind.STAFF, member.staff_id, people.to_body(member)) for member in members)
    return [Change(kind, key, body, tuple(body)) for kind, key, body in bodies]
