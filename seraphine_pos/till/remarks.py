"""What people said about the till, for the owner, from every till of the store."""

from collections.abc import Callable

from seraphine_pos.domain.remark import NEW, Remark
from seraphine_pos.domain.staff import Right
from seraphine_pos.till.session import Session

Ask = Callable[[], list[Remark]]


class Remarks:
    """The words that reached the store's server."""

    def __init__(self, session: Session, ask_server: Ask) -> None:
        """Ask this server."""
        self._session = session
        self._ask_server = ask_server

    def unread(self) -> list[Remark]:
        """Return the words nobody has dealt with, newest first; raise Unavailable without the server.

        This waits for the network: not for the UI thread.
        """
        self._session.require(Right.REPORTS)
        return [one for one in self._ask_server() if one.state == NEW]
