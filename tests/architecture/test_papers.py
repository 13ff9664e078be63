"""The papers are checked too: what the code names, the protocol's description names."""

import re
from dataclasses import fields

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.paths import VARIABLE
from seraphine_pos.settings import Settings
from tests.architecture.tree import ROOT, files


@pytest.fixture(scope="module")
def protocol() -> str:
    """Give the text of docs/protocol.md."""
    return (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_the_protocol_names_every_kind_of_entry(kind: str, protocol: str) -> None:
    assert f"`{kind}`" in protocol


@pytest.mark.parametrize("kind", [kind.value for kind in DocumentKind])
def test_the_protocol_names_every_kind_of_document(kind: str, protocol: str) -> None:
    assert f"`{kind}`" in protocol


@pytest.mark.parametrize("name", [*(field.name for field in fields(Settings)), VARIABLE, "SERAPHINE_DATABASE_URL"])
def test_operations_name_every_setting(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_links_between_the_papers_lead_somewhere() -> None:
    found = []
    for path in files():
        if path.suffix == ".md":
            text = (ROOT / path).read_text(encoding="utf-8")
            targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
            found += [f"{path}: {one}" for one in targets if not (ROOT / path.parent / one).exists()]
    assert not found, "\n".join(found)
