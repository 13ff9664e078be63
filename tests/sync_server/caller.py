"""A caller of the application in the same process, one request at a time."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends requests straight to an application."""

    app: FastAPI

    def request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request and wait for its whole answer."""
        return asyncio.run(self._request(method, path, parts))

    def get(self, path: str, **parts: Any) -> httpx.Response:
        """Send a GET."""
        return self.request("GET", path, **parts)

    def post(self, path: str, **parts: Any) -> httpx.Response:
        """Send a POST."""
        return self.request("POST", path, **parts)

    async def _request(self, method: str, path: str, parts: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **parts)
