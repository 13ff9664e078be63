"""Every example of docs/api.md, run in its order by a shell against a server's process, answers as it is shown."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos.paths import Home
from seraphine_pos.sync.sidecar import Sidecar
from sync_server import founding
from sync_server.app import build
from sync_server.database import open_database
from sync_server.store_server import StoreServer
from tests.architecture.tree import ROOT
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.sync_server.shop import CASHIER, OWNER, REQUEST, Shop

MANUAL = ROOT / "docs" / "api.md"
NADIA = "0199f2b0-0000-7000-8000-000000000003"
PROGRAMS = ("bash", "curl", "jq", "openssl")
# Each call tells how it was answered, whatever its block makes of the answer.
BEGIN = r"""set -euo pipefail
curl() { command curl --write-out '%{stderr}@ %{method} %{http_code} %{url}\n' "$@"; }
"""
FENCE = re.compile(r"^```(bash|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANSWERED = re.compile(r"Answered with (\d{3})[^\n]*:\n\n$")


@dataclass(frozen=True)
class Example:
    """The commands of a block, and the status and answer that are shown after it, if any are."""

    commands: str
    status: int | None = None
    answer: Any = None


def examples() -> Iterator[Example]:
    """Yield the examples of the manual."""
    text = MANUAL.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for one, following in zip(found, [*found[1:], None], strict=True):
        if one[1] == "json":
            continue
        if following is None or following[1] != "json":
            yield Example(one[2])
        else:
            said = ANSWERED.search(text, one.end(), following.start())
            assert said, f"how is this answered: {one[2]}"
            yield Example(one[2], int(said[1]), json.loads(following[2]))


def shape(value: Any) -> Any:
    """Return the shape of JSON: its fields and their types; of a list the first one's, of null none."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    return type(value).__name__


def found_at(home: Path) -> tuple[Shop, str]:
    """Found the store that the manual speaks of, with three sales; return it and a secret of its webhook."""
    clock, random_bytes = FakeClock(), seeded_bytes(1)
    (home / "server").mkdir(parents=True)
    database = open_database(f"sqlite:///{home / 'server' / 'server.db'}")
    people = [{**one, "staff_id": NADIA if one["staff_id"] == OWNER else CASHIER} for one in REQUEST["staff"]]  # type: ignore[attr-defined]  # a list
    request = founding.StoreRequest.model_validate_json(json.dumps({**REQUEST, "staff": people}))
    server = StoreServer(database, clock, random_bytes)
    made = founding.found(database, request, clock.now_ms(), random_bytes)
    shop = Shop(server, clock, random_bytes, made.store_id, made.code)
    till = shop.till()
    for amount in (100, 250, 990):
        till.sell(amount)
    till.push()
    return shop, shop.server.new_webhook_secret()


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason=f"the examples need {', '.join(PROGRAMS)}")
def test_every_example_works_and_answers_as_it_is_shown(tmp_path: Path) -> None:
    shop, secret = found_at(tmp_path / "home")
    described = build(shop.server).openapi()["paths"]
    server_id = shop.server.server_id
    shop.database.close()
    shown = list(examples())
    blocks = [
        f"echo '# {place}' >&2\n{{\n{one.commands}}} >{tmp_path / str(place)}\n" for place, one in enumerate(shown)
    ]
    with Sidecar(Home(tmp_path / "home"), server_id) as server:
        script = (BEGIN + "".join(blocks)).replace("https://shop.example:8443", server.url())
        script = script.replace("whsec_…", secret).replace("limit=200", "limit=2")
        done = subprocess.run(
            ["bash"], input=script, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    calls = [re.findall(r"^@ (\S+) (\d+) \S+?//[^/]+([^?\s]*)", part, re.MULTILINE) for part in
             re.split(r"^# \d+$", done.stderr, flags=re.MULTILINE)[1:]]  # fmt: skip
    assert sum(map(len, calls)) > len(shown)
    assert [len(part) for part in calls if part].count(2) >= 3
    for place, (one, told) in enumerate(zip(shown, calls, strict=True)):
        # Nothing that was answered stays in a file: one of them is a key.
        answer = (tmp_path / str(place)).read_text(encoding="utf-8")
        (tmp_path / str(place)).unlink()
        if one.status is None:
            assert all(status in {"200", "201"} for _, status, _ in told), one.commands
            continue
        assert one.status == int(told[-1][1]), one.commands
        assert shape(json.loads(answer)) == shape(one.answer), one.commands
    paths = {path for part in calls for _, _, path in part}
    assert paths & {*described} == {path for path in paths if path != "/v1/products/6111111111111"}
    for name, begins in (("ventes.csv", b"\xef\xbb\xbf"), ("avis.csv", b"\xef\xbb\xbf"), ("rapport.xlsx", b"PK")):
        assert (tmp_path / name).read_bytes().startswith(begins), name
    assert (tmp_path / "avis.csv").read_text(encoding="utf-8").count("\n") == 2


def test_the_examples_are_many() -> None:
    shown = list(examples())
    assert len(shown) > 10
    assert sum(one.status is not None for one in shown) >= 8
    assert shape({"a": [1, 2], "b": None, "c": {"d": "x"}}) == {"a": ["int"], "b": "NoneType", "c": {"d": "str"}}
    assert shape([True]) != shape([1])
