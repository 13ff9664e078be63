"""What is wrong with the shape of a request, in plain words for whoever wrote it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

TOLD_MAX: Final = 5
NAME_SHOWN_MAX: Final = 40
SAID: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "json_invalid": "is no JSON",
    "string_type": "is no text",
    "int_type": "is no whole number",
    "int_parsing": "is no whole number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "float_type": "is no number",
    "finite_number": "is no number",
    "list_type": "is no list",
    "dict_type": "is no object",
    "string_pattern_mismatch": "is not written as it has to be",
    "string_too_short": "is too short, {min_length} characters at least",
    "string_too_long": "is too long, {max_length} characters at most",
    "too_long": "has too many, {max_length} at most",
    "greater_than": "is too small, more than {gt} is needed",
    "greater_than_equal": "is too small, {ge} at least",
    "less_than": "is too large, less than {lt} is needed",
    "less_than_equal": "is too large, {le} at most",
    "enum": "is none of {expected}",
    "literal_error": "is none of {expected}",
}
_KIND: Final = re.compile(r"^(?:constrained-|function-|is-instance)|[\[(]|^(?:int|str|datetime|float)$")


def told(problems: Iterable[Mapping[str, Any]]) -> str:
    """Return the first of what pydantic found, each by its place; the ways it tried in vain are no place."""
    sentences = (f"{_place(one['loc'])}: {_plainly(one)}" for one in problems)
    return "; ".join(list(dict.fromkeys(sentences))[:TOLD_MAX])


def given_twice(body: bytes) -> str:
    """Return a sentence that tells the names which one object of readable JSON bears twice, empty for none."""
    found: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            found.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)

    # Integers of any length are passed over: which of them are too long was looked at where they were read.
    json.loads(body.decode(), object_pairs_hook=note, parse_int=str)
    return "; ".join(f"{name[:NAME_SHOWN_MAX]}: given more than once" for name in found[:TOLD_MAX])


def _plainly(problem: Mapping[str, Any]) -> str:
    said = SAID.get(str(problem["type"]))
    return str(problem["msg"]) if said is None else said.format(**problem.get("ctx", {}))


def _place(parts: Sequence[object]) -> str:
    return ".".join(str(part) for part in parts if not _KIND.search(str(part))) or "body"
