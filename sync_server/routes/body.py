"""The bytes of a request: capped as they come in, inflated under a cap, and read into types."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from sync_server import nesting, shape_faults
from sync_server.errors import Refused, TooLarge, TooSlow, Unreadable

SENT_BYTES_MAX: Final = 2 << 20
INFLATED_BYTES_MAX: Final = 4 << 20
GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS

Value = TypeVar("Value")


async def raw_body(request: Request) -> bytes:
    """Return the body as it was sent, never holding more than the cap."""
    seconds = request.app.state.server.settings.limits.body_seconds
    try:
        async with asyncio.timeout(seconds):
            return b"".join([part async for part in _capped(request)])
    except TimeoutError:
        raise TooSlow(f"the body took longer than {seconds} seconds: send less at a time") from None
    except ClientDisconnect:
        # A line that broke is no fault of this program: nobody hears the answer, and the till sends again.
        raise Unreadable("the connection ended before the body did") from None


async def _capped(request: Request) -> AsyncIterator[bytes]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > SENT_BYTES_MAX:
            raise TooLarge(f"the body is larger than {SENT_BYTES_MAX} bytes: send less at a time")
        yield part


Raw = Annotated[bytes, Depends(raw_body)]


def plain_body(request: Request, raw: Raw) -> bytes:
    """Return the body inflated when it is gzip; in a worker thread, so that no other request waits."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return raw
    if encoding != "gzip":
        raise Unreadable(f"the content encoding {encoding!r:.40} is not read here: send gzip or plain")
    return inflate(raw)


Plain = Annotated[bytes, Depends(plain_body)]


def inflate(data: bytes) -> bytes:
    """Return what a gzip stream holds; raise Unreadable for a broken one and TooLarge above the cap."""
    stream = zlib.decompressobj(GZIP_WINDOW)
    try:
        inflated = stream.decompress(data, INFLATED_BYTES_MAX)
    except zlib.error as problem:
        raise Unreadable(f"the gzip stream is broken: {problem}") from None
    if stream.unconsumed_tail:
        raise TooLarge(f"the body inflates to more than {INFLATED_BYTES_MAX} bytes: send less at a time")
    if not stream.eof or stream.unused_data:
        raise Unreadable("the gzip stream is cut off, or something follows it")
    return inflated


def read(adapter: TypeAdapter[Value], body: bytes) -> Value:
    """Return the body as the adapter's type; raise Unreadable with the first problems."""
    nesting.check(body)
    return read_flat(adapter, body)


def read_flat(adapter: TypeAdapter[Value], body: bytes) -> Value:
    """Return the body as a type whose every part has a shape of its own; raise Unreadable with the first problems.

    How deep it goes is not looked at, which would cost a push a tenth of its time: what the type does not name is
    skipped by the parser, which ends at 200 levels, and nobody sees it.
    """
    try:
        return adapter.validate_json(body)
    except ValidationError as problem:
        raise Unreadable(shape_faults.told(problem.errors())) from None


def asked(adapter: TypeAdapter[Value], body: bytes) -> Value:
    """Return the body as the adapter's type; raise Refused with the first problems, for whoever wrote the request."""
    try:
        found = read(adapter, body)
    except Unreadable as problem:
        raise Refused(problem.message) from None
    if twice := shape_faults.given_twice(body):
        raise Refused(twice)
    return found
