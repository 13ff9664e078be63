"""Twenty programs reach for one till at once: one has it, nineteen are told, and the next round it is free again."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TOGETHER = 20
# Forked from one process that has everything loaded, so that all of them really arrive together.
REACH = """
import os, sys, time
from pathlib import Path
from seraphine_pos.domain.refusal import StorageInUse
from tests.store.folder import Folder
folder = Path(sys.argv[1])
for round_ in range(int(sys.argv[3])):
    go, ready = os.pipe(), os.pipe()
    children = []
    for place in range(int(sys.argv[2])):
        child = os.fork()
        if child:
            children.append(child)
            continue
        os.close(go[1])
        os.read(go[0], 1)
        try:
            kept = Folder(folder, opens=1000 * round_ + place).open()
        except StorageInUse:
            os.write(1, b"told\\n")
            os._exit(0)
        os.write(1, b"has it\\n")
        os.close(ready[1])
        os.read(ready[0], 1)  # holds it until all others have tried
        os._exit(0)
    os.close(go[0]); os.close(go[1]); os.close(ready[0])
    for _ in children[1:]:
        os.wait()
    os.close(ready[1])
    os.wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_one_of_many_has_the_till(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rounds = 50 if pytestconfig.getoption("--long") else 5
    words = [sys.executable, "-c", REACH, str(tmp_path / "till"), str(TOGETHER), str(rounds)]
    said = subprocess.run(
        words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=100
    )
    assert said.returncode == 0, said.stderr
    assert Counter(said.stdout.splitlines()) == {"has it": rounds, "told": rounds * (TOGETHER - 1)}
