"""Signing in by PIN, with lock-outs that a restart does not forget."""

from typing import Final, Protocol

from seraphine_pos.domain import staff as rules
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import Document, DocumentKind
from seraphine_pos.domain.refusal import LockedOut, UnknownStaff, WrongPin
from seraphine_pos.domain.staff import Operator, Right, StaffMember
from seraphine_pos.store.attempts import AttemptBook, Attempts
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.mirror import Mirror
from seraphine_pos.till.session import Session

SECOND_MS: Final = 1000


class PinCheck(Protocol):
    """Compares a PIN with the hash of a person's document."""

    def __call__(self, pin_hash: str, pin: str) -> bool:
        """Tell whether the PIN is the one that was hashed."""
        ...


class Staff:
    """The people who may use this till."""

    def __init__(
        self,
        mirror: Mirror,
        journal: Journal,
        attempts: AttemptBook,
        session: Session,
        check_pin: PinCheck,
        clock: Clock,
    ) -> None:
        """Know people from the mirror."""
        self._mirror = mirror
        self._journal = journal
        self._attempts = attempts
        self._session = session
        self._check_pin = check_pin
        self._clock = clock

    @property
    def current(self) -> Operator | None:
        """Return who is signed in."""
        return self._session.operator

    def members(self) -> list[StaffMember]:
        """Return the active people, owners first."""
        everyone = [_read(one) for one in self._mirror.all(DocumentKind.STAFF)]
        active = [member for member in everyone if member is not None and member.active]
        return sorted(active, key=lambda member: (member.role != rules.Role.OWNER, member.name))

    def sign_in(self, staff_id: str, pin: str) -> Operator:
        """Sign a person in; raise WrongPin, LockedOut, UnknownStaff."""
        operator = self._checked(staff_id, pin)
        with self._journal.action() as action:
            action.record(Kind.STAFF_SIGNED_IN, {"operator_id": operator.staff_id})
        self._session.operator = operator
        return operator

    def take_over(self, operator: Operator) -> None:
        """Work as this person without a PIN: for commands, which the system's account has allowed."""
        self._session.operator = operator

    def sign_out(self) -> None:
        """Sign out; the cart in progress stays."""
        operator = self._session.operator
        if operator is None:
            return
        with self._journal.action() as action:
            action.record(Kind.STAFF_SIGNED_OUT, {"operator_id": operator.staff_id})
        self._session.operator = None

    def approve(self, staff_id: str, pin: str, right: Right) -> Operator:
        """Return the person who lifts a limit on the spot, without signing anyone out."""
        operator = self._checked(staff_id, pin)
        rules.require(operator, right)
        return operator

    def _checked(self, staff_id: str, pin: str) -> Operator:
        member = next((one for one in self.members() if one.staff_id == staff_id), None)
        if member is None:
            raise UnknownStaff
        before = self._attempts.of(staff_id)
        wait_ms = before.until_ms - self._clock.now_ms()
        if wait_ms > 0:
            # A clock set back must not lock anyone out for longer than the rule says.
            wait_s = min(-(-wait_ms // SECOND_MS), rules.lock_s(before.tries))
            raise LockedOut(seconds=wait_s)
        # The try is counted before the PIN is looked at: a power cut gives no free guess.
        tries = before.tries + 1
        self._attempts.note(staff_id, Attempts(tries, self._clock.now_ms() + rules.lock_s(tries) * SECOND_MS))
        if not self._check_pin(member.pin_hash, pin):
            self._refused(staff_id, tries)
        self._attempts.clear(staff_id)
        return member.operator

    def _refused(self, staff_id: str, tries: int) -> None:
        with self._journal.action() as action:
            action.record(Kind.STAFF_REFUSED, {"operator_id": staff_id, "tries": tries})
        seconds = rules.lock_s(tries)
        if seconds:
            raise LockedOut(seconds=seconds)
        raise WrongPin(left=rules.TRIES_BEFORE_LOCK - tries % rules.TRIES_BEFORE_LOCK)


def _read(one: Document) -> StaffMember | None:
    """Read a person's document; None for a role that only a later program knows, so that the others can work."""
    try:
        return rules.from_body(one.key, one.body)
    except (KeyError, ValueError):
        return None
