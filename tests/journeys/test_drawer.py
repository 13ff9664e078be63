"""A drawer that lacks money: counted at a real till, found by the server's night, told to the owner at the till."""

import subprocess
import sys

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.sale import Method
from seraphine_pos.domain.shift import closed_body
from seraphine_pos.shop import Shop
from tests.journeys.conftest import CASHIER_ID, OWNER_ID, OWNER_PIN, PRODUCTS, StoreServer

LACKING = PRODUCTS[1][2]


def sell(shop: Shop, code: str) -> str:
    """Ring one piece for exact cash; return the sale's id."""
    shop.checkout.scan(code)
    ticket = shop.checkout.pay(Method.CASH)
    assert ticket is not None
    return ticket.event_id


def close_with(shop: Shop, counted: int) -> None:
    """Write the end of the shift with what was counted in its drawer."""
    shift = shop.shifts.current
    assert shift is not None
    with shop.stored.journal.action() as action:
        action.record(Kind.SHIFT_CLOSED, {**closed_body(shift, CASHIER_ID, "end"), "counted": counted})


def test_what_lacks_in_the_drawer_is_told_with_the_sale_that_could_explain_it(
    shop: Shop, store_server: StoreServer
) -> None:
    sold = {code: sell(shop, code) for code, _name, _price in PRODUCTS}
    close_with(shop, sum(price for _code, _name, price in PRODUCTS) - LACKING)
    assert shop.exchange().problem is None

    command = ("sync_server", "jobs", "run", "insights", "--home", str(store_server.home.root))
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True, timeout=120)
    assert shop.exchange().problem is None

    shop.staff.sign_in(OWNER_ID, OWNER_PIN)
    (card,) = [one for one in shop.insights.latest() if one.category == "cashVariance"]
    assert "manque de 34,90" in card.title
    assert sold[PRODUCTS[1][0]] in card.related_sales
    assert card.confidence == 900
