"""Three servers on one PostgreSQL, one of them killed in the middle: 0 lost, 0 doubled, and the others go on."""

import os
from pathlib import Path

import pytest

from seraphine_pos.domain.protocol import Page
from tests.faults.replicas import Mirror, run
from tests.sync_server.shop import Till, found_shop


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forked")
def test_one_of_three_is_killed_in_the_middle(tmp_path: Path, postgres_database: str) -> None:
    assert run(tmp_path, postgres_database, requests=120, kills=1, seed=1) == (2, 0)


class Forgetful:
    """A feed that leaves out the documents of a revision, as a sequence would."""

    def __init__(self, till: Till, left_out: int) -> None:
        self._till = till
        self._left_out = left_out

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        page = self._till.server.pull(feed_id, rev, journal_id)
        documents = tuple(one for one in page.documents if one.rev != self._left_out)
        return Page(page.server_id, page.feed_id, page.rev, documents, 0, page.more, page.after)


@pytest.mark.parametrize(("left_out", "faults"), [(-1, 0), (0, 1)])
def test_a_mirror_sees_what_it_was_not_given(tmp_path: Path, left_out: int, faults: int) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    shop = found_shop(url)
    till = shop.till()
    for key in ("a", "b"):
        till.propose("product", key, 0, {"name": key, "price": 1, "tax_code": ""})
    till.push()
    rev = till.pull().rev + left_out
    mirror = Mirror(Forgetful(till, rev if left_out == 0 else -1).pull)
    mirror.end()
    shop.database.close()
    assert len(list(mirror.missed(url))) == faults
