"""The store's setting, there and back."""

from seraphine_pos.domain import store
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.store import Store


def test_the_store_is_read_back_from_its_setting() -> None:
    shop = Store("Épicerie", "1 rue", Currency("TND", 3), "Africa/Tunis", "fr", "Bonjour", "Merci")
    assert store.from_body(store.to_body(shop)) == shop


def test_an_old_setting_may_leave_out_the_words() -> None:
    old = {"name": "Épicerie", "currency": "MAD", "decimals": 2, "time_zone": "Africa/Casablanca"}
    assert store.from_body(old) == Store("Épicerie", "", Currency("MAD", 2), "Africa/Casablanca", "fr")
