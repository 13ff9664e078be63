"""Who is at this till: the one place that other words of this room ask for the operator."""

from seraphine_pos.domain.refusal import NotSignedIn
from seraphine_pos.domain.staff import Operator, Right, require


class Session:
    """The person signed in, if any."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.operator: Operator | None = None

    def require(self, right: Right | None = None) -> Operator:
        """Return the operator; raise NotSignedIn, or NotAllowed without the right."""
        if self.operator is None:
            raise NotSignedIn
        if right is not None:
            require(self.operator, right)
        return self.operator

    def approver(self, right: Right, approved_by: Operator | None) -> str | None:
        """Return who allows what the operator may not do alone: nobody is needed, or an owner.

        Raises NotAllowed when the right is missing and the approver does not have it either.
        """
        operator = self.require()
        if operator.may(right):
            return None
        if approved_by is None:
            require(operator, right)
            return None
        require(approved_by, right)
        return approved_by.staff_id
