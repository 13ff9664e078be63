"""The ledger: what it keeps is what the journal says, and its figures are the tickets' own sum."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain import journal as form
from seraphine_pos.domain import rollup
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Draft
from seraphine_pos.domain.quarantine import Nature
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.report import THIS_TILL, ReportQuery
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.domain.shift import Shift, closed_body, opened_body
from seraphine_pos.store import verify
from seraphine_pos.store.figures import FOLD_BATCH
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.store.till import TillStore
from tests.domain import examples
from tests.store.folder import DAY, Folder, complete, give_back, page_of, sell
from tests.store.test_mirror import wish

QUERY = ReportQuery("2026-03-13", "2026-03-15")


def cells(store: TillStore) -> list[Delta]:
    store.ledger.fold_figures()
    with store.database.read() as connection:
        return store.ledger.cells(connection)


def folded_journal(store: TillStore) -> list[Delta]:
    """Fold the journal's entries, by nothing of the ledger."""
    entries = store.journal.unsent(100_000, 1 << 40)
    return rollup.gather(
        delta for entry in entries for delta in rollup.fold(entry.kind, entry.version, form.parse(entry.body))
    )


def test_a_ticket_is_found_by_its_receipt_and_its_event(store: TillStore) -> None:
    sold = sell(store, note="midi")
    assert store.ledger.ticket(sold.where.receipt) == sold
    assert store.ledger.ticket_of(sold.event_id) == sold
    assert store.ledger.has(sold.event_id)
    assert not store.ledger.has("nothing")
    assert store.ledger.ticket_of("nothing") is None


@pytest.mark.parametrize(
    "receipt",
    ["", "A1", "A1-7QK", "A1-7QK-", "--", "A1-7QK-x", "A1-7QK-000002", "000001", "A1-???-000001", "A1-7QK-" + "9" * 30,
     "A1-7QK-" + "9" * 10_000, "A1-7QK-²", "'; DROP TABLE ticket; --"],
)  # fmt: skip
def test_no_other_text_is_a_receipt(store: TillStore, receipt: str) -> None:
    sell(store)
    assert store.ledger.ticket(receipt) is None


def test_a_receipt_of_another_till_with_the_same_number_is_not_ours(store: TillStore) -> None:
    sold = sell(store)
    assert store.ledger.ticket(sold.where.receipt.replace("A1-", "A2-")) is None


def test_what_was_given_back_adds_up_by_line(store: TillStore) -> None:
    sold = sell(store)
    assert store.ledger.given(sold.event_id) == {}
    back = give_back(store, sold)
    assert store.ledger.given(sold.event_id) == {1: Given(1000, sold.total, sold.tax)}
    assert store.ledger.ticket(back.where.receipt) == back
    assert back.refund


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(["2026-03-13", "2026-03-14"]), st.booleans(), st.booleans()),
        max_size=10,
    )
)
def test_figures_of_the_ledger_are_those_of_the_journal_and_of_the_tickets(
    tmp_path_factory: pytest.TempPathFactory, some: list[tuple[int, str, bool, bool]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("till") / "till")
    store = folder.open()
    by_day: Counter[tuple[str, str]] = Counter()
    for no, day, refunded, asked in some:
        sold = sell(store, no, day=day)
        by_day[day, "gross"] += sold.total
        by_day[day, "tax"] += sold.tax
        if refunded:
            back = give_back(store, sold, day="2026-03-14")
            by_day["2026-03-14", "refunded"] += back.total
            by_day["2026-03-14", "tax"] -= back.tax
        if asked:
            store.ledger.report(QUERY)
    kept = cells(store)
    assert kept == folded_journal(store)
    totals = [cell for cell in kept if cell.facet == rollup.TOTAL]
    figures = {(cell.day, name): getattr(cell, name) for cell in totals for name in ("gross", "refunded", "tax")}
    assert {key: value for key, value in figures.items() if value} == {k: v for k, v in by_day.items() if v}
    store.ledger.rebuild()
    assert cells(store) == kept
    folder.close()


def test_a_report_is_of_this_till_and_says_so(store: TillStore, folder: Folder) -> None:
    sell(store, day="2026-03-11")
    sold = sell(store)
    data = store.ledger.report(QUERY)
    assert (data.source, data.not_included) == (THIS_TILL, 0)
    (state,) = data.tills
    assert (state.till_id, state.label, state.through_ms, state.waiting) == ("till-1", "A1", folder.clock.now_ms(), 3)
    assert {cell.day: cell.gross for cell in data.cells if cell.facet == rollup.TOTAL} == {DAY: sold.total}
    assert {cell.day: cell.gross for cell in data.previous if cell.facet == rollup.TOTAL} == {"2026-03-11": 1250}


def test_a_report_can_ask_for_one_till(store: TillStore) -> None:
    sell(store)
    assert store.ledger.report(replace(QUERY, till_id="till-2")).cells == ()
    assert store.ledger.report(replace(QUERY, till_id="till-1")).cells != ()


def test_figures_are_folded_in_batches_once(store: TillStore) -> None:
    count = FOLD_BATCH + 3
    with store.journal.action() as action:
        for no in range(count):
            complete(action, replace(examples.cart_of((examples.product(1), 1000)), cart_id=f"cart-{no}"))
    assert store.ledger.fold_batch()
    assert not store.ledger.fold_batch()
    assert not store.ledger.fold_batch()
    (total,) = [cell for cell in cells(store) if cell.facet == rollup.TOTAL]
    assert (total.sales, total.gross) == (count, count * 1250)


def test_who_only_reads_counts_the_newest_tickets_in_passing(store: TillStore, folder: Folder) -> None:
    sell(store, day="2026-03-11")
    store.ledger.fold_figures()
    sold = sell(store)
    reader = folder.open(readonly=True)
    data = reader.ledger.report(QUERY)
    assert {cell.day: cell.gross for cell in data.cells if cell.facet == rollup.TOTAL} == {DAY: sold.total}
    assert data == store.ledger.report(QUERY)


# The sales log


def test_the_log_pages_from_the_newest(store: TillStore) -> None:
    receipts = [sell(store, no).where.receipt for no in range(5)]
    first = store.ledger.tickets(TicketFilter(), limit=2)
    then = store.ledger.tickets(TicketFilter(), before=first[-1].position, limit=10)
    assert [row.receipt for row in first + then] == receipts[::-1]


def test_the_log_is_filtered_by_each_of_its_words(store: TillStore) -> None:
    early = sell(store, 1, day="2026-03-10")
    late = sell(store, 2)
    back = give_back(store, late)

    def found(**wanted: object) -> list[str]:
        return [row.receipt for row in store.ledger.tickets(TicketFilter(**wanted))]  # type: ignore[arg-type]

    receipts = [ticket.where.receipt for ticket in (back, late, early)]
    assert found() == receipts
    assert found(start=DAY) == receipts[:2]
    assert found(end="2026-03-13") == receipts[2:]
    assert found(operator_id="amina") == receipts
    assert found(operator_id="omar") == []
    assert found(shift_id="shift-1") == receipts
    assert found(shift_id="shift-2") == []
    assert found(method="cash") == receipts
    assert found(method="card") == []
    assert found(receipt="000002") == [late.where.receipt]
    assert found(receipt="%") == []


def test_a_row_says_what_the_ticket_says_and_whether_it_was_sent(store: TillStore) -> None:
    sold = sell(store)
    (row,) = store.ledger.tickets(TicketFilter())
    assert (row.event_id, row.refund, row.lines, row.total, row.cash, row.card, row.other) == (
        sold.event_id, False, 1, 1250, 1250, 0, 0,
    )  # fmt: skip
    assert not row.sent
    store.journal.acknowledge(2, 0)
    assert store.ledger.tickets(TicketFilter())[0].sent


# Shifts


def test_the_open_shift_is_the_one_that_was_not_closed(store: TillStore, folder: Folder) -> None:
    assert store.ledger.open_shift("till-1") is None
    shift = Shift("shift-1", "till-1", DAY, "amina", folder.clock.now_ms())
    with store.journal.action() as action:
        action.record(Kind.SHIFT_OPENED, opened_body(shift))
    assert store.ledger.open_shift("till-1") == shift
    assert store.ledger.open_shift("till-2") is None
    with store.journal.action() as action:
        action.record(Kind.SHIFT_CLOSED, closed_body(shift, "omar", "day"))
    assert store.ledger.open_shift("till-1") is None


# Rebuilding and proving


def busy(store: TillStore) -> None:
    """Do one of everything that leaves rows."""
    sold = sell(store, note="midi")
    give_back(store, sold)
    shift = Shift("shift-1", "till-1", DAY, "amina", 5)
    with store.journal.action() as action:
        action.record(Kind.SHIFT_OPENED, opened_body(shift))
        action.record(Kind.SHIFT_CLOSED, closed_body(shift, "omar", "day"))
    wish(store, "A-1", {"name": "Pain", "price": 150, "tax_code": "TVA20"})
    store.ledger.report(QUERY)
    sell(store)


def everything(store: TillStore) -> list[object]:
    with store.database.read() as connection:
        names = ("ticket", "given_back", "shift", "proposal", "cell")
        return [connection.execute(f"SELECT * FROM {name}").fetchall() for name in names]


def test_rows_rebuilt_are_the_rows_kept(store: TillStore) -> None:
    busy(store)
    store.ledger.fold_figures()
    before = everything(store)
    assert store.ledger.rebuild() == 7
    assert everything(store) == before


def test_a_sound_till_is_proved_sound(store: TillStore) -> None:
    busy(store)
    store.journal.rotate_after(3, "fork")
    sell(store)
    assert list(verify.chain(store)) == []
    assert list(verify.ledger(store)) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ticket SET total = total + 1 WHERE refund = 0",
        "DELETE FROM ticket WHERE refund = 1",
        "UPDATE given_back SET quantity = 0",
        "DELETE FROM shift",
        "DELETE FROM proposal",
        "UPDATE cell SET gross = gross + 1 WHERE facet = 'product'",
        "DELETE FROM cell WHERE facet = 'hour'",
        "INSERT INTO cell SELECT '2020-01-01', till_id, facet, key, label, 1, 0, 0, 5, 0, 0 FROM cell LIMIT 1",
    ],
)
def test_a_changed_row_is_found_and_mended(store: TillStore, damage: str) -> None:
    busy(store)
    with store.database.write() as connection:
        connection.execute(damage)
    assert list(verify.ledger(store))
    store.ledger.rebuild()
    assert list(verify.ledger(store)) == []


def test_a_changed_entry_is_found(store: TillStore) -> None:
    busy(store)
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute("UPDATE entry SET text = 'soir' WHERE text = 'midi'")
    (fault,) = verify.chain(store)
    assert "words" in fault


def test_a_damaged_body_is_named_left_out_and_blocks_nothing(store: TillStore) -> None:
    damaged, sold = sell(store), sell(store)
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute(
            """UPDATE entry SET body = replace(body, '"total":', '"total":9') WHERE event_id = ?""", (damaged.event_id,)
        )
    assert any("was changed" in fault for fault in verify.chain(store))
    assert any("was changed" in fault for fault in verify.ledger(store))
    assert store.ledger.report(QUERY).not_included == 1
    aside: list[str] = []
    store.ledger.rebuild(aside)
    assert len(aside) == 1
    assert "was changed" in aside[0]
    data = store.ledger.report(QUERY)
    assert data.not_included == 1
    assert [cell.gross for cell in data.cells if cell.facet == rollup.TOTAL] == [sold.total]


def test_what_reports_leave_out_is_listed_with_what_can_be_read_of_it(store: TillStore) -> None:
    damaged, _ = sell(store), sell(store)
    assert store.ledger.set_aside() == []
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute("UPDATE entry SET at_ms = at_ms + 1 WHERE event_id = ?", (damaged.event_id,))
    for again in (lambda: None, store.ledger.rebuild):
        again()
        assert store.ledger.report(QUERY).not_included == 1
        [one] = store.ledger.set_aside()
        assert (one.nature, one.till, one.receipt, one.total) == (
            Nature.DAMAGED, store.journal.till_label, damaged.where.receipt, damaged.total,
        )  # fmt: skip
        assert "was changed" in one.reason


def test_an_entry_of_a_kind_that_nobody_knows_here_may_be_a_ticket(store: TillStore) -> None:
    """As on a till that was recovered by an older program than the one that sold."""
    sell(store)
    with store.journal.action() as action:
        action.record(Kind.DRAWER_OPENED, {"reason": "monnaie"})
    for kind in ("sale.dreamt", Kind.STAFF_SIGNED_IN):
        rewrite_newest(store, kind)
        store.ledger.rebuild()
        listed = store.ledger.set_aside()
        assert len(listed) == store.ledger.report(QUERY).not_included == (kind == "sale.dreamt")
        assert [one.nature for one in listed] in ([], [Nature.NEWER])


def rewrite_newest(store: TillStore, kind: str) -> None:
    """Seal the newest entry anew as one of another kind."""
    newest = store.journal.unsent(1000, 1 << 30)[-1]
    draft = form.Draft(newest.event_id, kind, 1, newest.at_ms, newest.salt, newest.body)
    sealed = form.seal(newest.journal_id, newest.seq, newest.prev_hash, draft)
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER IF EXISTS entry_is_only_blanked")
        connection.execute("UPDATE entry SET kind = ?, hash = ? WHERE seq = ?", (kind, sealed.hash, newest.seq))


def test_wishes_that_were_granted_stay_forgotten_after_a_rebuild(store: TillStore) -> None:
    seq = wish(store, "A-1", {"name": "Pain", "price": 150, "tax_code": "TVA20"})
    store.mirror.apply(page_of(applied_seq=seq), store.journal.state().journal_id)
    store.ledger.rebuild()
    assert store.ledger.proposals() == []


def test_a_number_that_was_given_twice_counts_twice_when_it_is_folded_again(folder: Folder) -> None:
    """Two pasts of one till stand in one ledger after a recovery; neither ticket hides the other."""
    store = folder.open()
    first = sell(store, 1)
    with store.journal.action() as action:
        body = form.parse(next(one for one in store.journal.unsent(9, 1 << 20) if one.event_id == first.event_id).body)
        action.append(Draft(action.new_id(), Kind.SALE_COMPLETED, 1, action.at_ms, b"s", form.canonical(body)))
    assert len(store.ledger.tickets(TicketFilter())) == 1
    store.ledger.rebuild()
    rows = store.ledger.tickets(TicketFilter())
    assert [row.receipt for row in rows] == [first.where.receipt] * 2
    assert sum(row.total for row in rows) == 2 * first.total
    assert store.ledger.ticket(first.where.receipt) == first
    assert not list(verify.ledger(store))
