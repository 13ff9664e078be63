"""Which notice the strip shows: problems of scans wait their turn, other ones give way to the next."""

from seraphine_pos.ui.strip import Notice


class Notices:
    """Notices in order; one that stays is only taken away by the person."""

    def __init__(self) -> None:
        self._staying: list[Notice] = []
        self._passing: Notice | None = None

    @property
    def current(self) -> Notice | None:
        """The notice to show: a passing one first, then the oldest that stays."""
        return self._passing or (self._staying[0] if self._staying else None)

    def add(self, notice: Notice) -> None:
        """Take a notice in; the same problem is not told twice."""
        if not notice.stays:
            self._passing = notice
        elif all(notice.title != waiting.title for waiting in self._staying):
            self._staying.append(notice)

    def pass_on(self) -> None:
        """Let a passing notice go, because something went well."""
        self._passing = None

    def leave(self) -> None:
        """Let the shown notice go."""
        if self._passing is not None:
            self._passing = None
        elif self._staying:
            del self._staying[0]

    def settle(self, title: str) -> None:
        """Let the notice of this title go: its problem is solved."""
        self._staying = [notice for notice in self._staying if notice.title != title]

    def clear(self) -> None:
        """Let all go, with the sale they belonged to."""
        self._passing = None
        self._staying.clear()
