"""Observations from the feed, as the server writes them, read for the owner and for nobody else."""

from pathlib import Path

import pytest

from seraphine_pos.demo import sample
from seraphine_pos.demo.clock import PastClock
from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.protocol import Page
from seraphine_pos.domain.refusal import NotAllowed
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.store.till import TillStore
from seraphine_pos.till.insights import Insight, Insights
from seraphine_pos.till.session import Session
from tests.demo.counter import open_counter


def body(run: str, at_ms: int) -> dict[str, object]:
    return {
        "category": "watchlist", "title": "Solaire", "detail": "En recul.", "confidence": 670,
        "source_run_id": run, "related_sales": ["e1", "e2"], "created_at": at_ms,
    }  # fmt: skip


def cards(kept: TillStore, role: Role) -> list[Insight]:
    documents = tuple(Document(DocumentKind.INSIGHT, run, 2, body(run, at)) for run, at in (("a", 5), ("b", 9)))
    kept.mirror.apply(Page("server", "feed", 2, documents, 0, more=False))
    session = Session()
    session.operator = Operator("p", "P.", role)
    return list(Insights(kept.mirror, session).latest())


def test_the_newest_stands_first_with_all_its_figures(tmp_path: Path) -> None:
    with open_counter(tmp_path, sample.read(), PastClock(1, 1)) as (_, kept):
        first, second = cards(kept, Role.OWNER)
    assert (first.source_run_id, second.source_run_id) == ("b", "a")
    assert (first.confidence, first.created_at_ms, first.related_sales) == (670, 9, ("e1", "e2"))


def test_a_cashier_does_not_see_them(tmp_path: Path) -> None:
    with open_counter(tmp_path, sample.read(), PastClock(1, 1)) as (_, kept), pytest.raises(NotAllowed):
        cards(kept, Role.CASHIER)
