"""Whether the reports say what the file says: day by day, server, till and an independent sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from seraphine_pos.domain.report import Report


@dataclass(frozen=True, slots=True)
class Day:
    """One day by three accounts; None is a report that was not to be had."""

    day: str
    file: Decimal
    server: Decimal | None
    till: Decimal | None

    @property
    def agrees(self) -> bool:
        """Tell whether every account there is says the same."""
        return all(account in (None, self.file) for account in (self.server, self.till))


def compare(days: Mapping[str, Decimal], server: Report | None, till: Report | None, decimals: int) -> list[Day]:
    """Return every day that any of the three knows."""
    accounts = [net_by_day(report, decimals) for report in (server, till)]
    known = sorted(days.keys() | accounts[0].keys() | accounts[1].keys())
    found = [
        Day(
            day,
            days.get(day, Decimal(0)),
            None if server is None else accounts[0].get(day, Decimal(0)),
            None if till is None else accounts[1].get(day, Decimal(0)),
        )
        for day in known
    ]
    return [one for one in found if any((one.file, one.server, one.till))]


def net_by_day(report: Report | None, decimals: int) -> dict[str, Decimal]:
    """Return the net of each day of a report, in the amounts that the file writes."""
    if report is None:
        return {}
    return {row.key: Decimal(row.now.net).scaleb(-decimals) for row in report.by_day}
