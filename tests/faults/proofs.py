"""Whether tills and server hold the same, once all is quiet: every entry, every ticket, every cent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

from seraphine_pos.domain.protocol import HASHES_MAX
from seraphine_pos.domain.report import ReportData, ReportQuery, condense
from seraphine_pos.shop import Shop
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.sync.client import HttpServer
from tests.faults.premises import Premises

PAGE: Final = 500


def faults(premises: Premises, server: HttpServer, told: Sequence[tuple[Shop, Mapping[str, int]]]) -> Iterator[str]:
    """Yield what is wrong; ``told`` is, for each till, the totals of the tickets it had said were done."""
    for shop, totals in told:
        label = shop.settings.till_label
        found = chain(_journal(shop, server), _tickets(shop, totals), shop.verify())
        yield from (f"till {label}: {problem}" for problem in found)
    before = server.report(_these_days())
    yield from _money(before, [shop for shop, _ in told])
    try:
        premises.told("verify")
        premises.told("rebuild")
    except AssertionError as problem:
        yield str(problem)
    if server.report(_these_days()) != before:
        yield "the server's report is another after a rebuild"


def entries(server: HttpServer, journal_id: str) -> dict[int, bytes]:
    """Return the hashes of all entries that the server holds of a journal, as their own bytes."""
    held: dict[int, bytes] = {}
    while page := server.entries(journal_id, max(held, default=0)):
        held.update((entry.seq, entry.hash) for entry in page)
    return held


def _journal(shop: Shop, server: HttpServer) -> Iterator[str]:
    journal = shop.stored.journal
    if len(journal.journals()) != 1:
        yield f"{len(journal.journals())} journals, though nothing was put back or cloned"
    for journal_id in journal.journals():
        seqs = range(1, journal.state(journal_id).seq + 1)
        ours: dict[int, bytes] = {}
        for start in range(0, len(seqs), HASHES_MAX):
            ours.update(journal.hashes(seqs[start : start + HASHES_MAX], journal_id))
        theirs = entries(server, journal_id)
        if wrong := sorted(seq for seq in ours.keys() | theirs.keys() if ours.get(seq) != theirs.get(seq)):
            yield f"{len(wrong)} entries differ from the server's or are on one side only, the first is {wrong[0]}"


def _tickets(shop: Shop, totals: Mapping[str, int]) -> Iterator[str]:
    ledger = shop.stored.ledger
    for event_id, total in totals.items():
        ticket = ledger.ticket_of(event_id)
        if ticket is None or ticket.total != total:
            yield f"ticket {event_id} over {total} was said to be done and is {ticket and ticket.total}"
    numbers = sorted(int(receipt.rpartition("-")[2]) for receipt in _receipts(shop))
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"receipt numbers have gaps or repeat: {len(numbers)} tickets up to {max(numbers)}"


def _receipts(shop: Shop) -> Iterator[str]:
    before: int | None = None
    while rows := shop.stored.ledger.tickets(TicketFilter(), before=before, limit=PAGE):
        yield from (row.receipt for row in rows)
        before = rows[-1].position


def _money(everywhere: ReportData, shops: Sequence[Shop]) -> Iterator[str]:
    """Hold the store's figures, cell by cell, against the tills' own together."""
    own = condense(chain.from_iterable(shop.stored.ledger.report(_these_days()).cells for shop in shops))
    if everywhere.not_included:
        yield f"{everywhere.not_included} entries are in quarantine"
    wrong = set(everywhere.cells) ^ set(own)
    yield from (f"figures of {cell[:4]} differ between the server and the tills" for cell in sorted(wrong)[:3])


def _these_days() -> ReportQuery:
    today = datetime.now(UTC).date()
    return ReportQuery((today - timedelta(days=3)).isoformat(), (today + timedelta(days=1)).isoformat())
