"""What a call reads goes 32 levels deep and no further; what a till says is never refused for what is nested in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.journal import BODY_BYTES_MAX, FIRST_HASH, Draft
from seraphine_pos.domain.protocol import entry_to_wire
from sync_server import nesting
from sync_server.app import build
from sync_server.errors import Unreadable
from sync_server.routes.body import INFLATED_BYTES_MAX
from tests.sync_server.caller import Caller
from tests.sync_server.shop import OWNER, Shop, Till

# Texts that look like structure, and ends of texts that look like none.
TRICKY = st.text(st.sampled_from('"\\[]{}a,:\n'), max_size=8) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.integers() | TRICKY,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TRICKY, parts, max_size=3),
    max_leaves=12,
)


def depth(value: object) -> int:
    """Return how deep a value goes, the slow way."""
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def nested(levels: int) -> Any:
    """Return an object of so many levels."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def push_of(till: Till) -> dict[str, Any]:
    """Return the whole journal as a push."""
    return {
        "journal_id": till.journal_id,
        "acknowledged": {"seq": 0, "hash": FIRST_HASH.hex()},
        "entries": [entry_to_wire(entry) for entry in till.entries],
    }


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_the_levels_are_counted(value: object, ascii_alone: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_alone, indent=indent)
    assert nesting.levels(body.encode(errors="surrogatepass")) == depth(value)


@pytest.mark.parametrize("body", [b"", b"]" * 9, b'"', b"\\", b'"[', b"\xff{", b'["\\"]'])
def test_what_is_no_json_is_left_to_the_parser(body: bytes) -> None:
    nesting.check(body)


@pytest.mark.parametrize("part", [b"[],", b'"",', b"{},", b'["'])
def test_looking_costs_no_more_than_a_request_may(part: bytes) -> None:
    with pytest.raises(Unreadable, match="than any call takes"):
        nesting.check(part * (INFLATED_BYTES_MAX // len(part)))


def test_a_request_of_32_levels_is_read_and_one_of_33_is_not(tmp_path: Path, shop: Shop, till: Till) -> None:
    client = Caller(build(shop.server))
    key = {"authorization": f"Bearer {till.enrolment.device_key}"}
    owner = {"authorization": f"Bearer {shop.token()}"}
    for levels, status in ((31, 200), (32, 400)):
        pulled = {"feed_id": "", "rev": 0, "journal_id": "j", "later": nested(levels)}
        assert client.post("/v1/pull", json=pulled, headers=key).status_code == status
        rows = [{"key": "x", "body": nested(levels - 2)}]
        block = {"operator_id": OWNER, "dry_run": False, "rows": rows}
        assert client.post("/v1/products/import", json=block, headers=key).status_code == status
        answer = client.request("PUT", "/v1/products/x", json={"price": nested(levels)}, headers=owner)
        assert ("deeper than 32" in answer.json()["error"]["message"]) == (status == 400)


def test_what_a_push_has_beside_its_entries_is_skipped_unread_to_the_parser_s_end(shop: Shop, till: Till) -> None:
    client, key = Caller(build(shop.server)), {"authorization": f"Bearer {till.enrolment.device_key}"}
    till.sell(100)
    for levels, status in ((250, 400), (190, 200)):
        answer = client.post("/v1/push", json={**push_of(till), "later": nested(levels)}, headers=key)
        assert answer.status_code == status
    assert len(shop.rows("sales")) == 1


@pytest.mark.parametrize("kind", ["sale.dreamt", "sale.completed"])
def test_a_till_is_never_stuck_for_what_is_nested_in_an_entry(shop: Shop, till: Till, kind: str) -> None:
    client = Caller(build(shop.server))
    deepest = BODY_BYTES_MAX // 2
    for levels in (33, 250, deepest):
        body = "[" * levels + "]" * levels if levels == deepest else json.dumps(nested(levels))
        event_id = new_id(till.clock.now_ms(), till.random_bytes)
        till.write_raw(Draft(event_id, kind, 1, till.clock.now_ms(), till.random_bytes(16), body, None))
    till.sell(100)
    push = push_of(till)
    assert nesting.levels(json.dumps(push).encode()) == 3
    answer = client.post("/v1/push", json=push, headers={"authorization": f"Bearer {till.enrolment.device_key}"})
    assert (answer.status_code, answer.json()["seq"]) == (200, 4)
    assert len(shop.rows("quarantine")) == 3
    assert [row["total"] for row in shop.rows("sales")] == [100]
