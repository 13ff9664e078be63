"""A failure as the shop reads it: its sentence, with amounts written as amounts."""

from typing import Final

from seraphine_pos.domain.refusal import CardAboveTotal, Failure, OddTender
from seraphine_pos.ui import text

_WITH_AMOUNTS: Final = (CardAboveTotal, OddTender)


def failure_words(failure: Failure, currency: str, decimals: int) -> str:
    """Return the sentence; integers in the details of a money failure are minor units."""
    if not isinstance(failure, _WITH_AMOUNTS):
        return text.tr(failure)
    details = {
        name: text.money(value, currency, decimals) if isinstance(value, int) else value
        for name, value in failure.details.items()
    }
    return text.tr(type(failure)(**details))
