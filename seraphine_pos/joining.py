"""Becoming a till of a store: a new one, or one that was lost, whose journals come back from the server.

Everything is fetched into a folder of its own, and the home is no till until all of it is there: joining that was cut
off goes on where it stopped, with the code that was used already, and one that is given up leaves nothing behind.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import Keys, choose_keys, device_key_name, pepper_name
from seraphine_pos.devices.machine import machine
from seraphine_pos.domain import pairing
from seraphine_pos.domain import store as stores
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.pairing import Pairing
from seraphine_pos.domain.protocol import Enrolment, Server
from seraphine_pos.domain.refusal import (
    Enrolled,
    HomeUnusable,
    NoStore,
    NotEnrolled,
    RecoveryRefused,
    Revoked,
    StorageInUse,
)
from seraphine_pos.domain.store import Store
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.store import recovery, salvage
from seraphine_pos.store.anchor import Anchor, Mark
from seraphine_pos.store.database import FILES, sync_folder
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import hold, open_till
from seraphine_pos.store.recovery import Whose
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.client import HttpServer, authority_of
from seraphine_pos.sync.pull import Pull
from seraphine_pos.sync.recovery import Fetched, fetch

RECOVER: Final = "recover"
INSTALL: Final = "install"
FOLDER: Final = "joining"
UNFINISHED: Final = "unfinished"
_CODE: Final = "code.json"
_READY: Final = "ready"
_ANCHOR: Final = "anchor"


class Stage(StrEnum):
    """What joining is busy with."""

    CATALOGUE = "catalogue"
    ENTRIES = "entries"
    LEDGER = "ledger"


Told = Callable[[Stage, int, int], None]


@dataclass(frozen=True, slots=True)
class Joined:
    """Which till this home is now, and how much of it the server held; all 0 for a new till."""

    store_name: str
    till_label: str
    journals: int = 0
    entries: int = 0
    tickets: int = 0


@dataclass(frozen=True, slots=True)
class Joining:
    """The way from a code to a till."""

    home: Home
    clock: Clock
    random_bytes: RandomBytes
    keys: Keys | None
    told: Told

    @property
    def folder(self) -> Path:
        """Where everything is fetched to."""
        return self.home.root / FOLDER

    def join(self, joining: Settings, url: str, code: str, pin: str = "") -> Joined:
        """Become the till that a code is for; raise Enrolled, CodeRefused, RecoveryRefused, or what is out of reach.

        With a pin, nothing secret is said before the server has shown the authority that the pin is of.
        """
        if joining.enrolled:
            raise Enrolled(store=joining.store_name)
        whole, keys = self._enrolled(joining, url, code, pin)
        key = keys.get(device_key_name(whole.device_id)) or ""
        if not (self.folder / _READY).exists():
            server = HttpServer(url, key, whole.server_id, authority=whole.server_authority)
            try:
                self._fetched(whole, server)
            except (NotEnrolled, Revoked):
                # This code was used, and its key is not good any more: only another code goes on from here.
                (self.folder / _CODE).unlink(missing_ok=True)
                raise
            except RecoveryRefused:
                self._clear()
                raise
            finally:
                server.close()
            (self.folder / _READY).touch()
        return self._settle(whole)

    def anew(self, settings: Settings, server: Server, old: TillStore) -> None:
        """Fetch the till of these settings, which goes on elsewhere meanwhile, once more from its server.

        What it holds must be at the server already. ``put_in_place`` is what follows.
        """
        before = own.load(self.folder / self.home.settings.name)
        if (before.store_id, before.till_id) != (settings.store_id, settings.till_id) or self._is_complete():
            shutil.rmtree(self.folder, ignore_errors=True)
        own.save(self.folder / self.home.settings.name, settings)
        self._fetched(settings, server, old)

    def _is_complete(self) -> bool:
        """Tell whether what was fetched has an open journal: it was never put in place, and the till has gone on."""
        if not (self.folder / FILES[0]).exists():
            return False
        with closing(self._opened()) as stored:
            return recovery.has_open(stored.database)

    def _opened(self) -> TillStore:
        return open_till(self.folder, clock=self.clock, random_bytes=self.random_bytes, machine=machine())

    def put_in_place(self, settings: Settings, mark: Mark | None) -> tuple[Joined, Path]:
        """Let what was fetched anew take the closed till's place; return what it holds, and where the old data are.

        Raises StorageInUse where the till has gone on since its anchor said ``mark``.
        """
        held = hold(self.home.lock)
        try:
            anchor = Anchor(self.home.anchor)
            now = anchor.read()
            anchor.close()
            if now != mark:
                raise StorageInUse(path=self.home.till)
            aside = salvage.free_name(self.home.till, salvage.REPLACED)
            salvage.replace(self.home.till, self.folder, aside)
        finally:
            held.close()
        return self._joined(settings), aside

    def _enrolled(self, joining: Settings, url: str, code: str, pin: str) -> tuple[Settings, Keys]:
        """Trade the code for an identity, or take the one that it was traded for before."""
        begun = self._begun(code)
        if begun is not None:
            keys = self.keys or choose_keys(self.home.keys)
            if keys.get(device_key_name(begun.device_id)) and keys.get(pepper_name(begun.store_id)):
                return replace(begun, server_url=joining.server_url), keys
        if pin:
            joining = replace(joining, server_authority=authority_of(url, pin))
        enrolled = enrol(url, code, joining.server_authority)
        keys = self.keys or choose_keys(self.home.keys, fresh=True)
        keep(keys, enrolled)
        whole = identified(joining, enrolled)
        before = own.load(self.folder / self.home.settings.name)
        if (before.store_id, before.till_id) != (whole.store_id, whole.till_id):
            self._make_empty()
        own.save(self.folder / self.home.settings.name, whole)
        (self.folder / _CODE).write_text(json.dumps(_digest(code)), encoding="utf-8")
        return whole, keys

    def _begun(self, code: str) -> Settings | None:
        """Return who this home is about to be, where the same code began it."""
        try:
            used = json.loads((self.folder / _CODE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        found = own.load(self.folder / self.home.settings.name)
        return found if used == _digest(code) and found.enrolled else None

    def _make_empty(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        _set_till_aside(self.home)
        try:
            self.folder.mkdir(mode=0o700)
        except OSError as error:
            raise HomeUnusable(path=self.folder, reason=error.strerror or type(error).__name__) from error

    def _clear(self) -> None:
        """Take away what was fetched; the identity stays, so that the code is not lost with it."""
        for name in (*FILES, _ANCHOR):
            (self.folder / name).unlink(missing_ok=True)

    def _fetched(self, whole: Settings, server: Server, old: TillStore | None = None) -> None:
        """Fetch the feed and the journals, and open a journal of this installation."""
        with closing(self._opened()) as stored:
            self._pull(stored, server)
            store = store_of(stored, self.home)
            whose = Whose(whole.store_id, whole.till_id, whole.till_label)
            opened = stored.journal.journals()[-1] if recovery.has_open(stored.database) else ""
            found = fetch(stored.database, server, whose, partial(self.told, Stage.ENTRIES), but=opened)
            if found.last is not None:
                stored.ledger.rebuild([], lambda done: self.told(Stage.LEDGER, done, found.whole))
            if old is not None:
                recovery.copy_local(old.database, stored.database)
            if not opened:
                _open(stored, whose, store, found)

    def _pull(self, stored: TillStore, server: Server) -> None:
        pull = Pull(stored.mirror, server)
        pages = 0
        while pull.step("", set()):
            pages += 1
            self.told(Stage.CATALOGUE, pages, 0)

    def _settle(self, whole: Settings) -> Joined:
        """Move everything to its place; the settings come last, and make this home a till."""
        for name in (_ANCHOR, *FILES[:-1]):
            if (self.folder / name).exists():
                (self.folder / name).replace(self.home.till / name)
        sync_folder(self.home.till)
        joined = self._joined(whole)
        own.save(self.home.settings, whole)
        shutil.rmtree(self.folder, ignore_errors=True)
        return joined

    def _joined(self, whole: Settings) -> Joined:
        stored = open_till(self.home.till, clock=self.clock, random_bytes=self.random_bytes, machine=machine())
        try:
            *closed, _ = stored.journal.journals()
            entries = sum(stored.journal.state(journal_id).seq for journal_id in closed)
            with stored.database.read() as connection:
                (tickets,) = connection.execute("SELECT count(*) FROM ticket").fetchone()
            return Joined(whole.store_name, whole.till_label, len(closed), entries, tickets)
        finally:
            stored.close()


def unheard(_stage: Stage, _done: int, _whole: int) -> None:
    """Take no notice of how far it is."""


def paired(url: str, text: str) -> Pairing:
    """Return where to go with what a person gave: a whole line, of which an address of their own changes only that."""
    if not pairing.is_pairing(text):
        return Pairing(url, "", text)
    line = pairing.read(text)
    return replace(line, url=url or line.url)


def enrol(url: str, code: str, authority: str = "") -> Enrolment:
    """Trade a one-time code for a till's identity; raise CodeRefused, or what is out of reach."""
    stranger = HttpServer(url, "", "", authority=authority)
    try:
        return stranger.enrol(code, machine())
    finally:
        stranger.close()


def keep(keys: Keys, enrolled: Enrolment) -> None:
    """Keep the secrets of an enrolment; raise KeysUnavailable."""
    keys.set(device_key_name(enrolled.device_id), enrolled.device_key)
    keys.set(pepper_name(enrolled.store_id), enrolled.pepper)


def identified(settings: Settings, enrolled: Enrolment) -> Settings:
    """Return settings that say who this till is."""
    return replace(
        settings, server_id=enrolled.server_id, store_id=enrolled.store_id, store_name=enrolled.store_name,
        till_id=enrolled.till_id, till_label=enrolled.till_label, device_id=enrolled.device_id,
    )  # fmt: skip


def store_of(stored: TillStore, home: Home) -> Store:
    """Return the store as the mirror has it; raise NoStore where it does not."""
    found = stored.mirror.get(DocumentKind.SETTING, STORE_SETTING)
    if found is None:
        raise NoStore(path=home.root)
    return stores.from_body(found.body)


def _open(stored: TillStore, whose: Whose, store: Store, found: Fetched) -> None:
    identity = Identity(
        whose.store_id, whose.till_id, whose.till_label, machine(), store.currency.code, store.currency.decimals
    )
    last = found.last
    if last is None:
        stored.journal.open(identity, INSTALL)
    else:
        stored.journal.open(identity, RECOVER, (last.journal_id, last.seq, last.hash))


def _set_till_aside(home: Home) -> None:
    """Move data that no settings speak of out of the way; nothing is deleted."""
    left = [home.till / name for name in (*FILES, _ANCHOR) if (home.till / name).exists()]
    if left:
        aside = home.root / f"{UNFINISHED}-{sum(1 for _ in home.root.glob(f'{UNFINISHED}-*')) + 1}"
        aside.mkdir(mode=0o700)
        for path in left:
            path.rename(aside / path.name)


def _digest(code: str) -> str:
    """Return what tells a code from another one without telling the code."""
    return sha256("".join(filter(str.isalnum, code.upper())).encode()).hexdigest()
