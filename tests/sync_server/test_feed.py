"""Documents after a revision, never a part of one, and a new identity makes every mirror start again."""

from seraphine_pos.domain.protocol import ImportRow
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
