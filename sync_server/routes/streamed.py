"""Answers that are files: sent as they are made, under a name."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import IO, Final

from fastapi import Response
from starlette.responses import StreamingResponse

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF: Final = "application/pdf"
PART_BYTES: Final = 64 << 10


def text(lines: Iterable[str], name: str) -> Response:
    """Return a CSV that is sent as it is made."""
    return StreamingResponse((part.encode(errors="replace") for part in lines), media_type=CSV, headers=_named(name))


def file(source: IO[bytes], name: str, media: str) -> Response:
    """Return a file from its beginning; it is closed when it was sent."""
    source.seek(0)
    return StreamingResponse(_parts(source), media_type=media, headers=_named(name))


def whole(content: bytes, name: str, media: str) -> Response:
    """Return a file that is there already."""
    return Response(content, media_type=media, headers=_named(name))


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    with closing(source):
        while part := source.read(PART_BYTES):
            yield part


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
