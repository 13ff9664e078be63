"""What the tests of trends say of a real seller's days, and what came after: `python -m tests.sync_server.real_trends`.

SERAPHINE_DATA names the folder of the public file; nights are those with twelve weeks, or what there is, behind them.
"""

import csv
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sync_server.findings import trends
from sync_server.findings.selling import History, Product, Sold, days_before

FIRST_NIGHT = date(2011, 2, 3)
NIGHTS = 19
WEEK = 7


@dataclass
class Seller:
    """Lines of each product by day, and the invoices of each day."""

    lines: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    invoices: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def history(self, today: date) -> History:
        """Return the days before one."""
        days = days_before(today, trends.STOPPED_DAYS)
        places = {day: place for place, day in enumerate(days)}
        products = {
            code: Product(code, code, {places[day]: Sold(n, n, n) for day, n in sold.items() if day in places})
            for code, sold in self.lines.items()
        }
        counts = tuple(len(self.invoices[day]) if day in self.invoices else 0 for day in days)
        return History(days, counts, {code: one for code, one in products.items() if one.days})

    def rate_after(self, product: Product, today: date) -> float:
        """Return a product's lines for each invoice in the week that follows."""
        days = [(today + timedelta(days=ahead)).isoformat() for ahead in range(WEEK)]
        invoices = sum(len(self.invoices.get(day, ())) for day in days)
        return sum(self.lines[product.product_id].get(day, 0) for day in days) / max(1, invoices)


def read(path: Path) -> Seller:
    """Read the public file; what was given back is left out."""
    seller = Seller()
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            if float(row["Quantity"]) > 0:
                day = row["InvoiceDate"][:10]
                seller.lines[row["StockCode"]][day] += 1
                seller.invoices[day].add(row["InvoiceNo"])
    return seller


def main() -> None:
    """Print how many cards of each kind there would be without a limit, and how many the next week bears out."""
    seller = read(Path(os.environ["SERAPHINE_DATA"]) / "transactions.csv")
    told = dict.fromkeys(("rising", "slowing", "stopped"), 0)
    borne = dict(told)
    for night in range(NIGHTS):
        today = FIRST_NIGHT + timedelta(days=night)
        history = seller.history(today)
        for name, found, before, sign in (
            ("rising", trends.rising(history), history.last(28, before=7), 1),
            ("slowing", trends.slowing(history), history.last(28, before=28), -1),
        ):
            told[name] += len(found)
            for one in found:
                rate = sum(one.product.lines(before)) / history.rung(before)
                borne[name] += sign * (seller.rate_after(one.product, today) - rate) > 0
        silent = trends.stopped(history)
        told["stopped"] += len(silent)
        borne["stopped"] += sum(seller.rate_after(one.product, today) == 0 for one in silent)
    for name, count in told.items():
        sys.stdout.write(f"{name:8} {count:5} in {NIGHTS} nights, {borne[name]} borne out by the week after\n")


if __name__ == "__main__":
    main()
