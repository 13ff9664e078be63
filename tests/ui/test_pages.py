"""The owner's pages over a real till: what they read of it, and what they say when the disk refuses."""

import errno
from datetime import date
from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.ui.disk_words import why
from seraphine_pos.ui.pages import export, tickets_here
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.text import tr
from tests.ui.counter import Counter


def test_only_the_sales_that_this_till_rang_are_here(counter: Counter) -> None:
    counter.sign_in("nadia")
    for no in (1, 2):
        counter.scan(no)
        counter.keyboard.press("F9")
    first, second = counter.tickets()
    named = {first.event_id, second.where.receipt, "0193-elsewhere", "A2-8XX-000001"}
    assert tickets_here(counter.shop, named) == {first.event_id, second.where.receipt}
    assert tickets_here(counter.shop, set()) == frozenset()


def test_an_export_that_cannot_be_written_is_said_in_the_shop_s_language(counter: Counter, tmp_path: Path) -> None:
    counter.sign_in("nadia")
    path = tmp_path / "nowhere" / "rapport.csv"
    with pytest.raises(InvalidFile) as refused:
        export(counter.shop, Span(date(2026, 11, 22), date(2026, 11, 22)), path)
    assert tr(refused.value) == f"Fichier {path} : dossier introuvable."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EACCES, "Permission denied"), "écriture interdite à cet endroit"),
        (OSError(errno.EIO, "Input/output error"), f"le disque a refusé (erreur {errno.EIO})"),
    ],
)
def test_a_disk_s_no_is_never_said_in_the_system_s_words(error: OSError, words: str) -> None:
    assert why(error) == words
