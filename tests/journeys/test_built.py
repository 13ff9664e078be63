"""The built folder, moved elsewhere and run with an empty environment: demo, its server, a chain's database."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.journeys.conftest import STORE

pytestmark = [pytest.mark.build, pytest.mark.timeout(1200)]
PICTURES_MIN = 40


@dataclass(frozen=True, slots=True)
class Built:
    """The folder where it now stands, and a person's own folder."""

    folder: Path
    person: Path

    def run(self, program: str, *words: str, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs with nothing but what is named here: no path, no Python, no other folder."""
        env = {"HOME": str(self.person), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen", **environ}
        command = [str(self.folder / program), *words]
        return subprocess.run(
            command, cwd=self.person, env=env, input=given, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the folder once and move it where its name has a space and an accent."""
    made = tmp_path_factory.mktemp("made")
    where = ["--log-level", "WARN", "--distpath", str(made / "dist"), "--workpath", str(made / "work")]
    subprocess.run([sys.executable, str(ROOT / "run.py"), "build", *where], check=True)
    moved = tmp_path_factory.mktemp("moved") / "Épicerie du Port"
    shutil.move(made / "dist" / "seraphine-pos", moved)
    return Built(moved, tmp_path_factory.mktemp("person"))


@pytest.mark.parametrize("program", ["seraphine-pos", "seraphine-server"])
def test_each_program_says_what_it_does(built: Built, program: str) -> None:
    done = built.run(program, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {program}")


def test_the_whole_demo_runs_with_the_built_server_as_its_child(built: Built, tmp_path: Path) -> None:
    done = built.run("seraphine-pos", "demo", "--tour", str(tmp_path))
    assert done.returncode == 0, done.stderr
    pictures = list(tmp_path.glob("*.png"))
    assert len(pictures) >= PICTURES_MIN
    assert all(picture.stat().st_size for picture in pictures)
    (home,) = built.person.glob(".local/share/*")
    assert (home / "server" / "server.db").is_file()
    assert not (home / "server" / "ready.json").exists(), "the server outlived its till"
    checked = built.run("seraphine-pos", "verify", SERAPHINE_HOME=str(home))
    assert (checked.returncode, "no problem" in checked.stdout) == (0, True), checked.stdout + checked.stderr
    checked = built.run("seraphine-server", "verify", "--home", str(home))
    assert (checked.returncode, "0 problems" in checked.stdout) == (0, True), checked.stdout + checked.stderr


def test_the_built_server_keeps_a_chain_on_postgresql(built: Built, postgres_database: str) -> None:
    database = {"SERAPHINE_DATABASE_URL": postgres_database}
    made = built.run("seraphine-server", "create-store", given=json.dumps(STORE), **database)
    assert made.returncode == 0, made.stderr
    assert {"server_id", "store_id", "code"} <= json.loads(made.stdout).keys()
    checked = built.run("seraphine-server", "verify", **database)
    assert (checked.returncode, "0 problems" in checked.stdout) == (0, True), checked.stdout + checked.stderr


def test_bench_says_that_it_measures_the_source(built: Built) -> None:
    done = built.run("seraphine-pos", "bench")
    assert done.returncode == 2
    assert "run.py seraphine-pos bench" in done.stderr


def test_nothing_that_is_unused_or_under_the_gpl_alone_is_inside(built: Built) -> None:
    names = sorted(path.name for path in built.folder.rglob("*") if ".so" in path.name)
    unwanted = re.compile(
        r"Qt6(Qml|Quick|Network|Sql|Pdf|WebEngine|Charts|VirtualKeyboard)|readline|libsqlite3|lib(gtk|gdk)"
    )
    assert names
    assert not [name for name in names if unwanted.search(name)]
    assert not [path for path in built.folder.rglob("*") if path.is_symlink() and not path.exists()]


@pytest.mark.parametrize("package", ["fpdf", "psycopg", "PySide6", "shiboken6"])
def test_packages_under_the_lgpl_are_files_that_can_be_replaced(built: Built, package: str) -> None:
    assert list((built.folder / "_internal" / package).glob("*.pyc"))


def test_the_notices_stand_beside_the_programs(built: Built) -> None:
    notices = (built.folder / "NOTICES.txt").read_text(encoding="utf-8")
    assert "PySide6_Essentials" in notices
    assert [path for path in (built.folder / "licences").rglob("*") if path.is_file()]
