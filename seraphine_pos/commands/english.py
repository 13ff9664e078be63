"""Failures in the words of the operator's terminal: what happened, and what to do about it.

The shop reads its own language; a terminal is English, so that a log reads the same everywhere.
"""

from collections.abc import Mapping
from typing import Final

from seraphine_pos.domain import backup, pairing, refusal
from seraphine_pos.domain.reason import Reason
from seraphine_pos.domain.refusal import Failure

SENTENCES: Final[Mapping[type[Failure], str]] = {
    refusal.Failure: "it did not work: {failure}",
    refusal.UnknownCode: "no product has the code {code}",
    refusal.InvalidCode: "that is no code ({reason})",
    refusal.InvalidAmount: "“{text}” is not an amount; write for example 12.50",
    refusal.InvalidQuantity: "the quantity must be above zero and below a million",
    refusal.InvalidPrice: "the price must be zero or more, and one that a till can count",
    refusal.TicketFull: "the ticket is full ({lines} lines)",
    refusal.RefundTooMuch: "“{name}”: only {left} are left to give back on that ticket",
    refusal.NotAllowed: "only an owner may do this; name one with --operator",
    refusal.NotSignedIn: "nobody is signed in",
    refusal.UnknownReceipt: "no ticket has the number {receipt} at this till",
    refusal.AlreadyRecorded: "this is in the journal already; nothing was counted twice",
    refusal.InvalidText: "the text is empty or too long (at most {longest} characters)",
    refusal.InvalidFile: "{path}: {reason}",
    refusal.InvalidSetting: "{name}: {reason}",
    refusal.InvalidPeriod: "from {start} to {end} are no days; write YYYY-MM-DD, the first before the last, "
    "ten years at most",
    refusal.Enrolled: "this till already belongs to the store “{store}”",
    refusal.CodeRefused: "the enrolment code is unknown, used or too old; ask the store's server for a new one",
    refusal.ServerUnavailable: "the store's server is out of reach ({reason}); nothing is lost, try again when it runs",
    refusal.AnswerNotOurs: "what answered is not the store's server ({reason}); check the address and the network",
    refusal.ServerTimedOut: "the store's server did not answer in time ({reason}); nothing is lost, try again",
    pairing.PlainLine: "{url} is not encrypted: beyond this PC a till speaks https alone; use what “seraphine-server "
    "enrol-code” prints",
    pairing.PairingUnreadable: "the line is cut or none: copy all of what “seraphine-server enrol-code” printed",
    pairing.ClockDisagrees: "the server's certificate is the store's own, but not for now: set the clock of this PC, "
    "or the server's",
    refusal.ServerFailed: "the store's server does not start ({reason}); its log is {log}",
    refusal.RecoveryRefused: "what the store's server sends of this till's journals does not verify ({reason}); it was "
    "not taken over: run “seraphine-server verify” there, then begin again",
    refusal.NotEnrolled: "the store's server no longer knows this till; enrol it again with a new code "
    "(seraphine-server enrol-code), everything is kept meanwhile",
    refusal.Revoked: "this till was taken out of the store; everything is kept here, an owner can enrol it again",
    refusal.UpgradeNeeded: "the server needs a newer version of this program; everything is kept meanwhile",
    refusal.PushTooLarge: "the store's server takes no sending of this size; it goes in smaller parts, try again",
    refusal.PushDamaged: "entries do not agree with their hashes, so they cannot be sent ({reason}); run "
    "“seraphine-pos verify” and keep a copy of the data folder",
    refusal.PushStuck: "the server does not take entry {seq} of the journal; run “seraphine-pos verify”",
    refusal.SyncFailed: "the exchange stopped on a fault of this program ({reason}); see the log",
    refusal.StorageFull: "the disk is full; make room and run the command again, it goes on where it stopped",
    refusal.StorageFailed: "the disk did not confirm a write ({reason}); look at the disk, then run the command again",
    refusal.StorageRefused: "the disk refused a write ({reason}), and nothing of it is there; look at the disk",
    refusal.StorageDamaged: "the till's data is damaged ({reason}); open the till: it mends it and says what is lost",
    refusal.NothingSaved: "the till's data cannot be read ({reason}) and is left as it is; restore a backup",
    refusal.StorageBusy: "another program is using the till's database; try again in a moment",
    refusal.NetworkFolder: "the data folder {path} is on a network disk, which may lose sales; choose one of this PC",
    refusal.NoRoom: "only {free} MB are free on the disk: no new sale begins; free some space",
    backup.BackupFailed: "the backup could not be written in {folder}; the till's log says why",
    backup.BackupFaulty: "the backup is a true copy of data in which something is wrong; run “seraphine-pos verify”",
    refusal.StorageInUse: "a till is open on this data ({path}); close its window and run the command again",
    refusal.NewerDatabase: "this data was written by a newer version ({found}) than this program knows ({known}); "
    "install the newer one, nothing was changed",
    refusal.OldLibrary: "SQLite {version} can damage data; 3.51.3 or newer is needed (run the set-up again)",
    refusal.HomeUnusable: "the data folder {path} cannot be made ({reason}); "
    "choose another one with SERAPHINE_HOME=DIR",
    refusal.NoStore: "there is no store in {path}; run “seraphine-pos” to make one",
    refusal.KeysUnavailable: "the system's keyring is closed ({reason}); unlock it and run the command again",
}


def english(failure: Failure) -> str:
    """Return the sentence for a failure; one that has none is given in its own words."""
    for kind in type(failure).__mro__:
        if kind in SENTENCES and kind is not Failure:
            return SENTENCES[kind].format(**{name: _said(value) for name, value in failure.details.items()})
    return SENTENCES[Failure].format(failure=failure)


def _said(value: object) -> object:
    return value.english if isinstance(value, Reason) else value
