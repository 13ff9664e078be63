"""The command ``purge``: this till's old entries emptied of their words, as far as the server's backups hold them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seraphine_pos.commands.opening import Place
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal
from seraphine_pos.domain.retention import MONTHS, Data, rules
from seraphine_pos.domain.shift import local_time
from seraphine_pos.paths import Home
from seraphine_pos.shop import open_shop
from seraphine_pos.store import purge
from seraphine_pos.store.purge import Due, Purged, Survey
from seraphine_pos.store.salvage import DAMAGED, REPLACED


@dataclass(frozen=True, slots=True)
class Wish:
    """How old what goes must be, how long fiscal facts stay, and whether it is only listed."""

    months: int = MONTHS
    preset: str = "keep"
    dry_run: bool = False


def run(wish: Wish, place: Place, terminal: Terminal) -> int:
    """Empty what is due, or list it; return the exit code, raise what stopped it."""
    now_ms = place.clock.now_ms()
    wanted = rules(now_ms, wish.months, wish.preset)
    with open_shop(
        place.home, clock=place.clock, random_bytes=place.random_bytes, keys=place.keys, readonly=wish.dry_run
    ) as shop:
        zone = shop.store.time_zone
        if wish.dry_run:
            code = _list(purge.survey(shop.stored, wanted, now_ms), zone, terminal)
        else:
            code = _tell(purge.purge(shop.stored, wanted, now_ms), zone, terminal)
    for folder in _aside(place.home, wanted.before[Data.WORDS] or 0):
        terminal.say(f"{folder} is a whole copy, put aside before then: delete it once nothing in it is missed.")
    return code


def _aside(home: Home, limit_ms: int) -> list[Path]:
    """Return where data lie that were replaced or damaged long ago.

    They may hold the only copy of something that the server never got, so nobody but a person removes them.
    """
    names = (f"{stem}-*" for stem in (REPLACED, DAMAGED))
    found = [path for name in names for path in home.till.glob(name)]
    return sorted(path for path in found if path.stat().st_mtime * 1000 < limit_ms)


def _list(found: Survey, zone: str, terminal: Terminal) -> int:
    for line in _said(found, zone):
        terminal.say(line)
    terminal.say(f"{found.count:,} entries would be emptied; nothing was changed.")
    return FOUND if found.problems else DONE


def _tell(purged: Purged, zone: str, terminal: Terminal) -> int:
    for line in _said(purged.survey, zone):
        terminal.say(line)
    terminal.say(f"{purged.emptied:,} entries emptied; their hashes, the tickets' numbers and all totals stay.")
    if not purged.scrubbed:
        terminal.tell("The file still holds old bytes, since the disk has no room to write it anew: run purge again.")
    return DONE if purged.scrubbed and not purged.survey.problems else FOUND


def _said(found: Survey, zone: str) -> Iterator[str]:
    for data in Data:
        limit = found.rules.before[data]
        yield f"{data.value}: {'kept for ever' if limit is None else f'due before {local_time(limit, zone):%Y-%m-%d}'}"
    yield from (_line(due) for due in found.journals)
    yield from found.problems


def _line(due: Due) -> str:
    classes = ", ".join(f"{count:,} {name}" for name, count in sorted(due.classes.items())) or "nothing is due"
    waits = [
        (due.plan.above, "wait for the server's backups to hold them for 90 days"),
        (due.plan.held_back, "segments hold wishes that the server has not answered"),
        (due.plan.tail, "wait for a checkpoint"),
    ]
    said = "".join(f"; {count:,} {what}" for count, what in waits if count)
    return f"journal {due.journal_id}, to entry {due.last:,}: {classes}{said}"
