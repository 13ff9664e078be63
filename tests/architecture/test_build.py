"""build.spec, read without PyInstaller: it names both programs, takes along what they read, and leaves the rest out."""

import re
import runpy
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos.devices.keys import BACKENDS
from tests.architecture.test_locks import pins
from tests.architecture.tree import ROOT, files, imports, product_sources

SPEC = ROOT / "build.spec"
Entry = tuple[str, str, str]


@dataclass
class Analysed:
    """What PyInstaller would find for one program: nothing but what it was told of."""

    scripts: list[str]
    told: dict[str, Any]
    binaries: list[Entry] = field(default_factory=list)
    pure: list[Entry] = field(default_factory=list)

    @property
    def datas(self) -> list[Entry]:
        return [(f"{place}/{Path(source).name}", source, "DATA") for source, place in self.told["datas"]]


@dataclass
class Build:
    """Stands where PyInstaller stands, and remembers what was asked for."""

    folder: Path
    programs: dict[str, Analysed] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    spec: dict[str, Any] = field(default_factory=dict)
    _found: list[Analysed] = field(default_factory=list)

    def analyse(self, scripts: list[str], **told: Any) -> Analysed:
        found = Analysed(scripts, told)
        self._found.append(found)
        return found

    def program(self, _archive: object, scripts: list[str], *_options: object, name: str, **told: Any) -> str:
        (self.programs[name],) = [found for found in self._found if found.scripts == scripts]
        assert told["exclude_binaries"], "a folder, not one file"
        return name

    def collect(self, *parts: Any, name: str, **_told: Any) -> None:
        self.taken = {entry[0] for part in parts if isinstance(part, list) for entry in part}
        (self.folder / name).mkdir()

    def run(self) -> None:
        self.spec = runpy.run_path(
            str(SPEC),
            {
                "SPECPATH": str(ROOT), "DISTPATH": str(self.folder), "workpath": str(self.folder),
                "Analysis": self.analyse, "PYZ": list, "EXE": self.program, "COLLECT": self.collect,
            },
        )  # fmt: skip


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Run the spec with a stand-in for PyInstaller."""
    build = Build(tmp_path_factory.mktemp("built"))
    build.run()
    return build


def test_both_programs_start_what_their_packages_start(build: Build) -> None:
    starts = {
        name: [Path(script).relative_to(ROOT) for script in found.scripts] for name, found in build.programs.items()
    }
    assert starts == {
        "seraphine-pos": [Path("seraphine_pos/__main__.py")],
        "seraphine-server": [Path("sync_server/__main__.py")],
    }
    assert all((ROOT / path).is_file() for paths in starts.values() for path in paths)


def test_every_file_that_is_read_at_run_time_is_taken_along(build: Build) -> None:
    read = {str(path) for path in files() if path.parts[0] == "resources"}
    read |= {
        str(path) for path in files() if path.parts[0] in {"seraphine_pos", "sync_server"} and path.suffix != ".py"
    }
    read |= {str(path) for path in files() if path.match("sync_server/migrations/**/*")}
    assert {"resources/theme/tokens.json", "sync_server/migrations/versions/0001_sqlite.sql"} <= read
    assert read <= build.taken


def test_each_program_has_every_room_of_its_package(build: Build) -> None:
    for program, package in (("seraphine-pos", "seraphine_pos"), ("seraphine-server", "sync_server")):
        rooms = {source.room for source in product_sources() if source.path.parts[0] == package}
        left = {room for room in rooms if room.startswith("seraphine_pos.bench") or room.endswith("__main__")}
        assert rooms - left <= set(build.programs[program].told["hiddenimports"])


def test_the_keyrings_that_are_found_by_name_are_taken_along(build: Build) -> None:
    assert {module for module, _ in BACKENDS} <= set(build.programs["seraphine-pos"].told["hiddenimports"])


def test_the_modules_of_qt_are_those_that_the_till_imports(build: Build) -> None:
    names = {name for source in product_sources() for _, name in imports(source) if name.startswith("PySide6.")}
    assert names == {f"PySide6.{name}" for name in build.spec["QT_MODULES"]}
    out = set(build.programs["seraphine-pos"].told["excludes"])
    assert not names & out
    assert {"PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtNetwork", "PySide6.QtWebEngineCore"} <= out


@pytest.mark.parametrize(
    ("place", "used"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        (r"PySide6\plugins\platforms\qwindows.dll", True),
        ("PySide6/Qt/plugins/iconengines/libqsvgicon.so", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", False),
        ("PySide6/plugins/tls/qopensslbackend.dll", False),
        ("PySide6/Qt/qml/QtQuick/qmldir", False),
        ("PySide6/Qt/translations/qtbase_fr.qm", True),
        ("PySide6/Qt/translations/qtbase_ja.qm", False),
        ("resources/icons/x.svg", True),
    ],
)
def test_of_qt_only_what_is_used_goes_in(build: Build, place: str, *, used: bool) -> None:
    assert build.spec["is_used"]((place, "", "BINARY")) == used


def test_the_notices_name_every_package_with_version_and_licence(build: Build) -> None:
    folder = build.folder / "seraphine-pos"
    rows = {
        name.lower().replace("_", "-").replace(".", "-"): (version, licence)
        for name, version, licence in re.findall(
            r"^(\S+) {2,}(\S+) {2,}(.+)$", (folder / "NOTICES.txt").read_text("utf-8"), re.MULTILINE
        )
    }
    here = {name for name, pin in pins("run").items() if ";" not in pin}
    assert here <= rows.keys()
    assert rows["pyside6-essentials"][1].startswith("LGPL-3.0-only")
    assert rows["fastapi"][0] == pins("run")["fastapi"]
    assert (folder / "licences" / "httpx").is_dir()


def test_the_build_has_an_environment_of_its_own() -> None:
    words = [sys.executable, "-c", "import sys; sys.argv = ['run.py', 'build']; import run; print(run.VENV)"]
    shown = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(shown) == ROOT / "build" / ".venv"
    assert "pyinstaller" in pins("build")
    assert "pyinstaller" not in pins("run") | pins("test")
