"""The command ``replay``: real invoices rung at this till, as if its people had sold them then."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from seraphine_pos.commands.exchange import exchange
from seraphine_pos.commands.opening import Place, ensure_store, opened
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal
from seraphine_pos.domain.report import Report, ReportQuery, shape
from seraphine_pos.domain.tax import Tax
from seraphine_pos.replay.agreement import compare
from seraphine_pos.replay.plan import plan
from seraphine_pos.replay.ring import Counter, ReplayClock, Ringer, goods_of
from seraphine_pos.replay.tally import Tally, by_day, control_sum
from seraphine_pos.replay.transactions import Transactions, read
from seraphine_pos.shop import Shop

SET_ASIDE_SHOWN: Final = 20
DAYS_SHOWN: Final = 400


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    path: Path
    currency: str = ""
    operator: str = ""
    encoding: str = "utf-8"
    check: bool = False
    send: bool = True


def run(wish: Wish, place: Place, terminal: Terminal) -> int:
    """Ring the whole file, or what is left of it; end with tables that add up. Return the exit code."""
    with terminal.progress("Reading") as progress:
        transactions = read(wish.path, progress, encoding=wish.encoding)
    ensure_store(place, terminal, wish.currency)
    clock = ReplayClock(min(line.at for line in transactions.lines)) if transactions.lines else place.clock
    with opened(replace(place, clock=clock), terminal, operator=wish.operator, currency=wish.currency) as shop:
        tally = Tally(shop.store.currency.decimals)
        if isinstance(clock, ReplayClock):
            clock.live_in(shop.store.time_zone)
            _ring(transactions, shop, clock, tally, terminal)
        _tell_lines(transactions, tally, terminal)
        good = _tell_money(transactions, tally, shop, terminal)
        if wish.send or wish.check:
            exchange(shop, terminal, "Sending to the store's server")
        if wish.check:
            good = _tell_days(transactions, shop, terminal) and good
    return DONE if good and not tally.set_aside else FOUND


def _ring(transactions: Transactions, shop: Shop, clock: ReplayClock, tally: Tally, terminal: Terminal) -> None:
    decimals = shop.store.currency.decimals
    counter = Counter(shop.checkout, shop.refunds, shop.catalogue, shop.stored.ledger.ticket_of)
    tax = _tax_of(shop.catalogue.taxes())
    ringer = Ringer(counter, clock, goods_of(transactions.lines, decimals), tax, tally)
    rings = list(plan(transactions.lines, decimals))
    with terminal.progress("Ringing") as progress:
        for done, ring in enumerate(rings, 1):
            ringer.ring(ring)
            progress(done, len(rings))
    shop.checkout.begin()
    if tally.rung_before:
        terminal.tell(f"{tally.rung_before:,} of {len(rings):,} tickets were rung before; the rest was rung now.")


def _tax_of(taxes: list[Tax]) -> str:
    """Return the tax that new products bear: one that prices include, so that amounts stay the file's."""
    return next((tax.code for tax in taxes if tax.included), "")


def _tell_lines(transactions: Transactions, tally: Tally, terminal: Terminal) -> None:
    tally.set_aside[:0] = transactions.set_aside
    total = len(transactions.lines) + len(transactions.set_aside)
    rows = [
        ("sold", tally.sold_lines),
        ("refunded, from an earlier ticket", tally.refunded_lines),
        ("refunded, without a receipt", tally.loose_lines),
        *((f"set aside: {reason}", count) for reason, count, _ in tally.reasons()),
    ]
    terminal.table([(name, f"{count:,}") for name, count in rows], ("lines", "count"))
    terminal.table([("all lines of the file", f"{total:,}"), ("accounted for", f"{tally.lines:,}")])
    terminal.say(
        f"{tally.sales:,} sales and {tally.refunds:,} refunds; {tally.other_price_lines:,} lines at another price "
        f"than the catalogue's, {tally.free_lines:,} at zero; {tally.new_products:,} new products."
    )
    for one in tally.set_aside[:SET_ASIDE_SHOWN]:
        terminal.tell(f"line {one.line}: {one.reason.english}")
    if len(tally.set_aside) > SET_ASIDE_SHOWN:
        terminal.tell(f"… and {len(tally.set_aside) - SET_ASIDE_SHOWN:,} lines more")


def _tell_money(transactions: Transactions, tally: Tally, shop: Shop, terminal: Terminal) -> bool:
    control = control_sum(transactions)
    rows = [
        ("sold", tally.amount(tally.sold)),
        ("refunded", -tally.amount(tally.refunded)),
        *([("tax that the store adds to prices", -tally.amount(tally.tax_upon))] if tally.tax_upon else []),
        ("rounding (prices below the smallest coin)", tally.rounding),
        *((f"set aside: {reason}", amount) for reason, _, amount in tally.reasons()),
        ("together", tally.money),
        ("the file's exact sum", control),
    ]
    terminal.say()
    terminal.table([(name, f"{amount:,}") for name, amount in rows], ("money", shop.store.currency.code))
    lines = len(transactions.lines) + len(transactions.set_aside)
    good = tally.money == control and tally.lines == lines
    terminal.say("Everything adds up." if good else "THIS DOES NOT ADD UP: keep the file and the data folder.")
    return good


def _tell_days(transactions: Transactions, shop: Shop, terminal: Terminal) -> bool:
    """Compare the server's report, the till's own and the file, day by day."""
    decimals = shop.store.currency.decimals
    days = by_day(transactions, decimals)
    if not days:
        return True
    query = ReportQuery(min(days), max(days))
    server = shape(shop.server.report(query))
    found = compare(days, server, shop.reports.own(query), decimals)
    wrong = [day for day in found if not day.agrees]
    terminal.say()
    terminal.table(
        [
            (one.day, _written(one.file), _written(one.server), _written(one.till), "" if one.agrees else "DIFFERS")
            for one in (wrong or found)[:DAYS_SHOWN]
        ],
        ("day", "file", "server", "till", ""),
    )
    _tell_figures(server, terminal, decimals)
    terminal.say(
        f"{len(wrong)} of {len(found)} days differ." if wrong else f"All {len(found)} days agree: file, server, till."
    )
    return not wrong


def _tell_figures(report: Report, terminal: Terminal, decimals: int) -> None:
    total = report.total
    amounts = [Decimal(value).scaleb(-decimals) for value in (total.gross, total.refunded, total.net)]
    terminal.say(
        f"Server: {total.sales:,} sales, {total.refunds:,} refunds, gross {amounts[0]:,}, refunded {amounts[1]:,}, "
        f"net {amounts[2]:,}; {report.data.not_included} entries not included."
    )


def _written(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}"
