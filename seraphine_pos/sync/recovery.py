"""Fetching back what the server holds of this till: journal after journal, from where the last attempt stopped.

Knows no network and no thread.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seraphine_pos.domain.journal import Damaged
from seraphine_pos.domain.protocol import Head, Server
from seraphine_pos.domain.refusal import AnswerNotOurs, RecoveryRefused
from seraphine_pos.store import recovery
from seraphine_pos.store.database import Database
from seraphine_pos.store.recovery import Whose

Told = Callable[[int, int], None]
HALF: Final = "le journal s’arrête avant sa fin"


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many entries came back and how many there are, and the last head, where the server holds any journal."""

    entries: int
    whole: int
    last: Head | None


def fetch(database: Database, server: Server, whose: Whose, told: Told, *, but: str = "") -> Fetched:
    """Fetch all journals of this till but one; raise RecoveryRefused where what comes does not verify.

    ``told`` hears how many entries are here of how many.
    """
    heads = [head for head in server.journals() if head.journal_id != but and head.seq]
    here = {head.journal_id: recovery.reached(database, head.journal_id)[0] for head in heads}
    before, whole = sum(here.values()), sum(head.seq for head in heads)
    for head in heads:
        while here[head.journal_id] < head.seq:
            told(sum(here.values()), whole)
            here[head.journal_id] = _next(database, server, whose, head)
    told(whole, whole)
    return Fetched(sum(here.values()) - before, whole, heads[-1] if heads else None)


def _next(database: Database, server: Server, whose: Whose, head: Head) -> int:
    """Fetch the next entries of a journal; return the place reached."""
    after, _ = recovery.reached(database, head.journal_id)
    found = server.entries(head.journal_id, after)
    if not found:
        raise AnswerNotOurs(reason=HALF)
    if any(one.seq == head.seq and one.hash != head.hash for one in found):
        raise RecoveryRefused(reason=f"journal {head.journal_id}")
    try:
        return recovery.take(database, whose, head.journal_id, found, head.durable)
    except (Damaged, ValueError) as problem:
        raise RecoveryRefused(reason=str(problem)) from problem
