"""Makes the sample store on this PC: its server, its goods, its past, and what an analysis found in it.

It marks the folder it makes, and never touches a home that it has not made.
"""

import json
import logging
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from seraphine_pos.demo import sample as samples
from seraphine_pos.demo import webhook
from seraphine_pos.demo.clock import PastClock
from seraphine_pos.demo.findings import findings
from seraphine_pos.demo.history import Counter, History, Progress
from seraphine_pos.demo.rhythm import Visit
from seraphine_pos.demo.sample import Sample
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.refusal import Failure, StorageInUse
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.paths import Home
from seraphine_pos.shop import NewMember, NewStore, Shop, found_shop, make_home, open_shop
from seraphine_pos.sync.sidecar import COMMAND

PROGRAM: Final = "seraphine-pos-demo"
MARK: Final = "demo.json"
SEED: Final = 20_261_122
LEAD_S: Final = 60
OPENING_MS: Final = 3_600_000
SECOND_MS: Final = 1_000
SECRET_S: Final = 60
PACKAGES: Final = Path(__file__).resolve().parents[2]

_log = logging.getLogger(__name__)

Watch = Callable[[str], AbstractContextManager[Progress]]


class NotOurs(Exception):
    """The folder holds a store that the demo did not make; the text says where."""


def home_of(environ: Mapping[str, str]) -> Home:
    """Return the demo's home: the one that SERAPHINE_HOME names, else one apart from a person's own till."""
    return Home.from_environment(environ, PROGRAM)


def keys_of(home: Home) -> FileKeys:
    """Return the demo's secrets, which open nothing but the demo: no keyring is asked to keep them."""
    return FileKeys(home.keys)


def is_made(home: Home) -> bool:
    """Tell whether a whole sample store stands in this home; raise NotOurs where something else does."""
    try:
        mark = json.loads((home.root / MARK).read_text("utf-8"))
    except FileNotFoundError:
        if home.settings.exists() or home.till_database.exists() or home.server_database.exists():
            raise NotOurs(str(home.root)) from None
        return False
    except ValueError:
        return False
    return bool(mark.get("whole"))


def clear(home: Home) -> None:
    """Remove a sample store; raise NotOurs for any other, StorageInUse while a till works on it."""
    is_made(home)
    if not (home.root / MARK).exists():
        return
    _check_free(home)
    for folder in (home.till, home.server, home.logs, home.receipts):
        shutil.rmtree(folder, ignore_errors=True)
    (home.root / MARK).unlink(missing_ok=True)


def make(home: Home, clock: Clock, watch: Watch, *, days: int | None = None, seed: int = SEED) -> list[Ticket]:
    """Make the sample store in an empty home, up to the clock's now; return the sales of its past.

    A home that was left half made is begun anew.
    """
    clear(home)
    make_home(home)
    _mark(home, whole=False)
    sample, chance = samples.read(), Random(seed)  # noqa: S311  a story, no secret
    visits = _visits(sample, clock, days, chance)
    past = PastClock(_ms(visits[0]) - OPENING_MS, clock.now_ms())
    keys = keys_of(home)
    found_shop(home, _request(sample), clock=past, keys=keys)
    with open_shop(home, clock=past, keys=keys) as shop:
        shop.server.import_products(sample.owner.staff_id, samples.import_rows(sample.products), dry_run=False)
        shop.exchange()
        history = History(sample, Counter(shop.checkout, shop.refunds, shop.staff, shop.feedback), past, chance)
        with watch("Ringing up the past") as progress:
            history.ring(visits, progress)
        with watch("Sending it to the server") as progress:
            _send(shop, progress)
        _tell(home, shop, sample, history.tickets, clock.now_ms())
        shop.exchange()
    _mark(home, whole=True)
    return history.tickets


def pin_words(sample: Sample) -> str:
    """Return the line that shows the demo's PINs at sign-in."""
    return " · ".join(f"{person.name.split()[0]} {person.pin}" for person in sample.people)


def _check_free(home: Home) -> None:
    """Raise StorageInUse while a till works here; whatever else is wrong goes away with the folder."""
    try:
        with open_shop(home, keys=keys_of(home)):
            return
    except StorageInUse:
        raise
    except Failure as failure:
        _log.info("the sample store is removed although it cannot be opened: %r", failure)


def _visits(sample: Sample, clock: Clock, days: int | None, chance: Random) -> list[Visit]:
    now = datetime.fromtimestamp(clock.now_ms() // SECOND_MS, UTC).astimezone(ZoneInfo(sample.store.time_zone))
    until = now - timedelta(seconds=LEAD_S)
    return list(sample.rhythm.visits(until, sample.rhythm.days if days is None else days, chance))


def _ms(visit: Visit) -> int:
    return int(visit.at.timestamp() * SECOND_MS)


def _request(sample: Sample) -> NewStore:
    people = tuple(NewMember(one.name, one.role, one.pin, one.staff_id) for one in sample.people)
    return NewStore(sample.store, sample.taxes, people)


def _send(shop: Shop, progress: Progress) -> None:
    whole = shop.stored.journal.state().waiting
    for state in shop.engine.steps():
        progress(whole - state.waiting, whole)
        if state.problem is not None:
            raise state.problem


def _tell(home: Home, shop: Shop, sample: Sample, tickets: list[Ticket], now_ms: int) -> None:
    if shop.sidecar is None:
        return
    url, secret = shop.sidecar.url(), _webhook_secret(home)
    for told in findings(sample, tickets, now_ms):
        webhook.send(url, secret, f"msg_{told['sourceRunId']}", now_ms // SECOND_MS, told)


def _webhook_secret(home: Home) -> str:
    command = [*COMMAND, "webhook-secret", "--home", str(home.root)]
    # Our own program, with a folder that a person named.
    done = subprocess.run(  # noqa: S603
        command, cwd=PACKAGES, check=True, capture_output=True, text=True, timeout=SECRET_S
    )
    return done.stdout.strip()


def _mark(home: Home, *, whole: bool) -> None:
    (home.root / MARK).write_text(json.dumps({"whole": whole}) + "\n", "utf-8")
