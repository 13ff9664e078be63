"""What a load came to: how long pushes took, part by part, and what each sale cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

PARTS: Final = 10
NS_IN_MS: Final = 1_000_000
US_IN_S: Final = 1_000_000


@dataclass(slots=True)
class Part:
    """A tenth of a run, or more of a short one: sales, how long pushes took (ns), seconds, the server's CPU seconds."""

    sales: int = 0
    pushes: list[int] = field(default_factory=list)
    seconds: float = 0.0
    server_cpu_s: float | None = None
    database_cpu_s: float | None = None


@dataclass(slots=True)
class Figures:
    """A whole run."""

    parts: list[Part] = field(default_factory=list)
    sent: int = 0
    received: int = 0
    slowed: int = 0
    stored: int | None = None
    log: int | None = None

    @property
    def sales(self) -> int:
        """All sales that were pushed."""
        return sum(part.sales for part in self.parts)


def percentile(values: Sequence[int], hundredth: int) -> int:
    """Return the value that so many hundredths of all do not exceed; 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * hundredth // 100) - 1)]


def lines(figures: Figures) -> list[str]:
    """Return a run as people read it."""
    parts, sales = figures.parts, max(1, figures.sales)
    seconds = sum(part.seconds for part in parts)
    pushes = [push for part in parts for push in part.pushes]
    told = [
        f"sales                 {figures.sales:>12,}",
        f"sales a second        {sales / max(seconds, 1e-9):>12,.0f}",
        f"pushes                {len(pushes):>12,}",
        f"push p50 / p99        {_ms(pushes, 50)} / {_ms(pushes, 99)} ms",
        f"server CPU            {_us(parts, sales, 'server_cpu_s')} µs a sale",
        f"database CPU          {_us(parts, sales, 'database_cpu_s')} µs a sale",
        f"stored                {_each(figures.stored, sales)} bytes a sale",
        f"write-ahead log       {_each(figures.log, sales)} bytes a sale",
        f"sent / received       {figures.sent / sales:>10,.0f} / {figures.received / sales:,.0f} bytes a sale",
    ]
    if figures.slowed:
        told.append(f"told to slow down     {figures.slowed:>12,} times")
    return [*told, "", *_table(parts)]


def _table(parts: Sequence[Part]) -> list[str]:
    rows = ["part       sales    sales/s    p50 ms    p99 ms    server µs  database µs"]
    for number, part in enumerate(parts, 1):
        rate = part.sales / max(part.seconds, 1e-9)
        rows.append(
            f"{number:>4}{part.sales:>12,}{rate:>11,.0f}{_ms(part.pushes, 50):>10}{_ms(part.pushes, 99):>10}"
            f"{_us([part], part.sales, 'server_cpu_s'):>13}{_us([part], part.sales, 'database_cpu_s'):>13}"
        )
    return rows


def _ms(pushes: Sequence[int], hundredth: int) -> str:
    return f"{percentile(pushes, hundredth) / NS_IN_MS:.1f}"


def _us(parts: Sequence[Part], sales: int, name: str) -> str:
    found: list[float | None] = [getattr(part, name) for part in parts]
    known = [seconds for seconds in found if seconds is not None]
    return f"{sum(known) * US_IN_S / max(1, sales):,.0f}" if known and len(known) == len(found) else "–"


def _each(total: int | None, sales: int) -> str:
    return "–" if total is None else f"{total / sales:,.0f}"
