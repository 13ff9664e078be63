"""Looks at a till's disk as somebody who knows only what the till said: all of it is there, and nothing half.

It reads the tables with a connection of its own, so that no code under test stands between the disk and the verdict.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Entry, check
from seraphine_pos.store import verify
from seraphine_pos.store.till import TillStore
from tests.crash.told import Told, digest

TICKETS = (Kind.SALE_COMPLETED, Kind.SALE_REFUNDED)
_ENTRY = """SELECT position, journal_id, seq, at_ms, kind, version, event_id, salt, body, text, digest, prev_hash, hash
    FROM entry WHERE position > ? ORDER BY position"""
_TICKET = """SELECT event_id, journal_id, seq, refund, receipt, number, lines, total, cash, card, other, position
    FROM ticket WHERE position > ? ORDER BY position"""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a till was looked at: positions of entry and ticket, the chain's end, the last receipt's number."""

    entry: int = 0
    ticket: int = 0
    seq: int = 0
    hash: str = FIRST_HASH.hex()
    number: int = 0

    def written(self) -> str:
        """Write it as one word."""
        return f"{self.entry}/{self.ticket}/{self.seq}/{self.hash}/{self.number}"

    @classmethod
    def read(cls, word: str) -> "Reached":
        """Read the word; no word is the beginning."""
        if not word:
            return cls()
        entry, ticket, seq, hash_, number = word.split("/")
        return cls(int(entry), int(ticket), int(seq), hash_, int(number))


class Inspection:
    """One look at what was written since ``reached``; ``faults`` says what is wrong, ``reached`` then moves on."""

    def __init__(self, path: Path, reached: Reached, told: Told) -> None:
        self._path = path
        self.reached = reached
        self._told = told

    def faults(self) -> list[str]:
        """Return what is wrong."""
        connection = sqlite.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("BEGIN")
            rows = connection.execute(_ENTRY, (self.reached.entry,)).fetchall()
            entries = [Entry(*row[1:]) for row in rows]
            tickets = connection.execute(_TICKET, (self.reached.ticket,)).fetchall()
            found = [*self._chain(entries), *_halves(entries, tickets), *self._numbers(tickets)]
            last = (rows[-1][0] if rows else self.reached.entry, tickets[-1][-1] if tickets else self.reached.ticket)
            found += self._acknowledged(connection, {row[0] for row in tickets})
            found += self._in_progress(connection)
            journals = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
            found += [f"{journals} journals where nothing was restored"] if journals > 1 else []
        finally:
            connection.close()
        self.reached = replace(self.reached, entry=last[0], ticket=last[1])
        return found

    def _chain(self, entries: list[Entry]) -> Iterator[str]:
        seq, head = self.reached.seq, bytes.fromhex(self.reached.hash)
        for entry in entries:
            try:
                check(entry, seq + 1, head)
            except Damaged as problem:
                yield f"entry {entry.seq} ({entry.kind}): {problem}"
                return
            seq, head = entry.seq, entry.hash
        self.reached = replace(self.reached, seq=seq, hash=head.hex())

    def _numbers(self, tickets: list[Any]) -> Iterator[str]:
        wanted = self.reached.number
        for row in tickets:
            wanted += 1
            if row[5] != wanted:
                yield f"receipt {row[4]} where number {wanted} was due"
                return
        self.reached = replace(self.reached, number=wanted)

    def _acknowledged(self, connection: Any, fresh: set[str]) -> Iterator[str]:
        told = self._told
        for event_id, said in told.done.items():
            row = connection.execute("SELECT receipt, total FROM ticket WHERE event_id = ?", (event_id,)).fetchone()
            if row != said:
                yield f"acknowledged {event_id} {said}: on the disk {row}"
        for event_id, why in told.refused.items():
            if event_id in fresh:
                yield f"said not to be saved ({why}), and saved: {event_id}"
        for event_id in fresh - told.done.keys() - told.begun - told.refused.keys():
            yield f"a ticket that nobody rang: {event_id}"

    def _in_progress(self, connection: Any) -> Iterator[str]:
        kept = [row[0] for row in connection.execute("SELECT cart_id FROM cart")]
        for cart_id in kept:
            if connection.execute("SELECT 1 FROM ticket WHERE event_id = ?", (cart_id,)).fetchone():
                yield f"a cart that was paid is still in progress: {cart_id}"
        if len(kept) > 1:
            yield f"{len(kept)} carts in progress at one till"


def cart_faults(store: TillStore, told: Told) -> Iterator[str]:
    """Say if the cart that comes back is not the one that was told to be kept, or about to be."""
    found = store.carts.latest()
    if digest(found) not in told.carts:
        yield f"the cart came back otherwise than told: {found}"


def _halves(entries: list[Entry], tickets: list[Any]) -> Iterator[str]:
    """Compare the tickets in the journal with the rows folded from them, one with one."""
    said = {entry.event_id: entry for entry in entries if entry.kind in TICKETS}
    rows = {row[0]: row for row in tickets}
    if len(rows) != len(tickets):
        yield "a ticket has two rows"
    for event_id in said.keys() ^ rows.keys():
        yield f"half a ticket: {event_id} has only its {'entry' if event_id in said else 'row'}"
    for event_id in said.keys() & rows.keys():
        entry, row = said[event_id], rows[event_id]
        body = json.loads(entry.body)
        paid = {"cash": 0, "card": 0, "other": 0}
        for tender in body["tenders"]:
            paid[tender["method"]] += tender["amount"]
        wanted = (
            event_id, entry.journal_id, entry.seq, int(entry.kind == Kind.SALE_REFUNDED), body["receipt"],
            body["number"], len(body["lines"]), body["total"], *paid.values(),
        )  # fmt: skip
        if tuple(row[:-1]) != wanted:
            yield f"half a ticket: row {tuple(row[:-1])}, entry {wanted}"
        if sum(paid.values()) != body["total"]:
            yield f"half a ticket: {event_id} of {body['total']} paid with {paid}"


def whole(store: TillStore) -> Iterator[str]:
    """Check everything from the first page on: SQLite's own check, every chain, every folded row."""
    yield from pages(store.database.path)
    yield from verify.chain(store)
    yield from verify.ledger(store)


def pages(path: Path) -> Iterator[str]:
    """Check the file by SQLite's own means."""
    connection = sqlite.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        said += [f"foreign key: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
    finally:
        connection.close()
    yield from (one for one in said if one != "ok")
