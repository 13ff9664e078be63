"""The operators' commands, from the words on the command line to the exit code, with the store's real server beside."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from seraphine_pos import cli
from seraphine_pos.commands.opening import owner_of
from seraphine_pos.commands.window import has_display
from seraphine_pos.domain.journal import FIRST_HASH, Draft, seal
from seraphine_pos.paths import Home
from seraphine_pos.shop import open_shop
from tests.replay.scene import SLICE

CATALOGUE = (
    "barcode,name,price,currency,sold_by_weight",
    "3017620422003,Pâte à tartiner,32.90,MAD,0",
    "036000291452,Mouchoirs,12.50,MAD,0",
    "10181040009,A perdu son zéro,9.90,MAD,0",
    "00042,Pain,1.20,MAD,0",
    "96385074,חלב,6.5,ILS,0",
    "7290003444009,Fausse clé,6.9,MAD,0",
    "888,Négatif,-1,MAD,0",
    "00042,Pain complet,1.30,MAD,0",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


class Commands:
    """Runs commands on one home."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *words: str | Path) -> Said:
        out, err = StringIO(), StringIO()
        code = cli.main(list(map(str, words)), environ={"SERAPHINE_HOME": str(self.root)}, out=out, err=err)
        return Said(code, out.getvalue(), err.getvalue())

    @property
    def home(self) -> Home:
        return Home(self.root)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """Make a default store once, by a command in an empty home."""
    root = tmp_path_factory.mktemp("founded") / "home"
    return root, Commands(root)("sync")


@pytest.fixture
def run(founded: tuple[Path, Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Give the commands on a copy of the default store."""
    shutil.copytree(founded[0], tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    return Commands(tmp_path / "home")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(CATALOGUE) + "\n", encoding="utf-8")
    return path


def test_a_command_in_an_empty_home_makes_a_default_store_and_says_so(founded: tuple[Path, Said]) -> None:
    root, said = founded
    assert said.code == 0
    assert f"There is no store in {root} yet: making one in MAD" in said.err
    assert "owner “Gérant”" in said.err
    pin = said.err.partition("The owner's PIN is ")[2][:6]
    assert pin.isdigit()
    with open_shop(Home(root)) as shop:
        assert shop.store.currency.code == "MAD"
        owner = owner_of(shop)
        assert shop.staff.sign_in(owner.staff_id, pin) == owner


def test_a_second_command_makes_no_other_store(run: Commands) -> None:
    said = run("sync")
    assert (said.code, said.err) == (0, "")
    assert "0 wait" in said.out


def scanned(run: Commands, *codes: str) -> list[str]:
    with open_shop(run.home) as shop:
        shop.staff.take_over(owner_of(shop))
        return [shop.checkout.scan(code).lines[-1].name for code in codes]


def test_a_list_is_imported_and_every_good_row_is_found_by_scanning(run: Commands, catalogue: Path) -> None:
    said = run("import-catalogue", catalogue)
    assert said.code == 1
    assert "line 8: the price is negative (-1)" in said.err
    assert "the price is in ILS, the amount is taken as it is: 1 rows (line 6)" in said.err
    assert "the check digit is wrong: the barcode is kept as written: 1 rows (line 7)" in said.err
    assert "restored, and the code as written is kept beside it: 1 rows (line 4)" in said.err
    assert [line.split()[-1] for line in said.out.splitlines()] == ["6", "1", "1", "8"]
    refused = catalogue.parent / "list.refused.csv"
    assert "888,Négatif,-1" in refused.read_text("utf-8-sig")
    assert str(refused) in said.err
    codes = (
        "3017620422003", "036000291452", "0036000291452", "00036000291452", "010181040009", "10181040009", "00042",
        "96385074", "7290003444009",
    )  # fmt: skip
    assert scanned(run, *codes) == [
        "Pâte à tartiner", "Mouchoirs", "Mouchoirs", "Mouchoirs", "A perdu son zéro", "A perdu son zéro",
        "Pain complet", "חלב", "Fausse clé",
    ]  # fmt: skip


def test_what_is_wrong_is_counted_by_its_reason(run: Commands, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    rows = ("barcode,name,price", "1,A,douze", "2,B,treize", "3,C,5.123", "4,D", f"5,{'n' * 5000},1", "6,F,")
    path.write_text("\n".join(rows), encoding="utf-8")
    counted = [line.split() for line in run("import-catalogue", path, "--dry-run").out.splitlines()]
    assert {(" ".join(words), count) for *words, count in counted} == {
        ("refused: the price cannot be read", "2"),
        ("refused: the price may mean thousands or decimals", "1"),
        ("refused: not as many columns as the header", "1"),
        ("refused: the name is too long", "1"),
        ("refused: there is no price", "1"),
        ("rows of the file", "6"),
    }


def test_a_second_import_changes_nothing_and_the_corrected_rows_come_in(run: Commands, catalogue: Path) -> None:
    run("import-catalogue", catalogue)
    assert run("import-catalogue", catalogue).out.splitlines()[0].split() == ["unchanged", "6"]
    refused = catalogue.parent / "list.refused.csv"
    refused.write_text(refused.read_text("utf-8-sig").replace(",-1,", ",1,"), encoding="utf-8")
    said = run("import-catalogue", refused)
    assert said.code == 0
    assert [line.split() for line in said.out.splitlines()] == [["created", "1"], ["rows", "of", "the", "file", "1"]]


def test_a_dry_run_says_what_would_be_and_leaves_everything(run: Commands, catalogue: Path) -> None:
    said = run("import-catalogue", catalogue, "--dry-run")
    assert said.code == 1
    assert said.out.startswith("would be created")
    assert not list(catalogue.parent.glob("*.refused.csv"))
    with open_shop(run.home) as shop:
        assert shop.exchange().problem is None
        assert shop.catalogue.find("00042") is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        ("nom,prix,ean\nété,1,2\n".encode("cp1252"), "line 2, byte 1: 0xE9 is not UTF-8"),
        (b"PK\x03\x04", "workbook"),
        (b"a,b\n1,2\n", "no column for barcode, name, price; name it with --columns"),
        (None, "there is no such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(run: Commands, tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "thing.csv"
    if content is not None:
        path.write_bytes(content)
    said = run("import-catalogue", path)
    assert said.code == 2
    assert why in said.err
    assert said.err.startswith(f"seraphine-pos: {path}: ")
    assert said.out == ""


def test_a_directory_is_no_list(run: Commands, tmp_path: Path) -> None:
    said = run("import-catalogue", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "this is a directory; name a CSV file in it" in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--tax", "NONE"), "the store has no tax “NONE”; it has TVA20, TVA14"),
        (("--operator", "Nobody"), "nobody here is called “Nobody”; the staff is Gérant"),
        (("--columns", "colour=1"), "there is no field “colour”"),
        (("--shop", "39"), "leave --shop out"),
        (("--encoding", "klingon"), "no encoding called klingon"),
    ],
)
def test_a_wish_that_cannot_be_granted_says_what_there_is(
    run: Commands, catalogue: Path, words: tuple[str, ...], why: str
) -> None:
    said = run("import-catalogue", catalogue, *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err


def test_bad_rows_that_cannot_be_written_are_said_with_what_to_do(run: Commands, catalogue: Path) -> None:
    said = run("import-catalogue", catalogue, "--refused", catalogue)
    assert said.code == 2
    assert "the good rows are imported" in said.err
    assert "--refused FILE" in said.err
    assert catalogue.read_text("utf-8").startswith("barcode,")


def test_real_invoices_are_replayed_reported_and_checked(tmp_path: Path) -> None:
    run = Commands(tmp_path / "home")
    said = run("replay", SLICE, "--currency", "GBP", "--check")
    assert said.code == 0, said.err
    assert "making one in GBP" in said.err
    assert "Everything adds up." in said.out
    assert "All 15 days agree: file, server, till." in said.out
    assert ["together", "15,136.78"] in [line.split() for line in said.out.splitlines()]
    again = run("replay", SLICE, "--currency", "GBP")
    assert again.code == 0
    assert "70 of 70 tickets were rung before" in again.err
    other = run("replay", SLICE, "--currency", "MAD")
    assert (other.code, other.out) == (2, "")
    assert "this store counts in GBP, not in MAD" in other.err
    _reports(run)
    _upkeep(run)


def _reports(run: Commands) -> None:
    days = ("--from", "2010-12-01", "--to", "2011-02-28")
    told = json.loads(run("report", *days, "--format", "json").out)
    assert (told["total"]["net"], told["currency"], told["source"], told["not_included"]) == (
        1513678,
        "GBP",
        "store",
        0,
    )
    assert sum(row["now"]["net"] for row in told["by_day"]) == 1513678
    assert [row["label"] for row in told["by_operator"]] == ["Gérant"]
    table = run("report", *days)
    assert (table.code, table.err) == (0, "")
    assert "15136.78" in table.out
    headings = {line.split()[0]: line for line in table.out.splitlines() if line.startswith(("day", "tender", "tax"))}
    assert [name for name, line in headings.items() if "  tax" in line] == ["day", "tax"]
    assert "lines sold" in headings["tax"]
    assert "20 % (VAT20)" in table.out
    assert [(row["key"], row["label"], row["rate"]) for row in told["by_tax"]] == [("VAT20", "20 %", 2000)]
    assert run("report", *days, "--format", "csv").out.splitlines()[1].split(",")[8] == "15136.78"
    with open_shop(run.home) as shop:
        beside = run("report", *days, "--format", "json")
        assert json.loads(beside.out) == told
        assert shop.stored.database.writable


def _upkeep(run: Commands) -> None:
    good = run("verify")
    assert (good.code, good.err) == (0, "")
    assert good.out.endswith("entries: no problem.\n")
    *days, total, _ = good.out.splitlines()
    assert len(days) == 7
    assert all(line.endswith(", equal") for line in days)
    assert total.endswith(" equal, 0 different")
    database = sqlite.connect(run.home.till_database)
    database.execute("UPDATE cell SET gross = gross + 1 WHERE facet = 'total'")
    database.commit()
    database.close()
    bad = run("verify")
    assert bad.code == 1
    assert "cell" in bad.out
    assert "seraphine-pos rebuild" in bad.err
    assert run("rebuild").code == 0
    assert run("verify").code == 0


def test_a_file_of_invoices_that_is_none_leaves_an_empty_home_empty(tmp_path: Path, catalogue: Path) -> None:
    run = Commands(tmp_path / "home")
    said = run("replay", catalogue)
    assert said.code == 2
    assert "a replay needs InvoiceNo, StockCode" in said.err
    assert not run.root.exists()


def test_a_command_that_writes_is_refused_while_a_till_is_open(run: Commands, catalogue: Path) -> None:
    with open_shop(run.home):
        said = run("sync")
        assert said.code == 2
        assert "a till is open on this data" in said.err
        assert run("import-catalogue", catalogue).code == 1
        assert run("verify").code == 0


def test_a_report_that_cannot_count_everything_says_so_in_each_form(run: Commands) -> None:
    with open_shop(run.home) as shop:
        poison = seal("poisoned", 1, FIRST_HASH, Draft("poison", "sale.completed", 1, 0, b"salt", '{"total":5}'))
        assert shop.server.push("poisoned", 0, bytes(32), [poison]).seq == 1
        table, told, rows = (run("report", "--format", form) for form in ("table", "json", "csv"))
        assert shop.server.quarantine().count == 1
    said = "1 entry is not included: gross sales are at least 0.00, refunds at least 0.00"
    assert said in table.out
    assert f"note: {said}; “seraphine-server quarantine” names them" in table.err
    assert (json.loads(told.out)["not_included"], json.loads(told.out)["at_least"]) == (1, True)
    assert rows.out.splitlines()[-1].startswith("non_compris,,écritures non comptées : ventes")
    assert {table.code, told.code, rows.code} == {1}


def test_a_server_out_of_reach_is_said_and_the_report_is_the_tills_own(run: Commands) -> None:
    text = run.home.settings.read_text("utf-8")
    run.home.settings.write_text(text.replace('server_url = ""', 'server_url = "http://127.0.0.1:9"'), "utf-8")
    said = run("sync")
    assert said.code == 1
    assert "out of reach" in said.err
    report = run("report")
    assert report.code == 1
    assert "figures of this till only" in report.err
    assert run("verify").code == 1


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["report", "--from", "2026-02-30"], ["replay", "x", "--currency", "£"], ["import-catalogue"]],
)
def test_words_that_mean_nothing_are_a_usage_error(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    assert "usage: seraphine-pos" in capsys.readouterr().err


COMMANDS = ("demo", "import-catalogue", "replay", "report", "sync", "verify", "rebuild", "bench")


@pytest.mark.parametrize("words", [["--help"], *([command, "--help"] for command in COMMANDS)], ids=" ".join)
def test_every_command_has_help_with_its_exit_codes(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert "exit code" in shown.lower()


def test_commands_load_no_qt() -> None:
    code = (
        "import sys, seraphine_pos.cli as cli, seraphine_pos.commands.replay, seraphine_pos.commands.import_catalogue\n"
        "import seraphine_pos.commands.report, seraphine_pos.commands.upkeep, seraphine_pos.commands.window\n"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("environ", "platform", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":4711"}, "linux", False),
        ({"DISPLAY": "far:0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({}, "win32", True),
    ],
)
def test_a_display_is_known_before_qt_is_asked(environ: dict[str, str], platform: str, *, shown: bool) -> None:
    assert has_display(environ, platform) is shown


def test_the_till_without_a_display_says_what_it_needs(tmp_path: Path) -> None:
    said = Commands(tmp_path / "home")()
    assert said.code == 2
    assert "needs a display" in said.err


@pytest.mark.skipif(sys.platform != "linux", reason="nobody can make a folder in /proc")
@pytest.mark.parametrize("words", [["report"], ["sync"], ["demo"]], ids=" ".join)
def test_a_home_that_cannot_be_made_is_said_with_what_to_do(words: list[str]) -> None:
    said = Commands(Path("/proc/nowhere"))(*words)
    assert (said.code, said.out) == (2, "")
    assert "the data folder /proc/nowhere cannot be made" in said.err
    assert "SERAPHINE_HOME=DIR" in said.err


def test_the_demo_leaves_a_shops_own_store_alone(run: Commands) -> None:
    for words in (["demo"], ["demo", "--fresh"]):
        said = run(*words)
        assert (said.code, said.out) == (2, "")
        assert "holds a store that the demo did not make" in said.err
    assert run("verify").code == 0


def test_who_stops_reading_is_no_fault(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as gone:
        assert cli.main(["verify"], environ={"SERAPHINE_HOME": str(tmp_path)}, out=gone, err=StringIO()) in {0, 1}
