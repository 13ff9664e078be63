"""The shift of this till: it opens by itself and gives each ticket its business day."""

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.shift import Shift, closed_body, local_time, opened_body
from seraphine_pos.domain.staff import Operator
from seraphine_pos.domain.store import Store
from seraphine_pos.store import checkpoint
from seraphine_pos.store.action import Action
from seraphine_pos.store.ledger import Ledger


class Shifts:
    """The till's shifts; counting the drawer comes with its own screen."""

    def __init__(self, ledger: Ledger, till_id: str, store: Store) -> None:
        """Open shifts for this till, on the store's days."""
        self._ledger = ledger
        self._till_id = till_id
        self._time_zone = store.time_zone
        self._current = ledger.open_shift(till_id)

    @property
    def current(self) -> Shift | None:
        """Return the open shift."""
        return self._current

    def during(self, action: Action, operator: Operator) -> tuple[Shift, int]:
        """Return the shift an action belongs to and the hour on the store's wall.

        A shift opens with float 0 if none is open; one of another day is closed uncounted first, with a checkpoint.
        Tell ``settled`` once the action is on the disk.
        """
        now = local_time(action.at_ms, self._time_zone)
        day = now.date().isoformat()
        current = self._current
        if current is not None and current.business_day == day:
            return current, now.hour
        if current is not None:
            action.record(Kind.SHIFT_CLOSED, closed_body(current, operator.staff_id, "day"))
            checkpoint.record(action)
        opened = Shift(action.new_id(), self._till_id, day, operator.staff_id, action.at_ms)
        action.record(Kind.SHIFT_OPENED, opened_body(opened))
        return opened, now.hour

    def settled(self, shift: Shift) -> None:
        """Take a shift as open, now that it is on the disk."""
        self._current = shift
