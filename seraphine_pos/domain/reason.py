"""Why a row or a file was not taken, for the shop in French and for the operator's terminal in English."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence in both languages, with places for details; ``french`` is the translation key.

    ``kind`` is the English one without its details, for counting what is wrong for the same reason.
    """

    french: str
    english: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A wording with its details; as text it is French, the language of the shop."""

    wording: Wording
    details: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence in French."""
        return self.wording.french.format(**self.details)

    @property
    def english(self) -> str:
        """Return the sentence in English."""
        return self.wording.english.format(**self.details)


def because(wording: Wording, **details: object) -> Reason:
    """Return the reason that this wording and these details make."""
    return Reason(wording, details)
