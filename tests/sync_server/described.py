"""A caller whose every answer is held against what its route says of itself."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import Match

from tests.sync_server.caller import Caller


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Return the routes of an application."""
    whole = [part for route in app.routes for part in getattr(route, "original_router", app).routes]
    return [route for route in whole if isinstance(route, APIRoute)]


def agree(model: Any, value: object) -> None:
    """Assert that a value is of a model, and holds nothing beyond it."""
    adapter = TypeAdapter(model)
    assert adapter.dump_python(adapter.validate_python(value), mode="json") == value


@dataclass(frozen=True, slots=True)
class DescribedCaller:
    """Sends requests as somebody, and checks each JSON answer against its route's model."""

    app: FastAPI
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request and return its answer, which agrees with its description."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = Caller(self.app).request(method, path, headers={**headers, **parts.pop("headers", {})}, **parts)
        said: dict[int | str, dict[str, Any]] = {}
        scope = {"type": "http", "method": method, "path": httpx.URL(path).path}
        for route in routes_of(self.app):
            if route.matches(scope)[0] is Match.FULL:
                said = dict(route.responses)
                break
        described = said.get(answer.status_code) or said.get(f"{answer.status_code // 100}XX")
        assert described is not None, (method, path, answer.status_code, answer.text)
        if "json" in answer.headers["content-type"]:
            agree(described["model"], answer.json())
        return answer
