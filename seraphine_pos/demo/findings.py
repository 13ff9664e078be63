"""What an analysis would say of the sample shop's weeks: figures counted from its tickets, as webhook bodies.

It plays the outside workflow; it knows tickets and words, not how they are sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from seraphine_pos.demo.sample import Sample
from seraphine_pos.domain.money import ONE, divide, parse_amount, written
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.shift import local_time

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
PERCENT: Final = 100


def findings(sample: Sample, tickets: Sequence[Ticket], now_ms: int) -> Iterator[dict[str, object]]:
    """Yield the bodies of the signed requests, each naming the sales it stands on; none without such sales."""
    for written_one in sample.insights:
        about = written_one["about"]
        found = _variance(sample, tickets, about) if "staff" in about else _trend(sample, tickets, about, now_ms)
        if found is None:
            continue
        words, related = found
        yield {
            "category": written_one["category"],
            "sourceRunId": written_one["sourceRunId"],
            "title": written_one["title"].format_map(words),
            "detail": written_one["detail"].format_map(words),
            "confidence": written_one["confidence_percent"] / PERCENT,
            "relatedSales": related,
            "createdAt": now_ms - written_one["age_minutes"] * MINUTE_MS,
        }


def _variance(
    sample: Sample, tickets: Sequence[Ticket], about: Mapping[str, Any]
) -> tuple[dict[str, str], list[str]] | None:
    """Return the words on a person's last day with such payments, and the ticket that comes nearest to a sum."""
    paid = [
        one
        for one in tickets
        if one.where.operator_id == about["staff"] and one.tenders and one.tenders[0].method is Method(about["method"])
    ]
    if not paid:
        return None
    decimals, last_day = sample.store.currency.decimals, paid[-1].where.business_day
    near = parse_amount(about["near"], decimals)
    last = sorted((one for one in paid if one.where.business_day == last_day), key=lambda one: abs(one.total - near))
    suspect = last[0]
    person = next(one for one in sample.people if one.staff_id == about["staff"])
    words = {
        "person": person.name.partition(" ")[0],
        "day": DAYS[local_time(suspect.at_ms, sample.store.time_zone).weekday()],
        "amount": written(suspect.total, decimals),
        "receipt": suspect.where.receipt,
    }
    return words, [one.event_id for one in last[: about["most"]]]


def _trend(
    sample: Sample, tickets: Sequence[Ticket], about: Mapping[str, Any], now_ms: int
) -> tuple[dict[str, str], list[str]] | None:
    """Return the words on a category's sales over some days against as many before."""
    ids = {one.product_id for one in sample.products if one.category == about["category"]}
    span_ms = about["days"] * DAY_MS
    counts, related = [0, 0], []
    for ticket in tickets:
        periods_ago = (now_ms - ticket.at_ms) // span_ms
        sold = sum(line.quantity for line in ticket.lines if line.product_id in ids)
        if sold and periods_ago < len(counts):
            counts[periods_ago] += sold // ONE
            if not periods_ago:
                related.append(ticket.event_id)
    now, before = counts
    if not now or not before:
        return None
    change = divide(PERCENT * (now - before), before)
    sign = "+" if change > 0 else "−" if change else ""
    words = {"change": f"{sign}{abs(change)}", "count": str(now), "before": str(before)}
    return words, related[-about["most"] :]
