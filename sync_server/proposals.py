"""What a till wishes for a shared document: set where nothing has changed since, otherwise left to the owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.event import Unreadable
from seraphine_pos.domain.feed import DocumentKind, merge
from seraphine_pos.domain.journal import Entry, canonical
from seraphine_pos.domain.staff import Right, Role
from sync_server import catalogue, feed, feedback
from sync_server.errors import Conflict
from sync_server.feed import Change, Stored
from sync_server.feedback import State
from sync_server.rights import staff
from sync_server.schema import conflicts
from sync_server.transaction import Transaction

NEEDED: Final[Mapping[str, Right]] = {
    DocumentKind.PRODUCT: Right.CREATE_PRODUCT,
    DocumentKind.STAFF: Right.STORE_SETTINGS,
    DocumentKind.SETTING: Right.STORE_SETTINGS,
    DocumentKind.TAX: Right.STORE_SETTINGS,
    DocumentKind.FLAG: Right.ALL_SALES,
    DocumentKind.FEEDBACK: Right.ALL_SALES,
}
SHAPES: Final[Mapping[str, Mapping[str, type]]] = {
    DocumentKind.STAFF: {"name": str, "role": str, "pin_hash": str, "active": bool},
    DocumentKind.FLAG: {"state": str},
    DocumentKind.FEEDBACK: {"state": str},
    DocumentKind.TAX: {"name": str, "rate": int, "included": bool},
    DocumentKind.SETTING: {
        "name": str, "address": str, "currency": str, "decimals": int, "time_zone": str, "language": str,
    },
}  # fmt: skip
KEY_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields that a person at a till wants a document to have, seen at revision ``rev``."""

    event_id: str
    kind: str
    key: str
    rev: int
    fields: Mapping[str, object]
    operator_id: str
    at_ms: int


def read(entry: Entry, body: Mapping[str, object]) -> Proposal:
    """Read the body of ``document.proposed``; raise Unreadable when nothing could come of it."""
    kind, key = cast("str", body["kind"]), cast("str", body["key"])
    if kind not in NEEDED:
        raise Unreadable(f"a till cannot propose a document of kind {kind!r:.40}")
    if not 0 < len(key) <= KEY_MAX:
        raise Unreadable("the key of the proposed document is empty or too long")
    fields = {**cast("dict[str, object]", body["fields"])}
    if isinstance(notes := fields.get("notes"), str):
        fields["notes"] = mask(notes)
    canonical(fields)
    return Proposal(
        entry.event_id, kind, key, cast("int", body["rev"]), fields, cast("str", body["operator_id"]), entry.at_ms
    )


def apply(tx: Transaction, proposal: Proposal, author: str) -> None:
    """Set what can be set, in a revision of its own, and keep the rest as conflicts for the owner.

    What the same till set since does not conflict: it showed its own proposals all along.
    """
    old = feed.find(tx.connection, tx.store_id, proposal.kind, [proposal.key])
    current = old.get(proposal.key)
    person = staff.operator(tx.connection, tx.store_id, proposal.operator_id)
    if person is None or not person.may(NEEDED[proposal.kind]):
        _set_aside(tx, proposal, proposal.fields, current, "the person may not change this")
        return
    body = current.body if current and not current.deleted else {}
    revs = {name: by.rev for name, by in current.fields.items() if by.who != author} if current else {}
    merged = merge(body, revs, proposal.fields, proposal.rev)
    if merged.conflicts:
        _set_aside(tx, proposal, merged.conflicts, current, "changed since the till saw it")
    if not merged.applied:
        return
    try:
        change = Change(proposal.kind, proposal.key, {**body, **merged.applied}, tuple(merged.applied))
        change = checked(tx, proposal, change)
    except Conflict as clash:
        _set_aside(tx, proposal, merged.applied, current, clash.message)
        return
    feed.publish(tx, [change], old, author=author)


def checked(tx: Transaction, proposal: Proposal, change: Change) -> Change:
    """Return what comes of a proposal, as it can be published; raise Conflict when no till could read it."""
    if proposal.kind == DocumentKind.PRODUCT:
        return catalogue.claim(tx, change, proposal.operator_id, proposal.at_ms)
    _check_shape(change)
    if proposal.kind == DocumentKind.FEEDBACK:
        feedback.settle(tx, change.key, change.body)
    if proposal.kind == DocumentKind.STAFF:
        staff.settle(tx, change)
    return change


def _check_shape(change: Change) -> None:
    """Raise Conflict unless a document has what every till reads from one of its kind."""
    for name, wanted in SHAPES.get(change.kind, {}).items():
        if type(change.body.get(name)) is not wanted:
            raise Conflict(f"{name} is missing or has the wrong type")
    if change.kind == DocumentKind.FEEDBACK and change.body["state"] not in set(State):
        raise Conflict("there is no such state")
    if change.kind == DocumentKind.STAFF and change.body["role"] not in set(Role):
        raise Conflict("there is no such role")


def _set_aside(
    tx: Transaction, proposal: Proposal, fields: Mapping[str, object], current: Stored | None, reason: str
) -> None:
    """Keep fields that were not set, each beside what stands in its place."""
    columns = tuple(column.name for column in conflicts.c)
    stands = current.body if current else {}
    rows = [
        (
            tx.store_id, proposal.event_id, name, proposal.kind, proposal.key, canonical(value),
            canonical(stands.get(name)), reason, proposal.operator_id, proposal.at_ms, None, None, None,
        )
        for name, value in fields.items()
    ]  # fmt: skip
    tx.database.insert_many(tx.connection, conflicts, columns, rows)
