"""A file that is sent whole: taken to disk as it comes, up to a cap of its own, and read line by line."""

import asyncio
import gzip
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import IO, Annotated, Final

from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from sync_server.errors import Refused, TooLarge, TooSlow

FILE_BYTES_MAX: Final = 20 << 20
LINE_BYTES_MAX: Final = 64 << 10
# Empty lines count: looking at twenty million of them takes a minute.
LINES_MAX: Final = 1_000_000
IN_MEMORY_MAX: Final = 1 << 20
NO_TEXT: Final = (b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff")


async def uploaded(request: Request) -> AsyncIterator[IO[bytes]]:
    """Give the file that is sent, inflated when it is gzip; it is gone after the request."""
    seconds = request.app.state.server.settings.limits.body_seconds
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise Refused("this content encoding is not read here: send gzip or plain")
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_MAX) as file:
        try:
            async with asyncio.timeout(seconds):
                await _take(request, file)
        except TimeoutError:
            raise TooSlow(f"the file took longer than {seconds} seconds") from None
        except ClientDisconnect:
            raise Refused("the connection ended before the file did") from None
        file.seek(0)
        yield gzip.GzipFile(fileobj=file, mode="rb") if encoding == "gzip" else file  # type: ignore[misc]  # both are read alike


async def _take(request: Request, file: IO[bytes]) -> None:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > FILE_BYTES_MAX:
            raise TooLarge(f"the file is larger than {FILE_BYTES_MAX} bytes: split it")
        file.write(part)


Uploaded = Annotated[IO[bytes], Depends(uploaded)]


def lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines of a text with their ends; raise Refused for what is none, TooLarge for what is too long."""
    read = number = 0
    while line := _line(file):
        number += 1
        read += len(line)
        if read > FILE_BYTES_MAX or number > LINES_MAX:
            raise TooLarge(f"the file holds more than {FILE_BYTES_MAX} bytes or {LINES_MAX} lines: split it")
        if len(line) > LINE_BYTES_MAX:
            raise Refused(f"line {number} is longer than {LINE_BYTES_MAX} bytes: this is no CSV")
        if number == 1 and line.startswith(NO_TEXT):
            raise Refused("this is a workbook, an archive or UTF-16: save it as CSV in UTF-8 first")
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as problem:
            raise Refused(
                f"line {number}, byte {problem.start + 1} is not {encoding}: save the file as CSV in UTF-8, or say"
                " encoding=cp1252"
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _line(file: IO[bytes]) -> bytes:
    try:
        return file.readline(LINE_BYTES_MAX + 1)
    except (EOFError, OSError, zlib.error) as problem:
        raise Refused(f"the gzip stream is broken: {problem}") from None
