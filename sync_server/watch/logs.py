"""The log of a server process: a line for people, or an object of JSON a line for programs.

What a line knows besides its words stands in ``facts``. Tokens, PINs and bodies are never given to it; a card number
that came in with a word is masked.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from seraphine_pos.domain.card_mask import mask_line

FACTS: Final = "facts"
TEXT_FORMAT: Final = "%(asctime)s %(levelname)s %(message)s"


def facts(**known: object) -> dict[str, dict[str, object]]:
    """Return what a call of a logger takes as ``extra``; what is None is left out."""
    return {FACTS: {name: value for name, value in known.items() if value is not None}}


class Text(logging.Formatter):
    """A line as it was always written, with its facts behind the words."""

    def __init__(self) -> None:
        """Take the usual form."""
        super().__init__(TEXT_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        known = "".join(f" {name}={value}" for name, value in _facts_of(record).items())
        first, _, rest = super().format(record).partition("\n")
        return mask_line(f"{first}{known}\n{rest}" if rest else first + known)


class Json(logging.Formatter):
    """A line as one object: when, how bad, who says it, what, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "at": moment.replace("+00:00", "Z"), "level": record.levelname, "logger": record.name,
            "message": record.getMessage(), **_facts_of(record),
        }  # fmt: skip
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        masked = {name: mask_line(value) if isinstance(value, str) else value for name, value in said.items()}
        return json.dumps(masked, ensure_ascii=True, default=str)


def begin(form: Literal["text", "json"] = "text") -> None:
    """Send every line of this process to standard error in this form, unless somebody listens already."""
    root = logging.getLogger()
    for former in root.handlers[:]:
        if isinstance(former.formatter, Text | Json):
            root.removeHandler(former)
    line = logging.StreamHandler(sys.stderr)
    line.setFormatter(Json() if form == "json" else Text())
    if not root.handlers:
        root.addHandler(line)
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _facts_of(record: logging.LogRecord) -> Mapping[str, object]:
    known = getattr(record, FACTS, {})
    return known if isinstance(known, Mapping) else {}
