"""A till's proofs of its days: the fold of its journals, whoever asks, and the same after a journal parted ways."""

from seraphine_pos.domain.journal import parse
from seraphine_pos.domain.proof import Proof, Shares, mark_of
from seraphine_pos.store import entries, verify
from seraphine_pos.store.till import TillStore
from tests.store.folder import DAY, Folder, give_back, sell

NEXT_DAY = "2026-03-15"


def told(store: TillStore) -> list[Proof]:
    """Return the proofs of all entries, each event counted once."""
    shares, seen = Shares(), set[str]()
    with store.database.read() as connection:
        for sealed in entries.every(connection):
            if sealed.event_id not in seen:
                seen.add(sealed.event_id)
                shares.add(sealed, parse(sealed.body))
    return [share.proof() for share in shares.rows()]


def two_days(store: TillStore) -> None:
    sold = [sell(store, no) for no in (1, 2, 3)]
    sell(store, 1, day=NEXT_DAY)
    give_back(store, sold[1], day=NEXT_DAY)


def test_a_day_is_proved_by_its_number_its_sum_and_its_tickets(folder: Folder) -> None:
    store = folder.open()
    two_days(store)
    first, second = store.ledger.proofs()
    assert (first.day, first.till_id, first.tickets, first.net) == (DAY, "till-1", 3, 3750)
    assert (second.day, second.tickets, second.net) == (NEXT_DAY, 2, 0)
    assert [first, second] == told(store)
    assert store.ledger.proofs(NEXT_DAY, NEXT_DAY) == [second]
    sell(store, 2)
    assert store.ledger.proofs() == told(store)


def test_who_may_only_read_sees_the_tickets_that_nobody_has_folded(folder: Folder) -> None:
    store = folder.open()
    sell(store)
    assert store.ledger.proofs() == told(store)
    sell(store, 2)
    assert folder.open(readonly=True).ledger.proofs() == told(store)


def test_proofs_are_the_same_when_they_are_folded_again(folder: Folder) -> None:
    store = folder.open()
    two_days(store)
    before = store.ledger.proofs()
    store.ledger.rebuild()
    assert store.ledger.proofs() == before
    assert store.ledger.left_out() == 0


def test_a_journal_that_parted_ways_leaves_no_trace(folder: Folder) -> None:
    store = folder.open()
    two_days(store)
    before = store.ledger.proofs()
    store.journal.rotate_after(2, "fork")
    assert store.ledger.proofs() == before
    store.ledger.rebuild()
    assert store.ledger.proofs() == before == told(store)


def test_a_day_s_tickets_say_which_of_them_wait(folder: Folder) -> None:
    store = folder.open()
    sold = [sell(store, no) for no in (1, 2)]
    sell(store, day=NEXT_DAY)
    store.journal.acknowledge(2, 0)
    found = store.ledger.day_tickets(DAY)
    assert {one[0]: (one[1], one[3]) for one in found} == {
        sold[0].event_id: (sold[0].where.receipt, False),
        sold[1].event_id: (sold[1].where.receipt, True),
    }
    (entry,) = [one for one in store.journal.unsent(9, 1 << 20) if one.event_id == sold[1].event_id]
    assert [one[2] for one in found if one[0] == entry.event_id] == [mark_of(entry.kind, entry.event_id, entry.digest)]
    assert store.ledger.own_till() == ("till-1", "A1")


def test_verify_names_a_day_whose_proof_was_changed(folder: Folder) -> None:
    store = folder.open()
    two_days(store)
    store.ledger.fold_figures()
    assert list(verify.ledger(store)) == []
    with store.database.write() as connection:
        connection.execute("UPDATE proof SET p7 = p7 + 1 WHERE day = ?", (NEXT_DAY,))
    (wrong,) = verify.ledger(store)
    assert wrong.startswith(f"proof {NEXT_DAY}: stored ")
    store.ledger.rebuild()
    assert list(verify.ledger(store)) == []
