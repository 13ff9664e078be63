"""Every store begins with taxes it can sell under."""

import pytest

from seraphine_pos.domain.usual_taxes import EXEMPT, usual_taxes


@pytest.mark.parametrize("currency", ["MAD", "EUR", "CHF", "GBP", "TND", "XOF", "JPY", "???"])
def test_a_new_store_can_sell_exempt_goods_at_least(currency: str) -> None:
    taxes = usual_taxes(currency)
    assert taxes[-1] == EXEMPT
    assert len({tax.code for tax in taxes}) == len(taxes)
    assert all(tax.included for tax in taxes)


def test_rates_are_hundredths_of_a_percent() -> None:
    assert [tax.rate for tax in usual_taxes("MAD")] == [2000, 1400, 1000, 700, 0]
