"""Every call that changes a watched folder is seen, in order, with what was told between; a call may be refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

SEEN = """\
create a 0 b''
write a 0 b'one'
write a 3 b'two'
write a 100 b'three'
sync a 0 b''
resize a 4 b''
rename ab 0 b''
told  0 b'half\\n'
write b 6 b'refused'
told  0 b'errno 28\\n'
unlink b 0 b''
mkdir c 0 b''
told  0 b'before the last\\n'
mkdir d 0 b''
"""


@pytest.mark.usefixtures("watching")
def test_all_is_seen_in_order_and_a_call_may_fail_or_be_the_last(tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.crash.watched", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == SEEN
    assert [path.name for path in folder.iterdir()] == ["c"]
