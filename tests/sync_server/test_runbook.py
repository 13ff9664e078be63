"""Every command that the operations manual shows is run: here, or by the test that is named for it."""

import io
import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from sync_server import cli
from sync_server.settings import Settings
from tests.architecture.tree import ROOT
from tests.sync_server.shop import REQUEST, found_shop

MANUAL = ROOT / "docs" / "operations.md"
OURS = "seraphine-server "
# Commands that are run by another test, which holds these words.
ELSEWHERE = {
    "seraphine-server purge --check": ("tests/sync_server/test_purging.py", '"--check"'),
    "seraphine-pos purge": ("tests/commands", '"purge"'),
    "seraphine-server serve": ("tests/sync_server/test_cli.py", '"serve"'),
    "seraphine-pos recover": ("tests/journeys", '"recover"'),
    "seraphine-pos backup": ("tests/commands/test_backup.py", '"backup"'),
    "seraphine-pos restore": ("tests/commands/test_backup.py", '"restore"'),
    "python3 run.py build": ("tests/journeys/test_built.py", '"build"'),
    "python3 run.py test tests/journeys/test_built.py": ("tests/journeys/test_built.py", "def test_"),
    "python3 run.py python -m tests.golden.record": ("tests/golden", "record"),
    "python3 run.py python -m tests.planted": ("tests/planted", "def main"),
}
# What the makers of a release do on their own machine; it needs a registry of packages.
NOT_RUN = ("options=", "uv pip compile ")


@dataclass(frozen=True)
class Shown:
    """A command of the manual, and the line it stands on."""

    line: int
    text: str

    @property
    def bare(self) -> str:
        """Return the command without the program that may start it from the sources."""
        return self.text.removeprefix("python3 run.py ") if OURS in self.text else self.text


def shown() -> Iterator[Shown]:
    """Yield every command in a block of the shell."""
    inside = False
    for number, line in enumerate(MANUAL.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = not inside and line == "```sh"
        elif inside and (text := line.partition("  #")[0].strip()):
            yield Shown(number, text)


def run_here() -> list[Shown]:
    """Return the commands that this file runs itself."""
    ours = [one for one in shown() if one.bare.startswith(OURS)]
    return [one for one in ours if not one.bare.startswith(tuple(ELSEWHERE))]


def test_every_command_is_run_by_some_test() -> None:
    here = {one.line for one in run_here()}
    lost = [
        f"{MANUAL.name}:{one.line}: {one.text}"
        for one in shown()
        if one.line not in here and not one.bare.startswith((*ELSEWHERE, *NOT_RUN))
    ]
    assert lost == []
    for known, (where, words) in ELSEWHERE.items():
        place = ROOT / where
        files = [place] if place.is_file() else sorted(place.glob("*.py"))
        assert any(words in file.read_text(encoding="utf-8") for file in files), f"{where} runs no {known}"
    assert len(here) > 15


@dataclass
class Scene:
    """A store at work with a sale, and the disks of its PC; ``last_id`` is what a list or a command last printed."""

    folder: Path
    event_id: str
    last_id: str = ""

    @property
    def usb(self) -> Path:
        """Return the disk of the backups."""
        return self.folder / "usb"

    def meant(self, text: str) -> tuple[list[str], str]:
        """Return the words of a command as they are meant here, and the file of its standard input."""
        command, _, given = text.removeprefix(OURS).partition(" < ")
        words = shlex.split(command.replace("/media/", f"{self.folder}/"))
        stands_for = {"ID": self.last_id, "EVENT": self.event_id}
        return [stands_for.get(word, word) for word in words], given.strip()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Give a store with a till A1, a disk for backups, lists to seed from, and the store to be made."""
    home = tmp_path / "home"
    shop = found_shop(f"sqlite:///{home / 'server' / 'server.db'}")
    till = shop.till()
    sale = till.sell(100)
    till.push()
    shop.database.close()
    made = Scene(tmp_path, sale.event_id)
    (made.usb / "nightly").mkdir(parents=True)
    for place in (tmp_path, made.usb):
        (place / "archive").mkdir()
    (home / "server" / "settings.toml").write_text(
        f'[backup]\nfolder = "{made.usb / "nightly"}"\n[retention]\narchive = "{made.usb / "archive"}"\n',
        encoding="utf-8",
    )
    (tmp_path / "store.json").write_text(json.dumps(REQUEST), encoding="utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "products.csv").write_text("barcode,name,price\n2000000000017,Pain,3\n", encoding="utf-8")
    (tmp_path / "lists" / "staff.csv").write_text("name,role,pin\nLéa,cashier,4321\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAPHINE_HOME", str(home))
    return made


def test_every_command_of_the_server_does_what_the_manual_says(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, in the order of the manual, in one home."""
    for one in run_here():
        words, given = scene.meant(one.bare)
        if words[0] == "create-store":  # the store of this home is there
            words += ["--home", str(scene.folder / "second")]
        if words[0] == "restore" and "--key-file" in words:
            assert cli.main(["backup", *words[1:]]) == 0
        typed = (scene.folder / given).read_bytes() if given else b"2468\n"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
        capsys.readouterr()
        code = cli.main(words)
        said = capsys.readouterr()
        assert (code, said.err if code else "") == (0, ""), f"{MANUAL.name}:{one.line}: {one.text}"
        if words[1:2] in (["add"], ["list"]) and said.out.strip():
            scene.last_id = said.out.splitlines()[-1].split()[0]
    assert cli.main(["verify"]) == 0
    assert len(list((scene.usb / "nightly").iterdir())) >= 1


def test_every_setting_is_in_the_manual() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    table = text[text.index("### The server's settings") :].partition("\n### ")[0]
    for name, section in Settings.model_fields.items():
        assert f"| `[{name}]` |" in table, name
        kind = section.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        lacking = [field for field in kind.model_fields if f"`{field}`" not in table]
        assert lacking == [], f"[{name}]"
