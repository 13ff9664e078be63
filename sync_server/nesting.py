"""How deep the JSON of a request goes: looked at before it is parsed, at a cost that its size alone decides."""

from itertools import accumulate
from typing import Final

from sync_server.errors import Unreadable

# The deepest request there is, a block of products with their codes, has seven. What an entry says is a text in its
# push, whatever is nested in it: it is kept, and set aside when nobody can read it.
LEVELS_MAX: Final = 32
# More quotes, or brackets, than the largest such block holds in the bytes that a request may have.
MARKS_MAX: Final = 1_000_000
_MARKS: Final = b'"[]{}'
_OTHERS: Final = bytes(set(range(256)) - set(_MARKS))
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def check(body: bytes) -> None:
    """Raise Unreadable for JSON with more levels, or far more parts, than any call takes."""
    if levels(body) > LEVELS_MAX:
        raise Unreadable(f"the JSON is nested deeper than {LEVELS_MAX} levels")


def levels(body: bytes) -> int:
    """Return how many arrays and objects stand in each other at most; of what is no JSON, any number.

    Raises Unreadable for more texts, or arrays and objects, than MARKS_MAX.
    """
    # First the pairs of backslashes go, then the quotes behind one: every quote that is left begins or ends a text.
    marks = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _OTHERS)
    if marks.count(b'"') > MARKS_MAX:
        raise Unreadable("the JSON holds more texts than any call takes")
    outside = b"".join(marks.split(b'"')[::2])
    if len(outside) > MARKS_MAX:
        raise Unreadable("the JSON holds more arrays and objects than any call takes")
    return max(accumulate(map(_STEPS.__getitem__, outside)), default=0)
