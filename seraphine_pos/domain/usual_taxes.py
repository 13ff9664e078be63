"""The taxes a new store begins with, by its currency."""

from collections.abc import Mapping
from typing import Final

from seraphine_pos.domain.tax import Tax

EXEMPT: Final = Tax("EXO", "Exonéré", 0)
_TAXES: Final[Mapping[str, tuple[Tax, ...]]] = {
    "MAD": (
        Tax("TVA20", "TVA 20 %", 2000),
        Tax("TVA14", "TVA 14 %", 1400),
        Tax("TVA10", "TVA 10 %", 1000),
        Tax("TVA7", "TVA 7 %", 700),
    ),
    "EUR": (Tax("TVA20", "TVA 20 %", 2000), Tax("TVA10", "TVA 10 %", 1000), Tax("TVA55", "TVA 5,5 %", 550)),
    "CHF": (Tax("TVA81", "TVA 8,1 %", 810), Tax("TVA26", "TVA 2,6 %", 260)),
    "GBP": (Tax("VAT20", "VAT 20 %", 2000), Tax("VAT5", "VAT 5 %", 500)),
    "TND": (Tax("TVA19", "TVA 19 %", 1900), Tax("TVA13", "TVA 13 %", 1300), Tax("TVA7", "TVA 7 %", 700)),
    "XOF": (Tax("TVA18", "TVA 18 %", 1800),),
}


def usual_taxes(currency: str) -> tuple[Tax, ...]:
    """Return the usual taxes of a currency (ISO 4217), included in prices; the exemption is always last."""
    return (*_TAXES.get(currency, ()), EXEMPT)
