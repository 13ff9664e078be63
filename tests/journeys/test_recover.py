"""A PC burns, and its till comes back on another one: real processes, a real wire, and what may go wrong on the way."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.protocol import PUSH_ENTRIES_MAX
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.refusal import RefundTooMuch
from seraphine_pos.domain.report import ReportQuery, shape
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import open_shop
from seraphine_pos.store.tickets import TicketFilter
from tests.faults.proxy import Call, Proxy
from tests.journeys.conftest import CASHIER_ID, CASHIER_PIN, OWNER_ID, OWNER_PIN, PRODUCTS
from tests.journeys.test_restore import Drill, founded
from tests.journeys.watching import Watcher

PROGRAM = (sys.executable, "-m", "seraphine_pos")

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Books:
    """What a till knows of itself: receipts with their sums, and what was given back of each ticket."""

    tickets: tuple[tuple[str, int, int, int], ...]
    given: tuple[tuple[str, int], ...]
    wrong: tuple[str, ...]
    tags: frozenset[str]


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """Give a store of two tills; its server runs."""
    yield from founded(f"sqlite:///{tmp_path / 'server' / 'server.db'}", tmp_path)


@pytest.fixture
def wire(drill: Drill) -> Iterator[Proxy]:
    """Give the way from the new PC to the server."""
    with Proxy(lambda: drill.address) as proxy:
        yield proxy


def books(home: Home) -> Books:
    """Read a till's books, after an exchange that leaves nothing to send."""
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        state = shop.exchange()
        assert (state.problem, state.waiting) == (None, 0)
        rows = shop.stored.ledger.tickets(TicketFilter(), limit=10_000)
        tickets = tuple(sorted((row.receipt, row.refund, row.total, row.at_ms) for row in rows))
        given = tuple(
            (row.event_id, sum(one.quantity for one in shop.stored.ledger.given(row.event_id).values())) for row in rows
        )
        tags = frozenset(row.receipt.split("-")[1] for row in rows)
        return Books(tickets, tuple(sorted(given)), tuple(shop.verify()), tags)


def give_back(home: Home, receipt: str, pieces: int) -> str:
    """Refund so many pieces of a ticket's first line; return the refund's receipt."""
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        shop.staff.sign_in(OWNER_ID, OWNER_PIN)
        found = shop.refunds.find(receipt)
        ticket = shop.refunds.refund(found, [Choice(found.ticket.lines[0].no, 1000 * pieces)], Method.CASH)
        assert shop.exchange().problem is None
        return ticket.where.receipt


def sell(home: Home) -> str:
    """Sell one piece without an exchange; return the receipt."""
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)
        shop.checkout.scan(PRODUCTS[0][0])
        ticket = shop.checkout.pay(Method.CASH)
        assert ticket is not None
        return ticket.where.receipt


def sell_three_of_one(home: Home) -> str:
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)
        for _ in range(3):
            shop.checkout.scan(PRODUCTS[0][0])
        ticket = shop.checkout.pay(Method.CASH)
        assert ticket is not None
        assert shop.exchange().problem is None
        return ticket.where.receipt


def starting(home: Home, *words: str) -> "subprocess.Popen[str]":
    """Start a till's command on a home."""
    environ = {**os.environ, "SERAPHINE_HOME": str(home.root)}
    return subprocess.Popen([*PROGRAM, *words], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def code_for(drill: Drill, till: str) -> str:
    return drill.command("enrol-code", "--till", till).stdout.strip()


def burn(home: Home) -> None:
    shutil.rmtree(home.root)


def reported(home: Home) -> tuple[int, int, int]:
    """Return sales, gross and refunds of all days, as the server says to a till."""
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        day = shop.stored.ledger.tickets(TicketFilter(), limit=1)[0].business_day
        data = shop.server.report(ReportQuery(day, day))
        mine = shop.stored.ledger.report(ReportQuery(day, day))
        theirs = shop.server.report(ReportQuery(day, day, shop.settings.till_id))
        assert sorted(mine.cells) == sorted(theirs.cells)
        assert data.not_included == 0
        total = shape(data).total
        return total.sales, total.gross, total.refunds


def test_a_burnt_till_comes_back_with_its_ledger_its_receipts_and_its_numbering(drill: Drill, tmp_path: Path) -> None:
    drill.ring(12)
    drill.rung()
    lost, new = drill.homes[0], Home(tmp_path / "new-pc")
    old_receipt = sell_three_of_one(lost)
    give_back(lost, old_receipt, 1)
    before, figures = books(lost), reported(lost)
    assert before.wrong == ()
    unsent = sell(lost)
    code = code_for(drill, "A1")
    burn(lost)

    done, out, err = told(starting(new, "recover", "--url", drill.address, "--code", code))
    assert (done, "The till A1 of “Épicerie du Port” is here: 1 journals" in out) == (0, True), (out, err)
    assert f"{len(before.tickets)} tickets" in out
    after = books(new)
    assert (after.tickets, after.given, after.wrong) == (before.tickets, before.given, ())
    assert reported(new) == figures

    with open_shop(new, keys=FileKeys(new.keys)) as shop:
        shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)
        assert shop.sales.ticket(old_receipt).where.receipt == old_receipt
        found = shop.refunds.find(old_receipt)
        assert found.left(found.ticket.lines[0].no) == 2000
        with pytest.raises(RefundTooMuch):
            shop.refunds.refund(found, [Choice(found.ticket.lines[0].no, 3000)], Method.CASH)
    assert give_back(new, old_receipt, 2).split("-")[1] not in before.tags
    receipts = {sell(new) for _ in range(3)}
    assert unsent not in receipts
    assert not receipts & {receipt for receipt, *_ in before.tickets}
    assert books(new).wrong == ()
    sales, _, refunds = reported(new)
    assert (sales, refunds) == (figures[0] + 3, figures[2] + 1)
    assert not (new.root / "joining").exists()
    verified = drill.command("verify")
    assert verified.returncode == 0, verified


def test_a_second_till_goes_on_and_a_code_is_good_once(drill: Drill, tmp_path: Path) -> None:
    drill.ring(2)
    drill.rung()
    code = code_for(drill, "A1")
    burn(drill.homes[0])
    new = Home(tmp_path / "new-pc")
    assert told(starting(new, "recover", "--url", drill.address, "--code", code))[0] == 0
    done, _, err = told(starting(Home(tmp_path / "other"), "recover", "--url", drill.address, "--code", code))
    assert (done, "unknown, used or too old" in err) == (2, True), err
    assert not (tmp_path / "other" / "till" / "till.db").exists()
    done, _, err = told(starting(new, "recover", "--url", drill.address, "--code", code_for(drill, "A2")))
    assert (done, "the code was for another one" in err) == (2, True), err
    assert books(new).wrong == ()


def test_a_code_of_another_store_is_refused(drill: Drill, tmp_path: Path) -> None:
    done, _, err = told(starting(Home(tmp_path / "x"), "recover", "--url", drill.address, "--code", "ABCD-EFGH-JKLM"))
    assert (done, "ask the store's server for a new one" in err) == (2, True), err
    assert not (tmp_path / "x" / "joining").exists()


def test_a_code_for_a_new_till_says_that_there_is_nothing(drill: Drill, tmp_path: Path) -> None:
    code = drill.command("enrol-code").stdout.strip()
    done, out, _ = told(starting(Home(tmp_path / "x"), "recover", "--url", drill.address, "--code", code))
    assert (done, "holds nothing of the till A3" in out) == (1, True)


@dataclass
class Breaking:
    """Passes so many pages of entries on, and then nothing, or nothing for ever."""

    pages: int
    hangs: bool = False

    async def __call__(self, call: Call) -> None:
        request = await call.hear()
        if b"/v1/entries" in request.split(b"\r\n", 1)[0]:
            self.pages -= 1
            if self.pages < 0:
                if self.hangs:
                    await call.wait()
                return
        await call.say(await call.ask(request))


async def lying(call: Call) -> None:
    """Change a hash in each page of entries."""
    request = await call.hear()
    answer = await call.ask(request)
    if b"/v1/entries" in request.split(b"\r\n", 1)[0]:
        answer = re.sub(rb'"hash":"(.)', lambda met: b'"hash":"' + (b"0" if met[1] != b"0" else b"1"), answer, count=1)
    await call.say(answer)


@pytest.fixture
def busy(drill: Drill) -> Books:
    """Let the first till sell for three pages of entries, and burn; return what it knew."""
    drill.ring(2 * PUSH_ENTRIES_MAX + 50)
    drill.rung()
    before = books(drill.homes[0])
    burn(drill.homes[0])
    return before


def test_a_broken_wire_a_killed_program_and_a_lying_one_leave_no_till_and_it_goes_on(
    drill: Drill, wire: Proxy, busy: Books, tmp_path: Path
) -> None:
    new = Home(tmp_path / "new-pc")
    words = ("recover", "--url", wire.url, "--code", code_for(drill, "A1"))
    wire.suffer(lying)
    done, _, err = told(starting(new, *words))
    assert (done, "does not verify" in err) == (1, True), err
    assert not own.load(new.settings).enrolled
    assert not new.till_database.exists()
    assert not (new.root / "joining" / "till.db").exists()

    wire.suffer(Breaking(1))
    done, _, err = told(starting(new, *words))
    assert (done, "out of reach" in err) == (1, True), err
    assert not own.load(new.settings).enrolled

    stalled = Breaking(1, hangs=True)
    wire.suffer(stalled)
    process = starting(new, *words)
    Watcher.until(lambda: stalled.pages < 0)
    process.kill()
    process.communicate()
    assert not own.load(new.settings).enrolled

    counted = Breaking(99)
    wire.suffer(counted)
    done, out, err = told(starting(new, *words))
    assert done == 0, (out, err)
    assert counted.pages == 98  # what came before the line broke was not fetched again
    after = books(new)
    assert (after.tickets, after.given, after.wrong) == (busy.tickets, busy.given, ())
