"""Documents after a revision, never a part of one, and a new identity makes every mirror start again."""

import pytest

from seraphine_pos.domain.protocol import ImportRow
from sync_server.database import open_database
from sync_server.schema import metadata
from sync_server.store_server import StoreServer
from tests.sync_server.shop import OWNER, Shop, Till


def publish(till: Till, key: str, price: int = 100) -> None:
    """Set a product."""
    row = ImportRow(key, {"name": key, "price": price, "tax_code": ""})
    till.server.import_products(OWNER, [row], dry_run=False)


def test_a_new_till_gets_everything(till: Till) -> None:
    assert set(till.mirror()) == {
        ("setting", "store"),
        ("tax", "TVA20"),
        ("staff", "nadia"),
        ("staff", "salma"),
    }


def test_a_mirror_that_is_whole_gets_nothing(till: Till) -> None:
    page = till.pull()
    assert not page.more
    again = till.pull(page.feed_id, page.rev)
    assert (again.documents, again.rev, again.more) == ((), page.rev, False)


def test_only_the_latest_body_of_a_document_comes(till: Till) -> None:
    page = till.pull()
    for price in (1, 2, 3):
        publish(till, "key", price)
    after = till.pull(page.feed_id, page.rev)
    assert [(one.key, one.body["price"], one.rev) for one in after.documents] == [("key", 3, page.rev + 3)]


def test_another_feed_starts_from_nothing(till: Till) -> None:
    page = till.pull()
    assert till.pull("another", page.rev) == page


def test_a_revision_that_the_feed_never_reached_starts_it_anew(shop: Shop, till: Till) -> None:
    """This database is an older copy of the one that gave the revision out."""
    page = till.pull()
    anew = till.pull(page.feed_id, page.rev + 1)
    assert anew.documents == page.documents
    assert anew.feed_id != page.feed_id
    assert till.pull() == anew
    assert [row["action"] for row in shop.rows("audit")].count("feed-restarted") == 1


def older(shop: Shop, tables: dict[str, list[dict[str, object]]]) -> None:
    """Put rows back as somebody does who copies an old file back, and start the server on them."""
    with shop.database.write() as connection:
        for name, rows in tables.items():
            connection.exec_driver_sql(f"DELETE FROM {name}")
            table = metadata.tables[name]
            if rows:
                connection.execute(table.insert(), rows)
    shop.database.close()
    shop.server = StoreServer(open_database(shop.database.url), shop.clock, shop.random_bytes)


@pytest.mark.parametrize("starts", [False, True], ids=["the same server", "a server that was started again"])
def test_a_copy_that_publishes_before_any_till_speaks_to_it_is_noticed(shop: Shop, till: Till, starts: bool) -> None:
    """The lost copy and this one both gave revisions out; a mirror of the lost one must not go on with this one."""
    publish(till, "before")
    copy = {name: shop.rows(name) for name in ("documents", "gaps", "product_codes")}
    [row] = shop.rows("stores")
    if starts:
        older(shop, copy)  # as a start leaves it
        till.server = shop.server.device(till.enrolment.device_key)
    for no in range(3):
        publish(till, "lost", no)
    lost = till.pull()
    with shop.database.write() as connection:
        connection.execute(metadata.tables["stores"].update().values(**row))
    older(shop, copy)
    till.server = shop.server.device(till.enrolment.device_key)
    for no in range(5):
        publish(till, "kept", no)
    page = till.pull(lost.feed_id, lost.rev)
    assert page.feed_id != lost.feed_id
    assert {one.key for one in page.documents} >= {"before", "kept"}
    assert "lost" not in {one.key for one in page.documents}


def test_every_revision_that_was_given_out_is_known_after_many_starts(shop: Shop, till: Till) -> None:
    given = [0, till.pull().rev]
    for no in range(4):
        for price in range(3):
            publish(till, f"p{no}", price)
            given.append(till.pull().rev)
        older(shop, {})
        till.server = shop.server.device(till.enrolment.device_key)
    feed_id = till.pull().feed_id
    assert {till.pull(feed_id, rev).feed_id for rev in given} == {feed_id}
    assert till.pull(feed_id, given[-1]).documents == ()


def test_a_page_says_how_far_the_journal_is_applied(till: Till) -> None:
    assert till.pull().applied_seq == 0
    till.sell(100)
    till.sell(100)
    till.push()
    assert till.pull().applied_seq == 2
    assert till.server.pull("", 0, "another").applied_seq == 0


def test_documents_keep_who_set_each_field(shop: Shop, till: Till) -> None:
    publish(till, "key", 1)
    publish(till, "key", 2)
    [row] = [row for row in shop.rows("documents") if row["key"] == "key"]
    assert '"name":[2,"nadia"]' in str(row["fields"])
    assert '"price":[3,"nadia"]' in str(row["fields"])
