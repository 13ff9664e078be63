"""The entries of one request and their text as it travels, written once. Knows no journal and no network."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Final, Self

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import entry_to_wire

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Batch(tuple[Entry, ...]):  # noqa: SLOT001  what is kept for later lies beside the entries
    """Entries of one journal that follow one another.

    ``meanwhile`` is what the thread that sends them may do until the answer comes.
    """

    meanwhile: Callable[[], None] | None = None

    @cached_property
    def wire(self) -> bytes:
        """The entries as a JSON list."""
        return _ENCODER.encode([entry_to_wire(entry) for entry in self]).encode()

    def ready(self) -> Self:
        """Write the text now, so that it is there when the entries go."""
        _ = self.wire
        return self

    def gone(self) -> None:
        """Note that the request has gone: do, once, what there is to be done meanwhile."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
