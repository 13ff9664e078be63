"""The owner's figures: from the server for all tills, or from this till's own ledger."""

from collections.abc import Callable

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.domain.report import Report, ReportData, ReportQuery, shape
from seraphine_pos.domain.staff import Right
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.till.session import Session

Ask = Callable[[ReportQuery], ReportData]


class Reports:
    """Figures of any days."""

    def __init__(self, ledger: Ledger, journal: Journal, session: Session, ask_server: Ask) -> None:
        """Ask the server first, this ledger where it is out of reach."""
        self._ledger = ledger
        self._journal = journal
        self._session = session
        self._ask_server = ask_server

    def report(self, query: ReportQuery) -> Report:
        """Return the figures of all tills, or of this one when the server is out of reach.

        ``report.data.source`` says which. This may wait for the network: not for the UI thread.
        """
        self._session.require(Right.REPORTS)
        try:
            return shape(self._ask_server(query))
        except Unavailable:
            return self.own(query)

    def own(self, query: ReportQuery) -> Report:
        """Return the figures of this till alone."""
        self._session.require(Right.REPORTS)
        return shape(self._ledger.report(query))

    def exported(self, query: ReportQuery, form: str) -> None:
        """Note that a report left the till as a file."""
        operator = self._session.require(Right.REPORTS)
        body = {"operator_id": operator.staff_id, "from": query.start, "to": query.end, "format": form}
        with self._journal.action() as action:
            action.record(Kind.REPORT_EXPORTED, body)
