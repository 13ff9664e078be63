"""The jobs of a store by name, in the order in which a night does them: what each does, and where it is set up.

A new job is a line in JOBS; how and when it runs stands in ``jobs``.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Final

from sync_server import proofs
from sync_server.backups import safekeeping
from sync_server.backups.archive import BackupRefused, CutShort, Ended
from sync_server.errors import Refused
from sync_server.findings import analysis, freshness
from sync_server.purge import retention
from sync_server.rights import sessions
from sync_server.settings import Settings
from sync_server.store_server import StoreServer
from sync_server.verify import verify

SAID_MAX: Final = 20
SCRUB_AFTER_MS: Final = 28 * 24 * 3_600_000
NO_ARCHIVE: Final = "put “archive = 'FOLDER'” under [retention] in server/settings.toml"
NO_FOLDER: Final = "put “folder = 'FOLDER'” under [backup] in server/settings.toml"


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a job: figures for whoever asks, and whether a person should look."""

    detail: Mapping[str, object] = field(default_factory=dict)
    found: bool = False


Work = Callable[[StoreServer, str, Ended], Ran]


@dataclass(frozen=True, slots=True)
class Job:
    """What is done of a store; ``lacks`` says which setting is missing where it is not ``wanted``.

    One that is ``whole`` is done once for all stores of the database.
    """

    work: Work
    wanted: Callable[[Settings], bool] = lambda _settings: True
    lacks: str = ""
    hourly: bool = False
    whole: bool = False


def _verify(server: StoreServer, store_id: str, ended: Ended) -> Ran:
    """Check chains, heads, figures and feed."""
    with server.database.read() as connection:
        verdict = verify(connection, store_id, ended)
    if ended():
        raise CutShort("the program stopped while it verified")
    said = verdict.problems[:SAID_MAX]
    counts = {"entries": verdict.entries, "quarantined": verdict.quarantined, "problems": len(verdict.problems)}
    return Ran({**counts, "said": said}, found=bool(verdict.problems))


def _proofs(server: StoreServer, store_id: str, _ended: Ended) -> Ran:
    """Name the days of which a till told something else than was counted here."""
    with server.database.read() as connection:
        said = proofs.differing(connection, store_id)
    return Ran({"differing": len(said), "said": said[:SAID_MAX]}, found=bool(said))


def _backup(server: StoreServer, store_id: str, ended: Ended) -> Ran:
    """Make the night's backup, try it, and remove those whose time is over."""
    asked = server.settings.backup
    folder = asked.folder
    if folder is None:
        raise Refused(f"there is no folder for backups: {NO_FOLDER}")
    if not folder.is_dir():
        raise BackupRefused(f"there is no folder {folder}: is its disk plugged in?")
    kept = safekeeping.make(server, store_id, folder, asked.key_file, ended)
    removed = safekeeping.remove_old(server, store_id, folder, asked.keep_days)
    made = kept.made
    said = {"path": str(made.path), "size": made.size, "encrypted": made.encrypted, "same_disk": kept.same_disk}
    return Ran({**said, "problems": len(made.problems), "removed": len(removed)}, found=bool(made.problems))


def _insights(server: StoreServer, store_id: str, _ended: Ended) -> Ran:
    """Look at the days before today, publish what is found, and tell whoever computes insights outside."""
    write = partial(server.write, store_id, "job:insights")
    done = analysis.run(server.database, store_id, server.clock.now_ms(), write)
    return Ran(asdict(done))


def _freshness(server: StoreServer, store_id: str, _ended: Ended) -> Ran:
    """Raise what is late: insights, a till, the backup; end what is late no more."""
    write = partial(server.write, store_id, "job:freshness")
    asked = server.settings.freshness
    hours = (asked.insight_hours, asked.till_hours, asked.backup_hours)
    limits = freshness.Limits(*(one * freshness.HOUR_MS for one in hours))
    done = freshness.run(server.database, store_id, server.clock.now_ms(), write, limits)
    said = [one.key for one in done.alarms]
    return Ran({"late": said, "raised": done.raised, "ended": done.ended}, found=bool(said))


def _retention(server: StoreServer, store_id: str, ended: Ended) -> Ran:
    """Archive what is old and durable, and empty it of its words."""
    asked = server.settings.retention
    if asked.archive is None:
        raise Refused(f"there is no archive: {NO_ARCHIVE}")
    wish = retention.Wish(asked.archive, asked.older_than_months, asked.preset, SCRUB_AFTER_MS)
    write = partial(server.write, store_id, "job:retention")
    purged = retention.purge(server.database, store_id, write, server.clock.now_ms(), wish, ended=ended)
    said = list(purged.survey.problems[:SAID_MAX])
    detail = {"emptied": purged.emptied, "archive": str(purged.archive or ""), "scrubbed": purged.scrubbed}
    return Ran({**detail, "said": said}, found=bool(said) or not purged.scrubbed)


def _sessions(server: StoreServer, store_id: str, _ended: Ended) -> Ran:
    """Forget the sessions that are over."""
    with server.write(store_id, "job:sessions") as tx:
        return Ran({"removed": sessions.clean(tx)})


JOBS: Final[Mapping[str, Job]] = {
    "backup": Job(_backup, lambda settings: settings.backup.folder is not None, NO_FOLDER, whole=True),
    "verify": Job(_verify),
    "retention": Job(_retention, lambda settings: settings.retention.archive is not None, NO_ARCHIVE),
    "proofs": Job(_proofs),
    "insights": Job(_insights),
    "freshness": Job(_freshness, hourly=True),
    "sessions": Job(_sessions),
}
