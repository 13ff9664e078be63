"""The mirror: pages go in, in order, and another feed takes its place only when it is whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.store.mirror import FeedState
from seraphine_pos.store.till import TillStore
from tests.store.folder import Folder, page_of, product_document

TAX = Document("tax", "TVA20", 1, {"name": "TVA 20 %", "rate": 2000, "included": True})


def names(store: TillStore) -> list[object]:
    return [document.body["name"] for document in store.mirror.all(DocumentKind.PRODUCT)]


def test_before_the_first_page_there_is_nothing(store: TillStore) -> None:
    assert store.mirror.state() == FeedState("", 0, whole=False)
    assert store.mirror.get("tax", "TVA20") is None
    assert names(store) == []


def test_pages_follow_each_other_until_the_mirror_is_whole(store: TillStore) -> None:
    assert store.mirror.apply(page_of(TAX, more=True)) == {"tax"}
    assert store.mirror.state() == FeedState("feed-1", 1, whole=False)
    assert store.mirror.apply(page_of(product_document(1, 2))) == {"product"}
    assert store.mirror.state() == FeedState("feed-1", 2, whole=True)
    assert store.mirror.get("tax", "TVA20") == TAX
    assert store.mirror.get("product", "nothing") is None
    assert store.mirror.count(DocumentKind.PRODUCT) == 1


def test_a_mirror_that_was_whole_stays_usable_while_it_catches_up(store: TillStore) -> None:
    store.mirror.apply(page_of(TAX))
    store.mirror.apply(page_of(product_document(1, 2), more=True))
    assert store.mirror.state().whole


def test_a_later_revision_takes_the_place_of_an_earlier_one(store: TillStore) -> None:
    store.mirror.apply(page_of(product_document(1, 1, "Pain")))
    store.mirror.apply(page_of(product_document(1, 2, "Pain complet")))
    assert names(store) == ["Pain complet"]
    assert store.catalogue.search("complet") != []
    gone = product_document(1, 3)
    store.mirror.apply(page_of(Document("product", gone.key, 3, {}, deleted=True)))
    assert names(store) == []
    assert store.mirror.count(DocumentKind.PRODUCT) == 0
    assert store.catalogue.search("pain") == []
    assert store.catalogue.find(gone.key) is None


def test_documents_of_an_unknown_kind_are_kept(store: TillStore) -> None:
    strange = Document("hologram", "x", 7, {"shape": [1, {"y": None}]})
    store.mirror.apply(page_of(strange))
    assert store.mirror.get("hologram", "x") == strange


def test_a_page_of_which_a_part_cannot_be_kept_moves_nothing(store: TillStore) -> None:
    store.mirror.apply(page_of(product_document(1, 1)))
    before = store.mirror.state()
    with pytest.raises(TypeError):
        store.mirror.apply(page_of(product_document(2, 2), Document("product", "no json", 3, {"name": b""})))
    assert store.mirror.state() == before
    assert store.mirror.count("product") == 1


def test_another_feed_is_pulled_beside_and_swapped_when_it_is_whole(store: TillStore) -> None:
    store.mirror.apply(page_of(TAX, product_document(1, 5, "Ancien"), product_document(2, 6, "Perdu")))
    changed = store.mirror.apply(page_of(product_document(1, 1, "Nouveau"), feed_id="feed-2", more=True))
    assert changed == frozenset()
    assert names(store) == ["Ancien", "Perdu"]
    assert [one.name for one in store.catalogue.search("ancien")] == ["Ancien"]
    assert store.catalogue.search("nouveau") == []
    assert store.mirror.state() == FeedState("feed-2", 1, whole=True)
    changed = store.mirror.apply(page_of(product_document(3, 2, "Autre"), feed_id="feed-2"))
    assert changed == frozenset(DocumentKind)
    assert names(store) == ["Nouveau", "Autre"]
    assert store.catalogue.search("ancien") == []
    assert store.mirror.get("tax", "TVA20") is None
    assert store.mirror.state() == FeedState("feed-2", 2, whole=True)


def test_a_third_feed_drops_what_was_pulled_of_the_second(folder: Folder) -> None:
    store = folder.open()
    store.mirror.apply(page_of(product_document(1, 5, "Ancien")))
    store.mirror.apply(page_of(product_document(2, 1, "Second"), feed_id="feed-2", more=True))
    folder.close()
    store = folder.open()
    store.mirror.apply(page_of(product_document(3, 1, "Tiers"), feed_id="feed-3"))
    assert names(store) == ["Tiers"]
    store.mirror.apply(page_of(product_document(4, 1, "Quart"), feed_id="feed-4"))
    assert names(store) == ["Quart"]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=12))
def test_the_indexes_kept_equal_the_indexes_rebuilt(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bool, bool]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("till") / "till")
    store = folder.open()
    for rev, (no, deleted, other_feed) in enumerate(changes, 1):
        document = product_document(no, rev, f"Article {no}", active=no != 4)
        if deleted:
            document = Document("product", document.key, rev, {}, deleted=True)
        store.mirror.apply(page_of(document, feed_id="feed-2" if other_feed else "feed-1"))
    kept = found(store)
    store.mirror.rebuild()
    assert found(store) == kept
    folder.close()


def found(store: TillStore) -> list[object]:
    """Return what codes and names find."""
    by_code = [store.catalogue.find(product_document(no, 0).key) for no in range(1, 5)]
    return [by_code, sorted(store.catalogue.search("article"), key=lambda one: one.product_id)]


def wish(store: TillStore, key: str, fields: dict[str, object]) -> int:
    """Wish for fields of a product; return the place of the wish in the journal."""
    with store.journal.action() as action:
        body = {"kind": "product", "key": key, "rev": 1, "fields": fields, "operator_id": "omar"}
        seq = action.record(Kind.DOCUMENT_PROPOSED, body).seq
    store.catalogue.refresh()
    return seq


def test_a_wish_lies_over_the_mirror_until_the_feed_says_it_was_applied(store: TillStore) -> None:
    bread = product_document(1, 1, "Pain")
    store.mirror.apply(page_of(bread))
    seq = wish(store, bread.key, {"price": 160})
    assert priced(store, bread.key) == 160
    journal_id = store.journal.state().journal_id
    store.mirror.apply(page_of(product_document(1, 2, "Pain", price=170), applied_seq=seq - 1), journal_id)
    store.catalogue.refresh()
    assert priced(store, bread.key) == 160
    store.mirror.apply(page_of(product_document(2, 3), applied_seq=seq, more=True), journal_id)
    store.catalogue.refresh()
    assert priced(store, bread.key) == 160
    store.mirror.apply(page_of(product_document(1, 4, "Pain", price=180), applied_seq=seq), journal_id)
    store.catalogue.refresh()
    assert priced(store, bread.key) == 180


def priced(store: TillStore, code: str) -> int | None:
    """Return the price a scan finds."""
    product = store.catalogue.find(code)
    return None if product is None else product.price


def test_wishes_lie_over_each_other_and_survive_a_restart(folder: Folder) -> None:
    store = folder.open()
    bread = product_document(1, 1, "Pain")
    store.mirror.apply(page_of(bread))
    wish(store, bread.key, {"price": 160})
    wish(store, bread.key, {"name": "Baguette"})
    folder.close()
    store = folder.open()
    product = store.catalogue.get(bread.key)
    assert product is not None
    assert (product.name, product.price) == ("Baguette", 160)
    assert [one.name for one in store.catalogue.search("baguette")] == ["Baguette"]
    assert store.catalogue.search("pain") == []


def test_a_product_wished_for_is_sold_at_once(store: TillStore) -> None:
    fields = product_document(9, 0, "Nouveauté").body
    wish(store, "new-9", dict(fields))
    assert priced(store, product_document(9, 0).key) == 1250


def test_a_wish_about_a_product_that_is_gone_stops_nothing(folder: Folder) -> None:
    store = folder.open()
    bread = product_document(1, 1, "Pain")
    store.mirror.apply(page_of(bread))
    wish(store, bread.key, {"price": 160})
    store.mirror.apply(page_of(Document("product", bread.key, 2, {}, deleted=True)))
    store.catalogue.refresh()
    assert store.catalogue.find(bread.key) is None
    folder.close()
    assert folder.open().catalogue.find(bread.key) is None
