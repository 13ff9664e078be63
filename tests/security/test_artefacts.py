"""A secret that a test leaves in a file fails the run, on however many processes it runs."""

import gzip
import io
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.security import artefacts

STORE = "0199f2b0-0000-7000-8000-000000000001"
SECRETS = {
    "a session": f"ses_{STORE}_{'5a' * 32}",
    "a service key": f"svc_{STORE}_{'5a' * 32}",
    "a till's key": f"{STORE}.{'5a' * 32}",
    "a webhook's secret": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "a PIN": '{"pin":"902761"}',
    "a wrong PIN": "pin 830194 refused",
    "a card": "4111 1111-11111111",
}
LEAKING = f"""
def test_leaks(tmp_path):
    (tmp_path / "a.log").write_text("{SECRETS["a session"]}")

def test_keeps_quiet(tmp_path):
    (tmp_path / "b.log").write_text("nothing")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that is gone before the search of this very run."""
    made = tmp_path / "planted"
    made.mkdir()
    yield made
    shutil.rmtree(made)


def test_each_secret_is_found_in_whatever_file(folder: Path) -> None:
    assert SECRETS.keys() == artefacts.FORMS.keys()
    for place, (name, secret) in enumerate(SECRETS.items()):
        content = b"\x00before " + secret.encode() + b"\nafter"
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("sheet.xml", content)
        for kind, stored in (("db", content), ("gz", gzip.compress(content)), ("xlsx", book.getvalue())):
            (folder / f"{place}.{kind}").write_bytes(stored)
        found = [one for one in artefacts.search(folder) if one.startswith(f"{place}.")]
        assert found == [f"{place}.{kind}: {name}" for kind in ("db", "gz", "xlsx")]


def test_chance_is_not_taken_for_a_secret_nor_what_has_to_be_kept(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    (tmp_path / "noise").write_bytes(chance.randbytes(1 << 20) + chance.randbytes(1 << 19).hex().encode())
    (tmp_path / "broken.gz").write_bytes(artefacts.GZIP + b"no gzip")
    (tmp_path / "broken.xlsx").write_bytes(artefacts.ZIP + b"no book")
    (tmp_path / "server.db").write_bytes(artefacts.DATABASES[0] + SECRETS[artefacts.IN_DATABASES].encode())
    (tmp_path / "ids").write_text(f"{STORE} a902761b 8301945 whsec_ ses_{STORE}_redacted", encoding="utf-8")
    assert list(artefacts.search(tmp_path)) == []


def test_a_run_that_leaves_one_fails(folder: Path) -> None:
    (folder / "test_leaking.py").write_text(LEAKING, encoding="utf-8")
    plugins = [
        word for name in ("xdist.plugin", "tests.security.artefacts", "no:cacheprovider") for word in ("-p", name)
    ]
    words = ["-c", os.devnull, *plugins, "-n", "1", f"--basetemp={folder / 'run'}", "test_leaking.py"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60, env=env,
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert "a.log: a session" in run.stdout
    assert "2 passed" in run.stdout
    assert artefacts.main([str(folder)]) == 1
