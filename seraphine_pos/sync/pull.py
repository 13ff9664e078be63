"""Fetching the feed: page after page until the mirror is whole. Knows no network and no thread.

Where to go on is the mirror's to say; a new feed is fetched beside the old mirror, which serves meanwhile.
"""

from dataclasses import dataclass

from seraphine_pos.domain.protocol import Server
from seraphine_pos.domain.refusal import AnswerNotOurs
from seraphine_pos.store.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Pull:
    """The other direction of the exchange; ``step`` fetches one page."""

    mirror: Mirror
    server: Server

    def step(self, journal_id: str, changed: set[str]) -> bool:
        """Fetch one page, note the kinds it changed in ``changed``, and return whether there are more.

        Raises a Failure.
        """
        before = self.mirror.state()
        page = self.server.pull(before.feed_id, before.rev, journal_id)
        if page.feed_id == before.feed_id and page.rev < before.rev + page.more:
            raise AnswerNotOurs(reason="page qui n'avance pas")
        if page.after != (before.rev if page.feed_id == before.feed_id else 0):
            # Of an old page that some cache kept, the documents before it would be missing from the new mirror.
            raise AnswerNotOurs(reason="page d'une autre demande")
        changed |= self.mirror.apply(page, journal_id)
        return page.more
