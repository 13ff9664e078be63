"""What no report includes, for the owner: the store's list, or this till's own where the server is out of reach."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.domain.staff import Right
from seraphine_pos.till.session import Session

if TYPE_CHECKING:  # loaded when there is something to list
    from seraphine_pos.domain import quarantine
    from seraphine_pos.domain.quarantine import SetAside


class Quarantine:
    """The entries that count nowhere."""

    def __init__(
        self,
        session: Session,
        ask_server: "Callable[[], quarantine.Quarantine]",
        read_own: "Callable[[], list[SetAside]]",
    ) -> None:
        """Ask the server first, as a report does."""
        self._session = session
        self._ask_server = ask_server
        self._read_own = read_own

    def listed(self) -> "quarantine.Quarantine":
        """Return what the reports leave out; ``source`` says whose reports.

        This may wait for the network, and reads this till's whole journal without it: not for the UI thread.
        """
        from seraphine_pos.domain import quarantine

        self._session.require(Right.REPORTS)
        try:
            return self._ask_server()
        except Unavailable:
            return quarantine.of_this_till(self._read_own())
