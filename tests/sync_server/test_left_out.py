"""What a restore says: which stores it would drop, whose tills send again, and when the backup was made."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync_server import cli, founding
from tests.sync_server.shop import REQUEST, Shop, Till, found_shop
from tests.sync_server.test_backup import make, reopen


@pytest.fixture
def chain(empty_postgres: str) -> Iterator[tuple[Shop, str]]:
    """Give two stores of one database, and how to make another one."""
    first = found_shop(empty_postgres)
    yield first, founded(first, "Épicerie Sud")
    first.database.close()


def founded(shop: Shop, name: str) -> str:
    """Make another store of a chain."""
    request = founding.StoreRequest.model_validate({**REQUEST, "name": name})
    return founding.found(
        shop.database, request, shop.clock.now_ms(), shop.random_bytes, another=True
    ).store_id  # fmt: skip


def till_of(shop: Shop, store_id: str) -> Till:
    """Give a store a till that has sold once."""
    shop.server.named = store_id
    made = shop.till()
    made.sell(100)
    made.push()
    shop.server.named = ""
    return made


def test_a_store_that_was_made_since_is_not_dropped_without_a_word(
    chain: tuple[Shop, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop, south = chain
    till_of(shop, shop.store_id)
    till_of(shop, south)
    made = make(shop, tmp_path)
    third = founded(shop, "Épicerie Est")
    lost = till_of(shop, third)
    shop.database.close()
    words = ["restore", str(made.path), "--database-url", shop.database.url]
    assert cli.main(words) == 2
    refused = capsys.readouterr().err
    assert f"lacks “Épicerie Est” ({third}), 1 journals with 1 entries" in refused
    assert "--leave-out-stores" in refused
    reopen(shop)
    assert [name for _, name in shop.server.stores()].count("Épicerie Est") == 1
    shop.database.close()
    assert cli.main([*words, "--leave-out-stores"]) == 0
    said = capsys.readouterr().out
    assert f"here no more: “Épicerie Est” ({third}), 1 journals with 1 entries; kept in schema replaced_" in said
    assert lost.journal_id not in said, "its till sends nothing: it finds no store"
    assert "  Épicerie Nour: A1 " in said
    assert "  Épicerie Sud: A1 " in said


def test_a_restore_says_when_by_the_shop_s_clock_and_announces_no_tills_where_there_are_none(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make(shop, tmp_path)
    shop.database.close()
    assert cli.main(["restore", str(made.path), "--database-url", shop.database.url]) == 0
    said = capsys.readouterr().out
    assert "tills send again" not in said
    at = datetime.fromtimestamp(made.manifest.made_at_ms / 1000, ZoneInfo("Africa/Casablanca"))
    assert f"Épicerie Nour: as it was on {at:%Y-%m-%d at %H:%M:%S} (Africa/Casablanca)\n" in said
