"""What the workflows for n8n give from node to node: it stays in n8n's history, so no key and no secret is in it."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "n8n"
SECRETS = ("SERAPHINE_KEY", "SERAPHINE_WEBHOOK_SECRET", "SERAPHINE_RECEIVER_SECRET")


@pytest.mark.parametrize("name", ["nightly.json", "on_request.json"])
def test_no_node_hands_a_key_on(name: str) -> None:
    nodes = json.loads((FOLDER / name).read_text(encoding="utf-8"))["nodes"]
    handed = [json.dumps(node) for node in nodes if node["type"] in {"n8n-nodes-base.set", "n8n-nodes-base.code"}]
    assert handed
    assert not [secret for secret in SECRETS for node in handed if secret in node]
    assert any("SERAPHINE_KEY" in json.dumps(node) for node in nodes)
