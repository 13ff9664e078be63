"""The trail of what was done to the store from outside its journals: enrolments, imports, secrets."""

from collections.abc import Mapping

from sqlalchemy import insert

from seraphine_pos.domain.journal import canonical
from sync_server.schema import audit
from sync_server.transaction import Transaction


def note(tx: Transaction, action: str, detail: Mapping[str, object]) -> None:
    """Add a row that says who did what, in the transaction that did it."""
    tx.connection.execute(
        insert(audit).values(
            store_id=tx.store_id,
            audit_id=tx.new_id(),
            at_ms=tx.now_ms,
            actor=tx.actor,
            action=action,
            detail=canonical(dict(detail)),
        )
    )
