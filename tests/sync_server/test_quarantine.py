"""What cannot be applied is kept, counted and shown, blocks nothing, and counts once a program can read it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seraphine_pos.domain.event import SHAPES, Kind
from seraphine_pos.domain.journal import Draft, Entry, canonical, text_digest
from seraphine_pos.domain.quarantine import Nature, SetAside, from_wire, nature_of, to_wire
from seraphine_pos.domain.rollup import Delta, Tally
from sync_server import intake, quarantine
from sync_server.quarantine import LISTED_MAX
from sync_server.rebuild import RETRY_ENTRIES_MAX, Rebuilt, Retried, rebuild, retry
from sync_server.rollups import cells
from sync_server.transaction import Transaction
from sync_server.verify import verify
from tests.sync_server.older import Form, older_program
from tests.sync_server.shop import DAY, Shop, Till, ticket
from tests.sync_server.test_concurrency import run_all

SALE = (Kind.SALE_COMPLETED, 1)
REFUND = (Kind.SALE_REFUNDED, 1)
WISH = (Kind.DOCUMENT_PROPOSED, 1)
WORD = (Kind.FEEDBACK_SUBMITTED, 1)


def retried(shop: Shop) -> Retried:
    """Try the quarantine again, as a server does when it starts."""
    return retry(lambda: shop.server.write(shop.store_id, "test"), lambda: False)


def rebuilt(shop: Shop) -> Rebuilt:
    """Fold everything again."""
    with shop.server.write(shop.store_id, "test") as tx:
        return rebuild(tx)


def set_aside(shop: Shop) -> tuple[SetAside, ...]:
    """List the quarantine, by way of the wire."""
    with shop.database.read() as connection:
        found = quarantine.listed(connection, shop.store_id, intake.entry_of)
    told = from_wire(json.loads(json.dumps(to_wire(found))))
    assert told == found
    return told.entries


def figures(shop: Shop) -> list[Delta]:
    """Return the server's figures."""
    with shop.database.read() as connection:
        return sorted(cells(connection, shop.store_id))


def problems(shop: Shop) -> list[str]:
    """Verify the books."""
    with shop.database.read() as connection:
        return verify(connection, shop.store_id).problems


@pytest.mark.parametrize("fault", ["lacks", "misreads"])
@pytest.mark.parametrize("again", [retried, rebuilt])
def test_what_a_newer_program_can_read_counts_once(shop: Shop, till: Till, fault: str, again: object) -> None:
    till.sell(50)
    forms = [SALE, REFUND, WISH, WORD]
    with older_program(**{fault: forms}):
        till.sell(100, 200)
        till.refund(100)
        till.propose("product", "milk", 0, {"name": "Lait", "price": 5, "tax_code": ""})
        body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": "salma"}
        till.write(*WORD[:1], body, text="Bien")
        assert till.push().seq == 5
        assert till.report().not_included == 5
        assert (figures(shop), till.feedback()) == ([], [])
        assert retried(shop).released == 0
        assert till.report().not_included == 5
    assert again(shop) in (Retried(5, 5), Rebuilt(5, 0))  # type: ignore[operator]  # a function of the shop
    assert till.report().not_included == 0
    [total] = [cell for cell in till.report().cells if cell.facet == "total"]
    assert (total.sales, total.refunds, total.gross, total.refunded) == (2, 1, 350, 100)
    assert till.mirror()["product", "milk"]["price"] == 5
    assert [row["message"] for row in till.feedback()] == ["Bien"]
    before = figures(shop)
    assert retried(shop) == Retried()
    assert rebuilt(shop) == Rebuilt(5, 0)
    assert (figures(shop), problems(shop)) == (before, [])


def test_a_retry_follows_the_order_in_which_entries_came(shop: Shop) -> None:
    """The later wish of the same till stands, whatever the order of its journal among others."""
    one, other = shop.till(), shop.till()
    with older_program(lacks=[WISH]):
        one.propose("product", "milk", 0, {"name": "Lait", "price": 5, "tax_code": ""})
        one.push()
        other.sell(1)
        other.push()
        one.propose("product", "milk", 0, {"price": 7})
        one.push()
    assert retried(shop).released == 2
    assert one.mirror()["product", "milk"]["price"] == 7


def test_a_copy_in_a_successor_does_not_count_again_after_the_upgrade(shop: Shop, till: Till) -> None:
    with older_program(lacks=[SALE]):
        sale = till.sell(100)
        till.push()
        twin = shop.till()
        twin.write_raw(Draft(sale.event_id, sale.kind, 1, sale.at_ms, sale.salt, sale.body))
        twin.push()
        assert twin.report().not_included == 1
    retried(shop)
    assert [cell.sales for cell in twin.report().cells if cell.facet == "total"] == [1]
    assert problems(shop) == []


def test_what_is_damaged_stays_with_its_reason_in_todays_words(shop: Shop, till: Till) -> None:
    with older_program(lacks=[SALE]):
        till.sell(100, total=250)
        till.push()
        [old] = set_aside(shop)
    assert retried(shop) == Retried(1, 0)
    [new] = set_aside(shop)
    assert "unknown kind" in old.reason
    assert "does not add up" in new.reason
    assert retried(shop) == Retried(1, 0)
    assert till.report().not_included == 1


def test_what_no_program_here_knows_is_not_even_read_again(shop: Shop, till: Till) -> None:
    till.write("sale.dreamt", {"total": 5})
    till.push()
    assert retried(shop) == Retried()
    assert till.report().not_included == 1


def test_a_blanked_entry_stays_as_it_is(shop: Shop, till: Till) -> None:
    with older_program(lacks=[SALE]):
        till.sell(100)
        till.push()
    with shop.database.write() as connection:
        blank = "''::bytea" if shop.database.dialect == "postgresql" else "x''"
        connection.exec_driver_sql(f"UPDATE entries SET salt = {blank}, body = {blank}, text = NULL")
    before = shop.rows("quarantine")
    assert retried(shop).released == 0
    assert shop.rows("quarantine") == before


def test_many_are_tried_a_block_at_a_time_and_the_rest_waits_for_the_next_start(shop: Shop, till: Till) -> None:
    count = RETRY_ENTRIES_MAX + 20
    with older_program(lacks=[SALE]):
        for _ in range(count):
            till.sell(100)
        till.push()
    asked = iter([False, True])
    first = retry(lambda: shop.server.write(shop.store_id, "test"), lambda: next(asked))
    assert first == Retried(RETRY_ENTRIES_MAX, RETRY_ENTRIES_MAX)
    assert till.report().not_included == 20
    assert retried(shop) == Retried(20, 20)
    assert [cell.sales for cell in till.report().cells if cell.facet == "total"] == [count]
    assert [row["action"] for row in shop.rows("audit")].count("quarantine-released") == 2


def test_two_servers_that_start_together_count_an_entry_once(shop: Shop, till: Till) -> None:
    with older_program(lacks=[SALE]):
        for _ in range(30):
            till.sell(100)
        till.push()
    together = threading.Barrier(2)
    found: list[Retried] = []

    @contextmanager
    def open_transaction() -> Iterator[Transaction]:
        with shop.server.write(shop.store_id, "test") as tx:
            yield tx

    def start() -> None:
        together.wait(10)
        found.append(retry(open_transaction, lambda: False))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(one.released for one in found) == 30
    assert [cell.sales for cell in till.report().cells if cell.facet == "total"] == [30]
    assert problems(shop) == []


@pytest.mark.parametrize("again", [rebuilt, retried])
def test_whoever_counts_anew_beside_pushes_counts_each_entry_once(shop: Shop, again: Callable[[Shop], object]) -> None:
    tills = [shop.till() for _ in range(2)]
    pushed = threading.Event()

    def push_all() -> None:
        try:
            for till in tills * 8:
                till.sell(100)
                till.push(till.entries[-1:])
        finally:
            pushed.set()

    def count_anew() -> None:
        while not pushed.is_set():
            again(shop)

    with older_program(lacks=[SALE]):
        tills[0].sell(7)
        tills[0].push()
    run_all([push_all, count_anew])
    again(shop)
    assert [cell.gross for cell in tills[0].report().cells if cell.facet == "total"] == [1607]
    assert problems(shop) == []


def test_what_is_listed_says_what_can_be_read(shop: Shop, till: Till) -> None:
    sale = till.sell(100, total=250, receipt="A1-7QK-000009")
    till.push()
    [one] = set_aside(shop)
    assert (one.nature, one.receipt, one.total, one.operator_id) == (
        Nature.INCONSISTENT, "A1-7QK-000009", 250, "salma",
    )  # fmt: skip
    assert (one.till, one.seq, one.kind, one.version, one.at_ms) == ("A1", 1, "sale.completed", 1, sale.at_ms)
    assert one.excerpt == sale.body


def test_the_newest_are_listed_and_all_are_counted(shop: Shop, till: Till) -> None:
    for number in range(LISTED_MAX + 5):
        till.write("sale.dreamt", {"total": number})
    till.push(till.entries[:500])
    shop.clock.pass_ms(1000)
    till.push(till.entries[500:])
    told = till.server.quarantine()
    assert (told.count, len(told.entries)) == (LISTED_MAX + 5, LISTED_MAX)
    assert (told.entries[0].total, told.entries[-1].total) == (LISTED_MAX + 4, 5)


def test_what_is_set_aside_still_comes_back_to_a_till_that_recovers(shop: Shop, till: Till) -> None:
    till.write("sale.dreamt", {"total": 5}, version=7)
    till.write_raw(Draft("poison", Kind.SALE_COMPLETED, 1, 0, b"salt", '{"a":\0'))
    till.push()
    assert till.server.entries(till.journal_id, 0) == till.entries
    assert len(set_aside(shop)) == 2


# Whatever a till may ever send.

HUGE = 10**30
NUMBERS = (0, 1, -1, 23, 24, 2**31, 2**63 - 1, HUGE, -HUGE)
LETTERS = 'aZ9 \0\n"\\é\u0301€\U0001f95c'
COUNTED = (Kind.SALE_COMPLETED, Kind.SALE_REFUNDED)


def name(chance: Random) -> str:
    """A kind that nobody has thought of."""
    return "".join(chance.choices("abcXYZ019._:-", k=chance.randint(1, 64)))


def words(chance: Random) -> str:
    """Any words."""
    return "".join(chance.choices(LETTERS, k=chance.randint(0, 12)))


def value(chance: Random, depth: int = 3) -> object:
    """Anything that JSON holds, floats too."""
    plain = (None, True, chance.random(), chance.choice(NUMBERS), words(chance))
    if depth == 0 or chance.random() < 0.6:
        return chance.choice(plain)
    parts = [value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return parts if chance.random() < 0.5 else {words(chance): part for part in parts}


def spoilt_ticket(chance: Random) -> str:
    """A ticket in which one thing is missing, or another, or nothing at all."""
    body: dict[str, Any] = json.loads(canonical(ticket([100, 250], reason="défaut", approved_by=None)))
    part = chance.choice([body, *body["lines"], *body["tenders"]])
    spoilt = chance.choice([*part])
    match chance.randint(0, 2):
        case 0:
            del part[spoilt]
        case 1:
            part[spoilt] = value(chance)
    return json.dumps(body, ensure_ascii=False)


def body_of(chance: Random) -> str:
    """A body, or what stands in the place of one."""
    match chance.randint(0, 5):
        case 0:
            return json.dumps(value(chance), ensure_ascii=False)
        case 1:
            return words(chance) or "?"
        case 2:
            depth = chance.randint(1, 5000)
            return '{"a":' * depth + "1" + "}" * depth
        case _:
            return spoilt_ticket(chance)


def write(till: Till, chance: Random) -> Entry:
    """Seal whatever it is."""
    known = chance.choice([*SHAPES, *COUNTED_FORMS])
    kind, version = known if chance.random() < 0.7 else (name(chance), chance.randint(0, 2**31 - 1))
    moment = chance.choice((till.clock.now_ms(), chance.randint(-(2**63) + 1, 2**63 - 1)))
    salt, body, text = chance.randbytes(16), body_of(chance), None
    if chance.random() < 0.2:
        text = words(chance)
        body = f'{{"text_digest":"{text_digest(salt, text)}","more":{body}}}'
    event_id = f"{till.journal_id}:{len(till.entries)}"
    return till.write_raw(Draft(event_id, kind, version, moment, salt, body, text))


COUNTED_FORMS = [(kind.value, 1) for kind in COUNTED] * 10
BROKEN = st.lists(st.sampled_from([*SHAPES, SALE, SALE, REFUND]), max_size=6)


@settings(
    max_examples=8,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), count=st.integers(20, 200), lacks=BROKEN, misreads=BROKEN)
def test_whatever_comes_the_queue_never_stops_and_a_repaired_program_counts_all_it_can_read(
    shop: Shop, seed: int, count: int, lacks: list[Form], misreads: list[Form]
) -> None:
    """The shop grows from one example to the next; each brings a till of its own."""
    check_flood(shop, Random(seed), count, lacks, misreads)


def test_five_thousand_payloads(shop: Shop) -> None:
    check_flood(shop, Random(5000), 5000, [SALE, WISH], [REFUND])


def check_flood(shop: Shop, chance: Random, count: int, lacks: list[Form], misreads: list[Form]) -> None:
    """Send anything to an older program, upgrade it, and hold the books against the entries and a rebuild."""
    till = shop.till()
    with older_program(lacks=lacks, misreads=misreads):
        sent = 0
        while sent < count:
            fresh = [write(till, chance) for _ in range(min(chance.randint(1, 100), count - sent))]
            sent += len(fresh)
            assert till.push(fresh).seq == sent
        assert till.pull().applied_seq == count
        assert till.report().not_included == till.server.quarantine().count == len(shop.rows("quarantine"))
    assert all_of(till) == till.entries
    retried(shop)
    left = {row["event_id"] for row in shop.rows("quarantine")}
    for entry in till.entries:
        readable = nature_of(entry.kind, entry.version, entry.body) is Nature.REFUSED
        assert readable or entry.event_id in left
        # A whole ticket stays only for a number that no database holds, or a text.
        whole = readable and entry.kind in COUNTED and str(HUGE) not in entry.body and "\\u0000" not in entry.body
        assert not whole or entry.event_id not in left
    before = figures(shop)
    assert before == told(shop, left)
    assert problems(shop) == []
    assert retried(shop).released == 0
    rebuilt(shop)
    assert (figures(shop), {row["event_id"] for row in shop.rows("quarantine")}) == (before, left)
    assert len(set_aside(shop)) == min(len(left), LISTED_MAX)


def all_of(till: Till) -> list[Entry]:
    """Ask the server for a whole journal, as a till that recovers does."""
    found: list[Entry] = []
    while more := till.server.entries(till.journal_id, len(found)):
        found += more
    return found


def told(shop: Shop, left: set[object]) -> list[Delta]:
    """Return the figures of all entries that are not set aside, folded from the server's own copy of them."""
    tally = Tally()
    with shop.database.read() as connection:
        for batch in intake.by_arrival(connection, shop.store_id):
            for entry in (arrived.entry for arrived in batch if arrived.entry.event_id not in left):
                tally.add(entry.kind, entry.version, json.loads(entry.body))
    return list(tally.deltas())


def test_the_older_program_is_gone_after_its_block(shop: Shop, till: Till) -> None:
    with older_program(lacks=[SALE], misreads=[REFUND]):
        assert SALE not in SHAPES
    till.sell(100, business_day=DAY)
    till.refund(100)
    assert till.push().seq == 2
    assert till.report().not_included == 0
    assert shop.rows("quarantine") == []
