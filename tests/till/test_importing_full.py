"""The real lists through the store's server into a till: all of it is found again by scanning."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.tax import Tax
from seraphine_pos.replay.ring import ReplayClock
from seraphine_pos.replay.transactions import Transactions
from seraphine_pos.till.importing import Checked, Reading, check, send
from tests.replay.scene import ZONE, Shop, Till, unseen

RULES = Rules(currency_of("MAD"), {"VAT20": Tax("VAT20", "VAT 20 %", 2000)}, "VAT20")
NOON = datetime.fromisoformat("2026-08-10 12:00:00")


@contextmanager
def stocked(folder: Path, checked: Checked) -> Iterator[tuple[Till, list[dict[str, int]]]]:
    """Open a till whose store has imported a list twice."""
    shop = Shop(folder, "MAD")
    outcomes = []
    for _time in range(2):
        sent = send(shop.server, "nadia", checked, unseen, dry_run=False, known=lambda _key: None)
        assert sent.refused == ()
        outcomes.append(dict(sent.outcomes))
    try:
        with shop.open(Transactions((), ()), ReplayClock(NOON, ZONE)) as till:
            assert till.exchange().feed_whole
            till.stored.catalogue.refresh()
            yield till, outcomes
    finally:
        shop.database.close()


@pytest.mark.timeout(600)
def test_the_whole_catalogue_is_found_by_scanning(tmp_path: Path, data_dir: Path) -> None:
    path = data_dir / "catalogue.csv"
    with stocked(tmp_path, check(path, Reading(), RULES, unseen)) as (till, outcomes):
        assert [outcome["created"] for outcome in outcomes] == [40_940, 0]
        assert outcomes[1]["unchanged"] == 40_940
        find = till.counter.catalogue.find
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                code = row["barcode"]
                forms = [code, *([code.zfill(13), code.zfill(14)] if len(code) == 12 else [])]
                wanted = " ".join(row["name"].split()), int(Decimal(row["price"]) * 100)
                for form in forms:
                    found = find(form)
                    assert found is not None, form
                    assert (found.name, found.price) == wanted


@pytest.mark.timeout(600)
def test_the_original_price_lists_are_found_by_scanning_as_written(tmp_path: Path, data_dir: Path) -> None:
    path = data_dir / "pricelist_original_2026-08-10.csv.gz"
    checked = check(path, Reading(), RULES, unseen)
    with stocked(tmp_path, checked) as (till, outcomes):
        assert outcomes[0] == {"created": 39_535, "updated": 0, "unchanged": 0}
        assert outcomes[1] == {"created": 0, "updated": 0, "unchanged": 39_535}
        for good in checked.good:
            found = till.counter.catalogue.find(good.fields[3])
            assert found is not None, good.fields[3]
            assert found.product_id == good.row.product.product_id
