"""The ways the server says no, each with its HTTP status and its code on the wire.

    Problem
    ├── Refused       the caller can do something about it (4xx)
    └── Unready       the server cannot answer now (5xx, ask again later)

Anything else is a bug: it is logged whole and answered with 500 and no detail.
"""

from typing import ClassVar


class Problem(Exception):
    """A problem with one sentence that says what to do."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, **details: object) -> None:
        """Keep the sentence and whatever a program may want to read."""
        super().__init__(message)
        self.message = message
        self.details = details


class Refused(Problem):
    """The request cannot be done as it stands."""

    status = 400
    code = "VALIDATION_ERROR"


class Unreadable(Refused):
    """The bytes of the request are not what this call takes, or do not agree with their hashes."""

    code = "DAMAGED"


class Unauthenticated(Refused):
    """No key, or a key nobody has: enrol again."""

    status = 401
    code = "AUTH_UNAUTHENTICATED"


class Forbidden(Refused):
    """The key was revoked, or may not do this."""

    status = 403
    code = "AUTH_FORBIDDEN"


class StepUp(Forbidden):
    """The person may do this, but has to give the PIN again first."""

    code = "AUTH_STEP_UP"


class Missing(Refused):
    """There is no such thing here."""

    status = 404
    code = "NOT_FOUND"


class Conflict(Refused):
    """It was done already, or something else stands in its place."""

    status = 409
    code = "CONFLICT"


class TooLarge(Refused):
    """The request is larger than this call takes: send less at a time."""

    status = 413
    code = "TOO_LARGE"


class RateLimited(Refused):
    """Too many requests, or too many guesses: ask again later."""

    status = 429
    code = "RATE_LIMITED"


class TooSlow(Refused):
    """The body did not come in time: send less at a time."""

    status = 408
    code = "TOO_SLOW"


class Unready(Problem):
    """The server cannot answer now; nothing was done, ask again later."""

    status = 503
    code = "UNAVAILABLE"


class DatabaseFailed(Unready):
    """The database refused, or is out of reach."""


class OldLibrary(Unready):
    """The SQLite library has a known fault that can damage data."""


class NewerDatabase(Unready):
    """The database was written by a newer program."""
