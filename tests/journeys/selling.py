"""A till as a process of its own: exchanges with the server, sells, exchanges again, and says what it came to.

python -m tests.journeys.selling HOME SALES SEED
"""

import json
import random
import sys
from pathlib import Path
from typing import Final

from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import open_shop
from tests.journeys.conftest import CASHIER_ID, CASHIER_PIN, PRODUCTS

LINES_MAX: Final = 3


def main() -> None:
    """Exchange, sell as often as was asked, and exchange."""
    home, sales, chance = Home(Path(sys.argv[1])), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    gross = 0
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        shop.exchange()
        shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)
        for _ in range(sales):
            for _ in range(chance.randint(1, LINES_MAX)):
                shop.checkout.scan(chance.choice(PRODUCTS)[0])
            ticket = shop.checkout.pay(Method.CASH)
            assert ticket is not None
            gross += ticket.total
        state = shop.exchange()
        said = {
            "gross": gross,
            "waiting": state.waiting,
            "problem": None if state.problem is None else repr(state.problem),
            "wrong": list(shop.verify()),
            "journals": len(shop.stored.journal.journals()),
            "feed_id": shop.stored.mirror.state().feed_id,
        }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
