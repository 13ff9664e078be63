"""Fuzzed: a page of the feed, as a till reads it from an answer and takes it into its mirror."""

import json
from pathlib import Path
from typing import Final

from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.protocol import Page, document_to_wire
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync import answer
from seraphine_pos.sync.answer import Answer
from tests.security.fuzz_target import hold, of_json
from tests.store.folder import Folder, page_of, product_document

SERVER: Final = "server-1"
TILL_LASTS: Final = 500


class Feed:
    """A page is refused as an answer that is not ours, or taken whole, or leaves the mirror as it was."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._place = folder
        self._folder: Folder | None = None
        self._store: TillStore | None = None
        self._used = 0
        self._tills = 0
        self._rev = 0

    def seeds(self) -> list[bytes]:
        """Return pages as servers answer them."""
        others = (Document(kind, "k", 7, {"name": "x", "price": 1, "tax_code": ""}) for kind in DocumentKind)
        return [
            of_json(wire_of(page))
            for page in (
                page_of(),
                page_of(product_document(1, 1), product_document(2, 2), product_document(1, 3)),
                page_of(*others, more=True, feed_id="feed-2"),
                page_of(Document("product", "k", 9, {}, deleted=True), applied_seq=1),
            )
        ]

    def attempt(self, data: bytes) -> None:
        """Believe an answer, and take the page in."""
        store = self._till()
        try:
            page = answer.believe(Answer(200, "application/json", data), SERVER, answer.page)
        except Failure:
            return
        again = answer.believe(Answer(200, "application/json", of_json(wire_of(page))), SERVER, answer.page)
        hold(again == page, "what was believed is written as it was read")
        before = (store.mirror.state(), _documents(store))
        try:
            store.mirror.apply(page, store.journal.journals()[-1])
        except Exception:  # noqa: BLE001  the exchange takes any: it ends the run; what counts is what it left behind
            hold((store.mirror.state(), _documents(store)) == before, "a page is taken whole or not at all")
        else:
            self._taken(store, page)
        self._rev += 1
        # Whatever a page was: the next good one is taken.
        good = page_of(product_document(3, 10 + self._rev), feed_id=f"good-{self._tills}")
        store.mirror.apply(good, store.journal.journals()[-1])
        found = store.mirror.get("product", good.documents[0].key)
        hold(found == good.documents[0], "the next good page is taken")

    def close(self) -> None:
        """Close the till."""
        if self._folder is not None:
            self._folder.close()

    def _till(self) -> TillStore:
        if self._store is None or self._used >= TILL_LASTS:
            self.close()
            self._tills, self._used = self._tills + 1, 0
            self._folder = Folder(self._place / f"till-{self._tills}")
            self._store = self._folder.open()
        self._used += 1
        return self._store

    def _taken(self, store: TillStore, page: Page) -> None:
        last = {(one.kind, one.key): one for one in page.documents}
        state = store.mirror.state()
        hold((state.feed_id, state.rev) == (page.feed_id, page.rev), "the next pull goes on where the page ends")
        if not page.more:
            for one in last.values():
                hold(_same(store.mirror.get(one.kind, one.key), one), "what was taken is there")


def _documents(store: TillStore) -> list[object]:
    return [one for kind in DocumentKind for one in store.mirror.all(kind)]


def _same(found: Document | None, said: Document) -> bool:
    """Tell whether two documents are one; NaN equals nothing, so their JSON is compared."""
    return found is not None and json.dumps(dict(found.body)) == json.dumps(dict(said.body)) and (
        found.rev, found.deleted
    ) == (said.rev, said.deleted)  # fmt: skip


def wire_of(page: Page) -> dict[str, object]:
    """Return a page as a server answers it."""
    documents = [document_to_wire(one) for one in page.documents]
    return {
        "server_id": page.server_id, "feed_id": page.feed_id, "rev": page.rev, "documents": documents,
        "applied_seq": page.applied_seq, "more": page.more, "after": page.after,
    }  # fmt: skip
