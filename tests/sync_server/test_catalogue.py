"""A catalogue comes in blocks: a revision each, nothing for what is unchanged, a barcode for one living product."""

import pytest

from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow, RowResult
from seraphine_pos.domain.refusal import NotAllowed
from sync_server import catalogue, feed
from sync_server.errors import Refused, TooLarge
from sync_server.feed import Change
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

MILK, BREAD = "06111111111117", "06111111111124"


def row(key: str, price: int = 500, name: str = "Lait", **fields: object) -> ImportRow:
    """Return a row whose product has its key as its code."""
    codes = [{"code": key, "quantity": 1000}]
    return ImportRow(key, {"name": name, "price": price, "tax_code": "TVA20", "codes": codes, **fields})


def load(till: Till, *rows: ImportRow, dry_run: bool = False) -> list[RowResult]:
    """Import as the owner."""
    return till.server.import_products(OWNER, rows, dry_run=dry_run)


def outcomes(results: list[RowResult]) -> list[str]:
    """Return what became of the rows, in their order."""
    return [result.outcome for result in results]


def test_a_new_product_is_published_whole(shop: Shop, till: Till) -> None:
    assert outcomes(load(till, row(MILK, name=" Lait  entier "))) == ["created"]
    body = till.mirror()["product", MILK]
    assert body["name"] == "Lait entier"
    assert body["codes"] == [{"code": MILK, "quantity": 1000}]
    assert (body["updated_by"], body["updated_at"]) == (OWNER, shop.clock.now_ms())


def test_a_block_is_one_revision(till: Till) -> None:
    before = till.pull().rev
    load(till, row(MILK), row(BREAD))
    page = till.pull()
    assert page.rev == before + 1
    assert [document.rev for document in page.documents if document.kind == "product"] == [page.rev, page.rev]


def test_a_second_import_changes_nothing(shop: Shop, till: Till) -> None:
    load(till, row(MILK), row(BREAD))
    rev = till.pull().rev
    shop.clock.pass_ms(5000)
    assert outcomes(load(till, row(MILK), row(BREAD))) == ["unchanged", "unchanged"]
    assert till.pull().rev == rev


def test_only_what_changed_is_published(till: Till) -> None:
    load(till, row(MILK), row(BREAD))
    rev = till.pull().rev
    assert outcomes(load(till, row(MILK, 550), row(BREAD))) == ["updated", "unchanged"]
    page = till.pull(till.pull().feed_id, rev)
    assert [(document.key, document.body["price"]) for document in page.documents] == [(MILK, 550)]


def test_a_field_that_the_list_does_not_know_stays(till: Till) -> None:
    load(till, row(MILK, shelf="B4"))
    load(till, row(MILK, 550))
    assert till.mirror()["product", MILK]["shelf"] == "B4"


def test_a_dry_run_says_the_same_and_writes_nothing(shop: Shop, till: Till) -> None:
    load(till, row(MILK))
    rev = till.pull().rev
    wanted = ["updated", "created", "refused"]
    rows = (row(MILK, 1), row(BREAD), ImportRow("x", {"name": "x"}))
    assert outcomes(load(till, *rows, dry_run=True)) == wanted
    assert till.pull().rev == rev
    assert len(shop.rows("product_codes")) == 1
    assert outcomes(load(till, *rows)) == wanted


def test_a_barcode_of_another_living_product_is_refused(till: Till) -> None:
    load(till, row(MILK))
    taken = row("own-key", codes=[{"code": MILK, "quantity": 1000}])
    [result] = load(till, taken)
    assert result.outcome == "refused"
    assert MILK in str(result.reason)
    load(till, row(MILK, active=False))
    assert outcomes(load(till, taken)) == ["created"]
    assert outcomes(load(till, row(MILK, active=True))) == ["refused"]


def test_two_rows_of_a_block_cannot_share_a_barcode(till: Till) -> None:
    results = load(till, row(MILK), row("own-key", codes=[{"code": MILK, "quantity": 1000}]))
    assert outcomes(results) == ["created", "refused"]


def test_a_barcode_that_was_given_up_is_free(till: Till) -> None:
    load(till, row(MILK, codes=[{"code": MILK, "quantity": 1000}, {"code": BREAD, "quantity": 6000}]))
    assert outcomes(load(till, row(BREAD))) == ["refused"]
    load(till, row(MILK))
    assert outcomes(load(till, row(BREAD))) == ["created"]


@pytest.mark.parametrize(
    "body",
    [
        {"price": 1, "tax_code": ""},
        {"name": "", "price": 1, "tax_code": ""},
        {"name": "x", "price": -1, "tax_code": ""},
        {"name": "x", "price": 1.5, "tax_code": ""},
        {"name": "x", "price": True, "tax_code": ""},
        {"name": "x", "price": 10**30, "tax_code": ""},
        {"name": "x", "price": 1, "tax_code": "", "notes": "a\0b"},
        {"name": "x", "price": 1, "tax_code": "", "codes": ["5"]},
        {"name": "x", "price": 1, "tax_code": "", "codes": [{"code": "5", "quantity": 0}]},
        {"name": "x", "price": 1, "tax_code": "", "codes": [{"code": "5" * 200}]},
        {"name": "x", "price": 1, "tax_code": "", "weight": 1.5},
        {"name": "x" * 300, "price": 1, "tax_code": ""},
    ],
)
def test_a_row_that_is_no_product_is_refused_with_a_reason_and_alone(till: Till, body: dict[str, object]) -> None:
    refused, created = load(till, ImportRow("key", body), row(MILK))
    assert (refused.outcome, created.outcome) == ("refused", "created")
    assert refused.reason


def test_who_may_not_create_products_may_not_import(till: Till) -> None:
    for operator_id in (CASHIER, "nobody"):
        with pytest.raises(NotAllowed):
            till.server.import_products(operator_id, [row(MILK)], dry_run=False)


def test_a_block_has_a_limit(till: Till) -> None:
    with pytest.raises(TooLarge):
        load(till, *[row(f"key-{no}", codes=[]) for no in range(IMPORT_ROWS_MAX + 1)])


def test_a_catalogue_in_blocks_is_pulled_whole_and_no_page_splits_a_block(till: Till) -> None:
    for block in range(3):
        rows = [row(f"key-{block}-{no}", codes=[]) for no in range(400)]
        assert outcomes(load(till, *rows)) == ["created"] * 400
    page = till.pull()
    sizes = [len(page.documents)]
    while page.more:
        revs = {document.rev for document in page.documents}
        page = till.pull(page.feed_id, page.rev)
        assert not revs & {document.rev for document in page.documents}
        sizes.append(len(page.documents))
    assert sizes == [404, 400, 400]
    assert len([key for key in till.mirror() if key[0] == "product"]) == 1200


def test_a_tax_that_the_store_does_not_have_is_refused_and_an_old_one_may_stay(shop: Shop, till: Till) -> None:
    [refused, free] = load(till, row(MILK, tax_code="NOPE"), row(BREAD, tax_code=""))
    assert (refused.outcome, refused.reason) == ("refused", "there is no tax “NOPE”; the store has TVA20")
    assert free.outcome == "created"
    with shop.server.write(shop.store_id, OWNER) as tx:
        with pytest.raises(Refused, match="TVA20"):
            catalogue.put(tx, OWNER, MILK, {"name": "Lait", "price": 1, "tax_code": "NOPE"})
        body = {**row("old").body, "tax_code": "GONE", "active": True}
        feed.publish(tx, [Change("product", "old", body, tuple(body))], {})
        assert catalogue.put(tx, OWNER, "old", {"price": 7})[0] == "updated"
        with pytest.raises(Refused):
            catalogue.put(tx, OWNER, "old", {"tax_code": "NOPE"})


def test_a_gtin_is_one_key_in_all_its_lengths_and_the_code_of_a_new_product(shop: Shop) -> None:
    bare = {"name": "Lait", "price": 500, "tax_code": "TVA20"}
    with shop.server.write(shop.store_id, OWNER) as tx:
        made, product = catalogue.put(tx, OWNER, "6111111111111", bare)
        assert (made, product["key"], product["codes"]) == (
            "created",
            "06111111111111",
            [{"code": "06111111111111", "quantity": 1000}],
        )
        assert catalogue.put(tx, OWNER, "06111111111111", {"price": 1})[0] == "updated"
        assert catalogue.one(tx.connection, tx.store_id, "6111111111111")["price"] == 1
        assert outcomes(catalogue.import_rows(tx, OWNER, [ImportRow("6111111111111", bare)], dry_run=False)) == [
            "updated"
        ]
        assert catalogue.put(tx, OWNER, "PAIN", bare)[1]["codes"] == [{"code": "PAIN", "quantity": 1000}]
        assert catalogue.put(tx, OWNER, "0199f2b0-0000-7000-8000-000000000001", bare)[1]["codes"] == []
        assert catalogue.withdraw(tx, OWNER, "6111111111111")["active"] is False
    assert len(shop.rows("product_names")) == 3
