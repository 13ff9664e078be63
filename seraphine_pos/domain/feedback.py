"""What people say about the till."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.product import tidy
from seraphine_pos.domain.refusal import InvalidText

MESSAGE_MAX: Final = 2000


class Scope(StrEnum):
    """Which part of the product is meant; the names are the original's."""

    DASHBOARD = "dashboard"
    POS = "pos"
    SALES_LOG = "salesLog"
    SETTINGS = "settings"


class Sentiment(StrEnum):
    """How it felt."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Message:
    """A message from the till, perhaps about one sale."""

    scope: Scope
    sentiment: Sentiment
    text: str
    related_sale_id: str | None = None


def checked(text: str) -> str:
    """Return the words in NFC, without control characters but line ends or card numbers; raise InvalidText."""
    lines = (tidy(line) for line in text.splitlines())
    words = mask("\n".join(lines).strip())
    if not 0 < len(words) <= MESSAGE_MAX:
        raise InvalidText(longest=MESSAGE_MAX)
    return words


def to_body(message: Message, operator_id: str, text_digest: str) -> dict[str, object]:
    """Return the body of ``feedback.submitted``; the words travel as the entry's text."""
    return {
        "scope": message.scope.value,
        "sentiment": message.sentiment.value,
        "related_sale_id": message.related_sale_id,
        "operator_id": operator_id,
        "text_digest": text_digest,
    }
