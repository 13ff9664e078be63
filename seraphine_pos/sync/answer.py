"""What came back: believed only if it is ours and whole, else the failure that it means. Knows no network."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import Enrolment, Head, Page, RowResult, document_from_wire, entry_from_wire
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    CodeRefused,
    Failure,
    NotAllowed,
    NotEnrolled,
    PushDamaged,
    PushTooLarge,
    Revoked,
    ServerRefused,
    ServerTimedOut,
    ServerUnavailable,
    UpgradeNeeded,
)

OK: Final = 200
DAMAGED: Final = 400
ENROL_AGAIN: Final = 401
REVOKED: Final = 403
TOO_LARGE: Final = 413
REFUSED: Final = 422
NOT_ALLOWED: Final = "NOT_ALLOWED"
UPGRADE: Final = 426
LATER: Final = 429
SERVER_FAULT: Final = 500
TOO_SLOW: Final = (408, 504)
NOT_NOW: Final = (LATER, *range(SERVER_FAULT, 600))
REASON_LETTERS_MAX: Final = 200
OUTCOMES: Final = ("created", "updated", "unchanged", "refused")

Json = dict[str, Any]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, media type and content of an answer."""

    status: int
    media: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Health:
    """What a server says of itself to anybody."""

    server_id: str
    live: bool
    ready: bool
    version: str


def believe(answer: Answer, server_id: str, read: Callable[[Json], Value]) -> Value:
    """Return what the answer says if it carries this server's id (any id where it is empty); raise a Failure."""
    if answer.status != OK:
        raise refused(answer)
    wire = _object(answer)
    if wire is None:
        raise AnswerNotOurs(reason="ce n'est pas une réponse de caisse")
    named = wire.get("server_id")
    if not isinstance(named, str) or not named or server_id not in ("", named):
        raise AnswerNotOurs(reason="un autre serveur a répondu")
    try:
        return read(wire)
    except (ValueError, KeyError, TypeError, AttributeError, Failure) as error:
        raise AnswerNotOurs(reason="réponse incomplète") from error


def believe_enrolment(answer: Answer) -> Enrolment:
    """Return the identity given for a code; raise CodeRefused when the server itself says no."""
    if answer.status not in (OK, *TOO_SLOW, *NOT_NOW) and message_of(answer) is not None:
        raise CodeRefused
    return believe(answer, "", enrolment)


def refused(answer: Answer) -> Failure:
    """Return the failure that a status other than 200 means.

    Only a server of ours wraps its reason in the protocol's envelope: without one, a portal or proxy has spoken and
    nothing may be concluded about this till's key or data. 413 is the exception: a proxy's limit is a limit.
    """
    message = message_of(answer)
    if answer.status == TOO_LARGE:
        return PushTooLarge()
    if answer.status in TOO_SLOW:
        return ServerTimedOut(reason=f"réponse {answer.status}")
    if answer.status in NOT_NOW:
        return ServerUnavailable(reason=f"occupé, réponse {answer.status}")
    if message is None:
        return AnswerNotOurs(reason=f"réponse {answer.status}")
    if answer.status == REFUSED:
        return NotAllowed() if _code(answer) == NOT_ALLOWED else ServerRefused(reason=message)
    return _said(answer.status, message)


def _said(status: int, message: str) -> Failure:
    meanings: dict[int, Failure] = {
        DAMAGED: PushDamaged(reason=message),
        ENROL_AGAIN: NotEnrolled(),
        REVOKED: Revoked(),
        UPGRADE: UpgradeNeeded(),
    }
    return meanings.get(status) or ServerUnavailable(reason=f"réponse {status} : {message}")


def message_of(answer: Answer) -> str | None:
    """Return the reason in an error's envelope, None where there is no envelope."""
    error = _error(answer)
    return None if error is None else str(error.get("message") or error["code"])[:REASON_LETTERS_MAX]


def _code(answer: Answer) -> str:
    return str((_error(answer) or {}).get("code", ""))


def _error(answer: Answer) -> Json | None:
    error = (_object(answer) or {}).get("error")
    return error if isinstance(error, dict) and isinstance(error.get("code"), str) else None


def _object(answer: Answer) -> Json | None:
    if not answer.media.lower().startswith("application/json"):
        return None
    try:
        wire = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return wire if isinstance(wire, dict) else None


def head(wire: Json) -> Head:
    """Read where the server stands in a journal."""
    seq, durable = _count(wire["seq"]), _count(wire["durable"])
    return Head(wire["server_id"], _text(wire["journal_id"]), seq, bytes.fromhex(wire["hash"]), durable)


def journals(nonce: str, wire: Json) -> list[Head]:
    """Read where the server stands in the journals of a till; an old answer to another question has another nonce."""
    if wire["nonce"] != nonce:
        raise ValueError("the answer to another question")
    return [head({**one, "server_id": wire["server_id"]}) for one in wire["journals"]]


def hashes(wire: Json) -> dict[int, bytes]:
    """Read the hashes that the server holds."""
    return {int(seq): bytes.fromhex(value) for seq, value in wire["hashes"].items()}


def page(wire: Json) -> Page:
    """Read a page of the feed."""
    more, feed_id = wire["more"], _text(wire["feed_id"])
    # A page without a feed would be put aside and asked for again for ever.
    if not isinstance(more, bool) or not feed_id:
        raise ValueError("not a page")
    documents = tuple(document_from_wire(document) for document in wire["documents"])
    rev, applied_seq, after = _count(wire["rev"]), _count(wire["applied_seq"]), _count(wire["after"])
    return Page(wire["server_id"], feed_id, rev, documents, applied_seq, more, after)


def entries(journal_id: str, wire: Json) -> list[Entry]:
    """Read the entries of a journal."""
    return [entry_from_wire(journal_id, entry) for entry in wire["entries"]]


def row_results(wire: Json) -> list[RowResult]:
    """Read what became of imported rows."""
    return [_row_result(result) for result in wire["results"]]


def enrolment(wire: Json) -> Enrolment:
    """Read a till's identity."""
    return Enrolment(**{field.name: _text(wire[field.name]) for field in fields(Enrolment)})


def health(wire: Json) -> Health:
    """Read who answers."""
    return Health(wire["server_id"], wire["live"] is True, wire["ready"] is True, _text(wire["version"]))


def authority(wire: Json) -> str:
    """Read the certificate that tills are to trust."""
    return _text(wire["authority"])


def _row_result(wire: Json) -> RowResult:
    if wire["outcome"] not in OUTCOMES:
        raise ValueError("not an outcome")
    reason = wire.get("reason")
    return RowResult(_text(wire["key"]), wire["outcome"], None if reason is None else _text(reason))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004  the answer is wrong, not the caller
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value
