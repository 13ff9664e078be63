"""The bench measures what it says, on small data; how fast that is, no test judges."""

import json
import os
from pathlib import Path

import pytest

from seraphine_pos.bench import commit, push, run, stock, window
from seraphine_pos.bench.memory import resident_kib
from seraphine_pos.domain.barcode import is_gtin
from seraphine_pos.domain.product import checked
from seraphine_pos.shop import SystemClock


def quiet(_label: str, _done: int, _total: int) -> None:
    """Take no notice of progress."""


def test_goods_are_sold_like_any_and_differ() -> None:
    some = [stock.product(no) for no in range(3000)]
    assert all(is_gtin(one.code) and checked(one) == one for one in some)
    assert len({one.product_id for one in some}) == len({one.name for one in some}) == len(some)


def test_memory_is_what_the_system_says() -> None:
    assert resident_kib() == 0 or resident_kib() > 10_000
    assert resident_kib() == 0 or resident_kib(os.getpid()) > 10_000


def test_a_sale_is_measured_beside_the_disk(tmp_path: Path) -> None:
    figure = commit.measure(tmp_path, SystemClock())
    assert (figure.name, figure.detail["pairs"]) == ("commit", commit.PAIRS)
    assert figure.value > 0 < figure.reference
    assert list(tmp_path.iterdir()) == []


def test_a_push_is_measured_beside_the_same_rows(tmp_path: Path) -> None:
    figure = push.measure(tmp_path, SystemClock(), quiet, sales=1200)
    assert (figure.name, figure.more_is_better, figure.detail["sales"]) == ("push", True, 1200)
    assert figure.value > 0 < figure.reference
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_window_is_measured_on_stock_that_is_made_once(tmp_path: Path) -> None:
    home = stock.make(tmp_path, run.PRODUCTS_MIN, 1500, SystemClock(), os.urandom, quiet)
    assert stock.make(tmp_path, run.PRODUCTS_MIN, 1500, SystemClock(), os.urandom, quiet) == home
    start, memory = window.start_and_memory(home)
    assert start.detail["products"] == run.PRODUCTS_MIN
    assert memory.detail["after_exchange"]
    assert {figure.name for figure in window.lines(home)} == {
        f"line-{basket}-p{percent}" for basket in (15, 400) for percent in (50, 99)
    }


def test_the_command_prints_json_with_the_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run.main(["--only", "commit", "--data-dir", str(tmp_path)])
    told = json.loads(capsys.readouterr().out)
    assert [figure["name"] for figure in told["figures"]] == ["commit"]
    assert told["machine"]["cores"] == os.cpu_count()
    assert code == (run.SHORT if told["figures"][0]["verdict"] == "short" else run.DONE)


@pytest.mark.parametrize("words", [["--products", "10"], ["--sales", "-1"], ["--only", "everything"]])
def test_what_cannot_be_measured_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(words)
    assert ended.value.code == 2
    assert "usage: seraphine-pos bench" in capsys.readouterr().err


def test_a_child_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(window.ChildFailed, match="exit code"):
        window._child("raise SystemExit('no such window')", str(tmp_path))  # noqa: SLF001
