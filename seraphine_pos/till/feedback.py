"""A word about the till, written even without a network."""

from seraphine_pos.domain import feedback as messages
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import Message
from seraphine_pos.domain.journal import text_digest
from seraphine_pos.domain.staff import Right
from seraphine_pos.store.journal import Journal
from seraphine_pos.till.session import Session


class Feedback:
    """Messages from this till."""

    def __init__(self, journal: Journal, session: Session) -> None:
        """Write them into this journal."""
        self._journal = journal
        self._session = session

    def submit(self, message: Message) -> str:
        """Keep a message for the owner; return its event id."""
        operator = self._session.require(Right.GIVE_FEEDBACK)
        text = messages.checked(message.text)
        with self._journal.action() as action:
            salt = action.salt()
            digest = text_digest(salt, text) or ""
            body = messages.to_body(message, operator.staff_id, digest)
            return action.record(Kind.FEEDBACK_SUBMITTED, body, salt=salt, text=text).event_id
