"""No text in a cell runs as a formula, and every text comes back out of its cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.cell import harmless, unguarded

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\u2212"


@pytest.mark.parametrize("sign", [*SIGNS, "\t", "\r", "\n", "\0"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\ufeff", "\u200e ", "''"])
def test_what_would_run_begins_with_a_quote(sign: str, before: str) -> None:
    text = f"{before}{sign}HYPERLINK(1)"
    assert harmless(text) == f"'{text}"
    assert unguarded(harmless(text)) == text


@pytest.mark.parametrize(
    "text", ["", " ", "Lait", "d'eau", "'", "'Lait", "2-1", "a=b", "6111111111117", "\u00c9t\u00e9"]
)
def test_other_texts_stay(text: str) -> None:
    assert harmless(text) == text
    assert unguarded(text) == text


@given(st.text(alphabet=st.sampled_from([*SIGNS, "'", " ", "a", "\t"]), max_size=6))
def test_no_two_texts_make_one_cell(text: str) -> None:
    cell = harmless(text)
    assert cell.strip()[:1] not in set(SIGNS)
    assert cell[:1] != "\t"
    assert unguarded(cell) == text
