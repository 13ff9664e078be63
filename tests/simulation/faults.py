"""The classes of fault that a simulation has, and how often each happened: none may be idle. It does no harm itself."""

import sys
from collections import Counter
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What goes wrong."""

    # On the way.
    LOST_REQUEST = "request lost"
    LOST_ANSWER = "answer lost"
    DUPLICATE = "request delivered twice"
    LATE_REPLAY = "request replayed late"
    REORDERED = "request delivered after later ones"
    CUT_REQUEST = "request cut short"
    CUT_ANSWER = "answer cut short"
    WRONG_SERVER = "wrong server answered"
    PORTAL = "portal answered HTML with 200"
    OLD_ANSWER = "old answer from a cache"
    # On the till's disk.
    WRITE_FAILED = "till's write failed"
    LIED = "till's commit reported failed but saved"
    # The end of a process.
    TILL_KILLED_BEFORE = "till killed before its commit"
    TILL_KILLED_AFTER = "till killed after its commit"
    TILL_KILLED_SYNCING = "till killed while exchanging"
    TILL_KILLED_ROTATING = "till killed while opening a successor"
    SERVER_KILLED_BEFORE = "server killed before its commit"
    SERVER_KILLED_AFTER = "server killed after its commit"
    SERVER_DISK = "server's disk refused"
    # Old copies.
    SERVER_RESTORED = "server restored by the command"
    SERVER_COPIED_BACK = "server's file copied back"
    DATABASE_PUT_BACK = "till's database put back"
    FOLDER_PUT_BACK = "till's whole folder put back"
    TILL_RESTORED = "till restored by the command"
    WITHOUT_WAL = "till's copy lacked its WAL"
    ANCHOR_LOST = "anchor lost"
    ANCHOR_OLD = "anchor behind"
    CLONED_ELSEWHERE = "till cloned to another machine"
    CLONED_ALIKE = "till cloned with its machine's id"
    REPLACED = "lost till replaced by a new one"
    RECOVERED = "lost till recovered on a new PC"
    TILL_KILLED_RECOVERING = "till killed while it was recovered"
    # What is written.
    POISON = "poison entry"
    CLOCK_MOVED = "clock moved"
    WEEKS_OFFLINE = "weeks offline"


class Seen(StrEnum):
    """What follows from faults and from a day's work."""

    SOLD = "sales"
    GIVEN_BACK = "refunds"
    WISHED = "proposals"
    PUBLISHED = "catalogue edits"
    EXCHANGED = "exchanges"
    TOLD_AGAIN = "events told again in another journal"
    FOUND_AT_START = "restored or cloned, found at the start"
    FORKED = "forks found by the server's head"
    REFUSED_BY_DISK = "sales refused by a disk, rung again"
    FAILED_YET_SAVED = "sales found saved after a failed commit"
    DONE_UNSEEN = "sales found done after a kill"
    FEED_RENEWED = "feeds renewed"
    ENROLLED_AGAIN = "tills enrolled again"
    JUMP_NOTED = "clock jumps noted in the journal"
    QUARANTINED = "entries in quarantine"
    NUMBER_TWICE = "receipt numbers used by both branches of a fork"
    ONLY_ON_LOST_DISKS = "tickets lost with their only disk"
    FETCHED = "tickets fetched back from the server"
    PROVED = "shops proved by the product's own verify"


# A limit on the size of files makes real writes fail; not every system has one.
LIMITS_FILES: Final = sys.platform != "win32"
# A run of fewer seeds may leave a class out by chance.
WHOLE_RUN_SEEDS: Final = 300

Counts = Counter[str]


def idle(counts: Counts) -> list[str]:
    """Return what never happened."""
    excused = set() if LIMITS_FILES else {Fault.WRITE_FAILED, Seen.REFUSED_BY_DISK}
    return [str(one) for one in (*Fault, *Seen) if not counts[one] and one not in excused]
