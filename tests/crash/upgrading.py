"""A program one version of the tables ahead of today's, so that an upgrade can be broken off before there is one."""

from alembic.operations import Operations

from seraphine_pos.store import opening
from seraphine_pos.store.migrations import steps


def plant() -> None:
    """Make this process, forked for it, such a program: one more step, and it writes a good deal."""
    vars(steps).update(STEPS=(*steps.STEPS, _next_step))
    vars(opening).update(VERSION=opening.VERSION + 1)


def _next_step(operations: Operations) -> None:
    operations.execute("CREATE TABLE planted (position INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
    operations.execute("INSERT INTO planted SELECT position, body FROM entry")
    operations.execute("CREATE INDEX ix_planted ON planted (body)")
