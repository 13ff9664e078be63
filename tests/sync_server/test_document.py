"""The OpenAPI document: every integer says what it counts, and every JSON answer has a schema that says something."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from sync_server.app import build
from tests.sync_server.described import agree, routes_of
from tests.sync_server.shop import Shop

# The last words of the names of what is money, a quantity, a moment, and of integers that count things one by one.
MONEY = {"amount", "change", "discount", "given", "gross", "net", "price", "refunded", "tax", "total"}
QUANTITY = {"quantity"}
MOMENT = {"at", "ms"}
OTHERS = {
    "after", "aside", "count", "created", "decimals", "durable", "ended", "hour", "included", "letters", "limit",
    "line", "minutes", "number", "refunds", "refused", "released", "rev", "rows", "sales", "seq", "seqs",
    "tickets", "tried", "unchanged", "updated", "version", "waiting",
}  # fmt: skip
FREE = {"body", "current", "proposed", "stands", "ticket"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Give SQLite alone: the document is the same whatever is behind."""
    return f"sqlite:///{tmp_path / 'server.db'}"


@pytest.fixture
def app(shop: Shop) -> FastAPI:
    """Give the application over the shop."""
    return build(shop.server)


def test_calls_that_prove_elsewhere_who_calls_say_401(app: FastAPI) -> None:
    calls = app.openapi()["paths"]
    for path in ("/v1/sessions", "/v1/webhooks/n8n/insights"):
        assert "401" in calls[path]["post"]["responses"], path


def test_the_roles_that_are_taken_are_the_ones_that_are_said(app: FastAPI) -> None:
    calls = app.openapi()["paths"]["/v1/staff"]
    wanted = calls["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["role"]
    assert wanted["enum"] == ["owner", "pilotTester", "cashier"]


def integers(part: Any, name: str = "", owner: Any = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each place of a document where an integer may stand: the name there, and the schema that has the name."""
    if isinstance(part, list):
        for one in part:
            yield from integers(one, name, owner)
    if not isinstance(part, dict):
        return
    if part.get("type") == "integer":
        yield name, owner
    for key, value in part.items():
        own = named(part, key)
        for field, schema in own:
            yield from integers(schema, field, schema)
        if not own and key not in {"example", "examples"}:
            yield from integers(value, name, owner)


def named(part: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    """Return what has a name of its own in a part of a document: fields, places of a row, a parameter."""
    if key == "properties":
        return list(part[key].items())
    if key == "prefixItems":
        return [(place["title"].lower().replace(" ", "_"), place) for place in part[key]]
    return [(part["name"], part[key])] if key == "schema" and "in" in part else []


def test_every_integer_says_what_it_counts(app: FastAPI) -> None:
    seen = set()
    for name, schema in integers(app.openapi()):
        last, said = re.split("_|(?=[A-Z])", name)[-1].lower(), str(schema.get("description", ""))
        seen.add(last)
        assert last in MONEY | QUANTITY | MOMENT | OTHERS, f"{name} counts what? Say it in routes/units.py, and here"
        assert ("minor units" in said, "thousandths" in said) == (last in MONEY, last in QUANTITY), name
        assert last not in MOMENT or "Unix" in said, name
    assert seen >= {"price", "total", "gross", "net", "tax", "refunded", "quantity", "ms"}


def test_whatever_a_document_or_a_ticket_holds_says_it_too(app: FastAPI) -> None:
    parts = app.openapi()["components"]["schemas"]
    said = {
        f"{title}.{name}": schema.get("description", "")
        for title, part in parts.items()
        for name, schema in part.get("properties", {}).items()
        if name in FREE and schema.get("type") != "string"
    }
    assert len(said) >= 5
    assert [name for name, words in said.items() if "minor units" not in words] == []


def test_every_json_answer_has_a_schema_that_says_something(app: FastAPI) -> None:
    parts = app.openapi()["components"]["schemas"]
    for path, calls in app.openapi()["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                schema = answer["content"].get("application/json", {}).get("schema")
                if schema is None:
                    assert "application/json" not in answer["content"], (method, path, status)
                    continue
                whole = [parts[one["$ref"].rpartition("/")[2]] for one in schema.get("anyOf", [schema])]
                for one in whole:
                    assert one["required"] == [*one["properties"]], (method, path, status)
                    assert one["description"], (method, path, status)


def test_every_example_of_an_answer_is_one(app: FastAPI) -> None:
    held = 0
    for route in routes_of(app):
        for said in route.responses.values():
            example = said.get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                agree(said["model"], example)
                held += 1
    assert held > 2 * len(routes_of(app))
