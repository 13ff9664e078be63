"""The command ``purge``: what is old is archived and emptied, or only listed; and an archive is checked again."""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain.retention import PRESETS, Data, months_of
from sync_server.errors import Refused

if TYPE_CHECKING:
    from sync_server.purge.retention import Due, Survey
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1
EPILOG: Final = """\
Words that people wrote, feedback and technical entries go once they are older than --older-than; sales, refunds,
shifts and cash as the preset says: keep (never, the default), at 7 years, de, fr and ma 10 years, all (with the rest).
None of this is legal advice. Only what the newest verified backup holds goes; totals and chains stay as they are.
Times are the store's own.

examples:
  seraphine-server purge --dry-run
  seraphine-server purge --older-than 12m --archive /media/archive
  seraphine-server purge --check /media/archive/purge-20261122-030000

exit codes: 0 done; 1 something stays that should have gone, or an archive is damaged; 2 nothing could be done
"""


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add this command to a parser."""
    parser = commands.add_parser(
        "purge", parents=[shared], help="archive what is old, and empty it of its words", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--older-than", type=_months, metavar="AGE", help="12m or 7y (default: the settings', or 12m)")
    parser.add_argument("--preset", choices=tuple(PRESETS), help="how long fiscal facts stay (default: keep)")
    parser.add_argument("--dry-run", action="store_true", help="list what would go, and change nothing")
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="a folder that is there, where it is kept first (default: the settings')",
    )
    parser.add_argument("--check", type=Path, metavar="DIR", help="check the archive of an earlier purge instead")


def _months(text: str) -> int:
    months = months_of(text)
    if months is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no age; write 12m for months or 7y for years")
    return months


def purge(server: "StoreServer", given: argparse.Namespace) -> int:
    """Check, list or purge, and say what came of it; return the exit code, raise a Problem."""
    if given.check is not None:
        return _check(server, given.check)
    asked = server.settings.retention
    months = given.older_than or asked.older_than_months
    preset = given.preset or asked.preset
    if given.dry_run:
        return _list(server, months, preset)
    archive = given.archive or asked.archive
    if archive is None:
        raise Refused("nothing is emptied without an archive: name a folder, --archive DIR or retention.archive")
    return _purge(server, archive, months, preset)


def _check(server: "StoreServer", folder: Path) -> int:
    from sync_server.commands import moment
    from sync_server.purge import purge_archive, retention

    with server.database.read() as connection:
        key = retention.signing_key(connection, server.only_store())
    zone = moment.zone_of(server)
    manifest, wrong = purge_archive.check(folder, key)
    for problem in wrong:
        print(problem)
    emptied = sum(one.emptied + one.words for one in manifest.journals)
    held = sum(one.entries for one in manifest.journals)
    print(
        f"{folder.name}: made {moment.said(manifest.made_at_ms, zone)}, {len(manifest.journals)} journals,"
        f" {held} entries, {emptied} of them emptied{_beside(manifest.loose)}: {len(wrong)} problems"
    )
    return FOUND if wrong else DONE


def _list(server: "StoreServer", months: int, preset: str) -> int:
    from sync_server.commands import moment
    from sync_server.purge.retention import rules_of, survey

    wanted = rules_of(server.clock.now_ms(), months, preset)
    with server.database.read() as connection:
        found = survey(connection, server.only_store(), wanted)
    for line in _said(found, moment.zone_of(server)):
        print(line)
    count = found.count - len(found.loose)
    print(f"{count} entries would be emptied{_beside(len(found.loose))}; nothing was changed")
    return FOUND if found.problems else DONE


def _purge(server: "StoreServer", archive: Path, months: int, preset: str) -> int:
    from sync_server.commands import moment
    from sync_server.purge import retention

    store_id = server.only_store()
    purged = retention.purge(
        server.database, store_id, lambda: server.write(store_id, "purge"), server.clock.now_ms(),
        retention.Wish(archive, months, preset),
    )  # fmt: skip
    for line in _said(purged.survey, moment.zone_of(server)):
        print(line)
    kept = f"kept in {purged.archive}" if purged.archive else "nothing was due"
    what = "entries and texts" if purged.survey.loose else "entries"
    print(f"{purged.emptied} {what} emptied, {kept}")
    if not purged.scrubbed:
        print("the database's files still hold old bytes: run purge again when no server runs and the disk has room")
    return DONE if purged.scrubbed and not purged.survey.problems else FOUND


def _said(found: "Survey", zone: tzinfo) -> Iterator[str]:
    """Yield what is due of each class and journal, and what stays although it is old."""
    from sync_server.commands import moment

    for data in Data:
        limit = found.rules.before[data]
        yield f"{data.value}: {'kept for ever' if limit is None else f'due before {moment.said(limit, zone)}'}"
    for due in found.journals:
        if due.plan.count or due.plan.above or due.plan.tail or due.plan.held_back:
            yield _line(due)
    counts = Counter(one.where.value for one in found.loose)
    if counts:
        yield f"in no journal: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}"
    yield from found.problems


def _beside(loose: int) -> str:
    return f" and {loose} texts of no journal" if loose else ""


def _line(due: "Due") -> str:
    segments = due.plan.segments
    span = f"entries {segments[0].first} to {segments[-1].last} in {len(segments)} segments" if segments else "-"
    classes = ", ".join(f"{count} {name}" for name, count in sorted(due.classes.items())) or "nothing"
    stays = [
        *([f"{due.plan.above} old entries wait for a verified backup"] if due.plan.above else []),
        *([f"{due.plan.tail} old entries wait for a checkpoint"] if due.plan.tail else []),
        *([f"{due.plan.held_back} segments hold entries in quarantine"] if due.plan.held_back else []),
    ]
    return f"{due.till}  journal {due.journal_id}: {span}: {classes}" + (f"; {'; '.join(stays)}" if stays else "")
