"""Every failure and reason has its words for the operator's terminal, with only the places that are filled."""

import string
from collections.abc import Iterator

from seraphine_pos.commands.english import SENTENCES, english
from seraphine_pos.domain import csv_rows, product_row, refusal
from seraphine_pos.domain.product_row import OTHER_CURRENCY
from seraphine_pos.domain.reason import Wording
from seraphine_pos.domain.refusal import Failure, InvalidCode, RefundTooMuch


def failures(kind: type[Failure]) -> Iterator[type[Failure]]:
    yield kind
    for one in kind.__subclasses__():
        yield from failures(one)


def test_every_sentence_in_english_has_only_places_that_its_failure_fills() -> None:
    def places(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    for kind in failures(refusal.Failure):
        spoken = next(SENTENCES[one] for one in kind.__mro__ if one in SENTENCES)
        assert places(spoken) <= places(kind.template) | {"failure"}, kind.__name__


def test_a_failure_is_told_in_english_or_at_least_in_its_own_words() -> None:
    assert english(RefundTooMuch(name="Mug", left="2")) == "“Mug”: only 2 are left to give back on that ticket"
    assert english(InvalidCode(reason="vide")) == "that is no code (vide)"
    assert english(refusal.EmptyCart()) == f"it did not work: {refusal.EmptyCart()}"


def test_every_reason_with_details_has_a_name_to_be_counted_by() -> None:
    told = [value for value in (*vars(product_row).values(), csv_rows.BROKEN) if isinstance(value, Wording)]
    assert not [one.english for one in told if "{" in one.english and not one.kind and one is not OTHER_CURRENCY]
    assert len(told) > 10
