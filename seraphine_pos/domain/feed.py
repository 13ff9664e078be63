"""The feed's documents: what the shop has decided, each with the revision that last changed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document is about."""

    PRODUCT = "product"
    TAX = "tax"
    STAFF = "staff"
    INSIGHT = "insight"
    FLAG = "flag"
    FEEDBACK = "feedback"
    SETTING = "setting"


STORE_SETTING = "store"


@dataclass(frozen=True, slots=True)
class Document:
    """The latest body of one (kind, key); ``rev`` is 0 for a document no server has seen."""

    kind: str
    key: str
    rev: int
    body: Mapping[str, object]
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """What becomes of a proposal: the fields to set and the fields that conflict."""

    applied: Mapping[str, object]
    conflicts: Mapping[str, object]


def merge(
    current: Mapping[str, object],
    field_revs: Mapping[str, int],
    proposed: Mapping[str, object],
    rev: int,
) -> Merge:
    """Set the proposed fields that have not changed since ``rev``; hand the others to the owner.

    A field that already has the proposed value is neither.
    """
    applied: dict[str, object] = {}
    conflicts: dict[str, object] = {}
    for name, value in proposed.items():
        if name in current and current[name] == value:
            continue
        (applied if field_revs.get(name, 0) <= rev else conflicts)[name] = value
    return Merge(applied, conflicts)
