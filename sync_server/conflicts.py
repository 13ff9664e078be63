"""Proposed fields that were not set: the owner takes what was proposed, or keeps what stands."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from sqlalchemy import Connection, RowMapping, and_, select, update

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.staff import Role
from sync_server import audit, feed, proposals
from sync_server.errors import Conflict, Missing
from sync_server.feed import Change, Stored
from sync_server.paging import Order, Page
from sync_server.proposals import Proposal
from sync_server.rights import sessions, staff
from sync_server.schema import conflicts
from sync_server.transaction import Transaction

TAKE: Final = "take"
KEEP: Final = "keep"
LISTED_MAX: Final = 500
COLUMNS: Final = tuple(column.name for column in conflicts.c if column.name != "store_id")
# Nobody has to see these to decide about them.
SECRET: Final = frozenset({"pin_hash"})

Resolution = Literal["take", "keep"]


def listed(
    connection: Connection, store_id: str, *, decided: bool = False, after: str = "", rows_max: int = LISTED_MAX
) -> Page:
    """Return the next fields that wait for the owner, or those that were decided, newest first.

    ``proposed``, ``current`` (what stood there then) and ``stands`` (what does now) are values; secrets are null.
    """
    is_decided = conflicts.c.resolved_at_ms.is_not(None) if decided else conflicts.c.resolved_at_ms.is_(None)
    statement = select(*[conflicts.c[name] for name in COLUMNS]).where(conflicts.c.store_id == store_id, is_decided)
    columns = (conflicts.c.at_ms, conflicts.c.event_id, conflicts.c.field)
    order = Order(columns, (int, str, str), falling=True)
    page = order.page(connection, statement, after, rows_max)
    stands = _documents(connection, store_id, page)
    return Page([_told(row, stands.get((row["kind"], row["key"]))) for row in page.rows], page.after)


def kind_of(connection: Connection, store_id: str, event_id: str, field: str) -> str:
    """Return the kind of document that a field in conflict belongs to; raise Missing."""
    return cast("str", _find(connection, store_id, event_id, field)["kind"])


def resolve(tx: Transaction, event_id: str, field: str, resolution: Resolution, who: str) -> dict[str, object]:
    """Set the proposed value in a new revision, or leave what stands, and close the conflict; return it.

    Raises Missing for no such conflict, Conflict when it was decided before or the value cannot be set any more.
    """
    found = _find(tx.connection, tx.store_id, event_id, field)
    closed = tx.connection.execute(
        update(conflicts)
        .where(*_of(tx.store_id, event_id, field), conflicts.c.resolved_at_ms.is_(None))
        .values(resolved_at_ms=tx.now_ms, resolved_by=who, resolution=resolution)
    )
    if closed.rowcount != 1:
        raise Conflict("this was decided before", resolution=found["resolution"], resolved_by=found["resolved_by"])
    if resolution == TAKE:
        _take(tx, found, who)
    audit.note(
        tx, "conflict-resolve",
        {"event_id": event_id, "field": field, "kind": found["kind"], "key": found["key"], "resolution": resolution},
    )  # fmt: skip
    row = _find(tx.connection, tx.store_id, event_id, field)
    old = feed.find(tx.connection, tx.store_id, row["kind"], [row["key"]]).get(row["key"])
    return _told(row, old)


def _take(tx: Transaction, found: RowMapping, who: str) -> None:
    """Publish the proposed value in the document as it stands now."""
    kind, key, field = found["kind"], found["key"], found["field"]
    value = json.loads(found["proposed"])
    old = feed.find(tx.connection, tx.store_id, kind, [key])
    current = old.get(key)
    body = current.body if current and not current.deleted else {}
    if canonical(body.get(field)) == canonical(value):
        return
    if kind == DocumentKind.STAFF:
        _keep_an_owner(tx, key, field, value)
    proposal = Proposal(found["event_id"], kind, key, 0, {field: value}, who, tx.now_ms)
    change = proposals.checked(tx, proposal, Change(kind, key, {**body, field: value}, (field,)))
    feed.publish(tx, [change], old, author=who)
    if kind == DocumentKind.STAFF and field in sessions.DECISIVE:
        sessions.end_of_person(tx, key)


def _keep_an_owner(tx: Transaction, staff_id: str, field: str, value: object) -> None:
    """Raise Conflict when nobody could manage the store after a change."""
    if (field, value) in {("active", True), ("role", Role.OWNER.value)} or field not in {"active", "role"}:
        return
    members = staff.members(tx.connection, tx.store_id)
    if {one.staff_id for one in members if one.active and one.role is Role.OWNER} == {staff_id}:
        raise Conflict("this is the last owner; add another one first")


def _of(store_id: str, event_id: str, field: str) -> tuple[Any, ...]:
    return (conflicts.c.store_id == store_id, conflicts.c.event_id == event_id, conflicts.c.field == field)


def _find(connection: Connection, store_id: str, event_id: str, field: str) -> RowMapping:
    wanted = select(*[conflicts.c[name] for name in COLUMNS]).where(and_(*_of(store_id, event_id, field)))
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise Missing("there is no such conflict")
    return row


def _documents(connection: Connection, store_id: str, page: Page) -> dict[tuple[str, str], Stored]:
    keys: dict[str, list[str]] = {}
    for row in page.rows:
        keys.setdefault(row["kind"], []).append(row["key"])
    return {
        (kind, key): stored
        for kind, wanted in keys.items()
        for key, stored in feed.find(connection, store_id, kind, wanted).items()
    }


def _told(row: Mapping[Any, Any], document: Stored | None) -> dict[str, object]:
    """Return a conflict as the owner reads it."""
    field = row["field"]
    values = {name: json.loads(row[name]) for name in ("proposed", "current")}
    values["stands"] = document.body.get(field) if document else None
    if row["kind"] == DocumentKind.STAFF and field in SECRET:
        values = dict.fromkeys(values)
    return {**row, **values}
