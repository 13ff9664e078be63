"""A till's way to the server for the load tool: one connection that stays open, gzip, and every byte counted.

The standard library's client on purpose: the one of ``outbound`` guards the shop's own calls to strangers, keeps no
connection, and would cost a load more time than the till that it stands for.
"""

import gzip
import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

from sync_server.errors import Unready

GZIP_LEVEL: Final = 6
WAIT_S: Final = 60
OK: Final = 200
TOO_MANY: Final = 429
SCHEMES: Final = ("http", "https")


class _Plain(HTTPConnection):
    sent = 0

    def send(self, data: Any) -> None:
        """Send, and count."""
        self.sent += len(data)
        super().send(data)


class _Secure(HTTPSConnection):
    sent = 0

    def send(self, data: Any) -> None:
        """Send, and count."""
        self.sent += len(data)
        super().send(data)


class Door:
    """Asks one server, as one device; ``sent`` and ``received`` count bytes, heads included, TLS not."""

    def __init__(self, url: str, key: str = "", authority: Path | None = None) -> None:
        """Keep where to ask; nothing is opened yet. ``authority`` is the certificate that vouches for the server."""
        self._url = url
        self._key = key
        self._authority = authority
        self._line: _Plain | _Secure | None = None
        self.sent = self.received = 0

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None, params: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send a request and return its status and answer; raise Unready when nobody answers."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        content = b""
        if body is not None:
            content = gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), GZIP_LEVEL)
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        if params:
            path = f"{path}?{urlencode(params)}"
        if self._line is None:
            self._line = self._opened()
        try:
            self._line.request(method, path, content or None, headers)
            answer = self._line.getresponse()
            told = answer.read()
        except (OSError, HTTPException) as problem:
            self.close()
            raise Unready(f"{self._url} does not answer: {str(problem) or type(problem).__name__}") from problem
        self.sent, self._line.sent = self.sent + self._line.sent, 0
        self.received += len(str(answer.headers)) + len(told)
        try:
            return answer.status, json.loads(told)
        except ValueError:
            return answer.status, {}

    def __enter__(self) -> Self:
        """Return the door itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _opened(self) -> _Plain | _Secure:
        parts = urlsplit(self._url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise Unready(f"“{self._url}” is no address: write http://HOST:PORT or https://HOST:PORT")
        if parts.scheme == "http":
            return _Plain(parts.hostname, parts.port, timeout=WAIT_S)
        trusted = ssl.create_default_context(cafile=self._authority)
        return _Secure(parts.hostname, parts.port, timeout=WAIT_S, context=trusted)
