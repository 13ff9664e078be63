"""What must hold after a healing: nothing lost, doubled or stuck, every copy equal, every figure to the cent."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from seraphine_pos.domain.event import Kind, Unreadable, check_body
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Entry, check, parse
from seraphine_pos.domain.rollup import TOTAL, Tally
from seraphine_pos.store import verify as till_verify
from sync_server import rebuild, verify
from tests.simulation.faults import Counts, Seen
from tests.simulation.plain import Book
from tests.simulation.server import SimulatedServer
from tests.simulation.till import TICKETS, SimulatedTill

_CELLS = "SELECT day, till_id, facet, key, label, sales, refunds, quantity, gross, refunded, tax FROM"
_ORDER = "ORDER BY day, till_id, facet, key"


def counted(entries: Iterable[Entry]) -> tuple[Tally, dict[str, Entry]]:
    """Fold the tickets that are told first and can be read; return the figures and the tickets."""
    tally, tickets = Tally(), dict[str, Entry]()
    for one in entries:
        if one.kind in TICKETS and one.event_id not in tickets:
            try:
                tally.add(one.kind, one.version, parse(one.body))
            except (Unreadable, ValueError):
                continue
            tickets[one.event_id] = one
    return tally, tickets


def chains(entries: Iterable[Entry]) -> None:
    """Check that each journal follows from its first entry, given in the order of each."""
    heads: dict[str, tuple[int, bytes]] = {}
    for one in entries:
        seq, digest = heads.get(one.journal_id, (0, FIRST_HASH))
        try:
            check(one, seq + 1, digest)
        except Damaged as damage:
            raise AssertionError(f"journal {one.journal_id}: {damage}") from damage
        heads[one.journal_id] = (one.seq, one.hash)


def numbers(tickets: Iterable[Entry]) -> dict[str, Counter[int]]:
    """Return how often each receipt number stands, by the tag of its journal; a gap is an error."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for one in tickets:
        body = json.loads(one.body)
        tag = body["receipt"].split("-")[1]
        found[tag][body["number"]] += 1
    for tag, used in found.items():
        assert sorted(used) == list(range(1, len(used) + 1)), f"receipt numbers of {tag} have a gap: {sorted(used)}"
    return found


def prove_till(
    till: SimulatedTill, book: Book, feed: tuple[str, dict[tuple[str, str], tuple[int, object]]], *, may_repeat: bool
) -> None:
    """Check one till: its promises, chains, numbers, ledger, money, mirror and wishes.

    Of two tills with one identity each keeps its own branch of numbers; who is recovered after them has both, and so
    has who is given the other one's backup.
    """
    till.check_promises()
    for journal_id in till.journals():
        chains(till.chain(journal_id))
    entries = till.entries()
    tally, tickets = counted(entries)
    used = numbers(tickets.values())
    has_both = may_repeat and till.opened_for("recover", "restore")
    once = all(set(one.values()) <= {1} for one in used.values())
    assert once or has_both, "a receipt number is used twice on a till"
    prove_ledger(till, tickets)
    till.store.ledger.fold_figures()
    cells = till.rows(f"{_CELLS} cell {_ORDER}")
    assert cells == [tuple(one) for one in tally.deltas()], "the till's figures are not the fold of its journal"
    assert totals(cells) == book.by_day(tickets), "the till's money differs from the plain count"
    assert not till.store.ledger.proposals(), "a wish is stuck"
    mirror = {
        (str(kind), one.key): (one.rev, dict(one.body)) for kind in DocumentKind for one in till.store.mirror.all(kind)
    }
    assert mirror == feed[1], "a mirror differs from the feed"


def prove_ledger(till: SimulatedTill, tickets: dict[str, Entry]) -> None:
    """Check the ledger's tickets and what was given back against the journal's entries, one by one."""
    kept = till.rows("SELECT event_id, journal_id, seq, refund, receipt, number, total FROM ticket ORDER BY event_id")
    told, given = [], []
    for event_id, one in sorted(tickets.items()):
        body, refund = json.loads(one.body), one.kind == Kind.SALE_REFUNDED
        place = (event_id, one.journal_id, one.seq)
        told.append((*place, int(refund), body["receipt"], body["number"], body["total"]))
        given += [
            (event_id, line["no"], line["of"]["event_id"], line["of"]["no"], line["quantity"], line["amount"])
            for line in body["lines"]
            if refund and line["of"] is not None
        ]
    assert kept == told, "the till's tickets are not those of its journal"
    rows = till.rows("SELECT event_id, no, of_event_id, of_no, quantity, amount FROM given_back ORDER BY event_id, no")
    assert rows == sorted(given), "what was given back is not what the journal says"
    shifts = {one["shift_id"] for one in till.bodies(Kind.SHIFT_OPENED)}
    assert {row[0] for row in till.rows("SELECT shift_id FROM shift")} == shifts, "a shift is not in the journal"


def totals(cells: Iterable[tuple[object, ...]]) -> dict[tuple[object, object], tuple[object, ...]]:
    """Return the figures of each day and till."""
    return {(cell[0], cell[1]): cell[5:] for cell in cells if cell[2] == TOTAL}


def prove_server(server: SimulatedServer, book: Book, counts: Counts, *, may_repeat: bool) -> None:
    """Check the server: chains, every ticket once, figures equal to a fold and to the plain count, poison aside."""
    entries = server.entries()
    chains(entries)
    tally, tickets = counted(entries)
    strangers = tickets.keys() - book.rung.keys()
    assert not strangers, f"the server counts what nobody rang: {strangers}"
    sales = server.rows("SELECT event_id, total, tax FROM sales ORDER BY event_id")
    plain = [(one.event_id, one.total, one.tax) for one in (book.rung[event_id] for event_id in sorted(tickets))]
    assert sales == plain, "the server's sales differ from the plain count"
    cells = server.rows(f"{_CELLS} rollups {_ORDER}")
    assert cells == [tuple(one) for one in tally.deltas()], "the rollups are not the fold of the journals"
    assert totals(cells) == book.by_day(tickets), "the server's money differs from the plain count"
    for used in numbers(tickets.values()).values():
        twice = sum(count > 1 for count in used.values())
        assert may_repeat or not twice, "a receipt number is used twice"
        counts[Seen.NUMBER_TWICE] += twice
    events = {one.event_id for one in entries}
    counts[Seen.TOLD_AGAIN] += len(entries) - len(events)
    assert events == server.events(), "an event was taken in and is not known, or the other way round"
    aside = {row[0] for row in server.rows("SELECT event_id FROM quarantine")}
    assert aside == book.poison & events, "quarantine does not hold the poison and nothing else"
    counts[Seen.QUARANTINED] += len(aside)


def prove_by_the_product(server: SimulatedServer, tills: Iterable[SimulatedTill], *, may_repeat: bool) -> None:
    """Ask the product's own checks, and let the server rebuild what it has folded."""
    before = server.rows(f"{_CELLS} rollups {_ORDER}")
    with server.whole.write(server.whole.only_store(), "rebuild") as tx:
        rebuild.rebuild(tx)
    assert server.rows(f"{_CELLS} rollups {_ORDER}") == before, "a rebuild comes to other figures"
    with server.database.read() as connection:
        verdict = verify.verify(connection, server.whole.only_store())
    assert verdict.problems == [], verdict.problems
    for till in tills:
        differs = list(till_verify.against(till.store, server.device(till.key)))
        # Of two tills with one identity the other one may have been ahead since this one last asked.
        assert all(may_repeat and "missing here" in one for one in differs), differs
        wrong = [*till_verify.chain(till.store), *till_verify.ledger(till.store)]
        assert all("entry" in one for one in wrong), wrong
        unread = sum(not readable(one) for one in till.entries() if one.kind in TICKETS)
        assert len(wrong) >= unread, wrong


def readable(one: Entry) -> bool:
    """Whether an entry's body has the shape of its kind."""
    try:
        check_body(one.kind, one.version, parse(one.body))
    except (Unreadable, ValueError):
        return False
    return True
