"""House rules that no tool knows, each with the reason in its message."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import ROOT, Source, files, product_sources, sources, suite_sources

# Rooms in which the clock and chance are parameters, so that a simulation can drive them.
SIMULATED = ("seraphine_pos/domain", "seraphine_pos/store", "seraphine_pos/till", "seraphine_pos/sync")
CLOCKS_AND_CHANCE = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "clock_gettime", "sleep", "localtime"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "random": set(),  # every name of it
    "secrets": set(),
    "uuid": {"uuid1", "uuid4", "uuid7"},
    "os": {"urandom"},
}
PATCHES = re.compile(r"\b(MagicMock|AsyncMock|Mock\(|mock\.patch|mocker\b|unittest\.mock)")
SLEEPS = re.compile(r"\b(time\.sleep|qtbot\.wait|QTest\.qWait|QTest\.qSleep)\(")
# Split, so that this file does not find itself.
LEFT_FOR_LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|NotImplementedErr" r"or)\b")
# A path of somebody's machine.
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|Users|work|root|farm)/\w")


def calls(source: Source) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call written as owner.name(…)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, ast.unparse(node.func.value).rpartition(".")[2], node.func.attr


def imported_names(source: Source) -> Iterator[tuple[ast.ImportFrom, str, str]]:
    """Every `from owner import name`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, (node.module or "").rpartition(".")[2], alias.name


def is_clock_or_chance(owner: str, name: str) -> bool:
    """Whether a name reads the clock of the machine or rolls its dice."""
    return owner in CLOCKS_AND_CHANCE and (not CLOCKS_AND_CHANCE[owner] or name in CLOCKS_AND_CHANCE[owner])


def test_clock_and_chance_are_parameters() -> None:
    found = []
    for source in product_sources():
        if str(source.path).startswith(SIMULATED):
            met = [*calls(source), *imported_names(source)]
            found += [
                f"{source.at(node)}: {owner}.{name}" for node, owner, name in met if is_clock_or_chance(owner, name)
            ]
    advice = "take a Clock or random_bytes as a parameter, so that the simulation can drive this code:"
    assert not found, "\n".join([advice, *found])


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (PATCHES, "a fake is a small class with tests of its own (tests/fakes), not a mock or a patch:"),
        (SLEEPS, "wait for a condition, never for milliseconds:"),
    ],
    ids=["mocks", "sleeps"],
)
def test_tests_have_no(pattern: re.Pattern[str], advice: str) -> None:
    found = [
        f"{source.path}:{number}: {line.strip()}"
        for source in suite_sources()
        if source.path.name != "test_habits.py"
        for number, line in enumerate(source.text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join([advice, *found])


def test_every_test_can_fail() -> None:
    found = []
    for source in suite_sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found += [] if can_fail(node) else [f"{source.at(node)}: {node.name}"]
    assert not found, "\n".join(["these assert nothing:", *found])


def can_fail(test: ast.FunctionDef) -> bool:
    """Whether a test asserts, or calls what does: by its name, or a program that must end well."""
    told = re.compile(r"raises|assert|check|expect|wait|verify|fail|agree|same", re.IGNORECASE)
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and told.search(ast.unparse(node.func)))
        or (isinstance(node, ast.keyword) and node.arg == "check" and ast.unparse(node.value) == "True")
        for node in ast.walk(test)
    )


def test_no_error_is_swallowed() -> None:
    found = [
        source.at(node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and is_nothing(node.body)
    ]
    advice = "an error is handled, or it goes on (contextlib.suppress with a comment where it truly means nothing):"
    assert not found, "\n".join([advice, *found])


def is_nothing(body: list[ast.stmt]) -> bool:
    """Whether a block only says pass or an ellipsis."""
    (*more, only) = body
    is_ellipsis = isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant) and only.value.value is ...
    return not more and (isinstance(only, ast.Pass) or is_ellipsis)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (LEFT_FOR_LATER, "do it, or file it as an issue; the code says what is:"),
        (MACHINE_PATH, "no path of somebody's machine belongs here:"),
    ],
    ids=["left for later", "paths of a machine"],
)
def test_no_file_has(pattern: re.Pattern[str], advice: str) -> None:
    found = []
    for path in files():
        if (
            path.suffix in {".py", ".md", ".toml", ".txt", ".json", ".sh", ".spec", ".html", ".cfg"}
            or ".ci" in path.parts
        ):
            text = (ROOT / path).read_text(encoding="utf-8")
            hits = [number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
            found += [f"{path}:{number}" for number in hits if path.name != "test_habits.py"]
    assert not found, "\n".join([advice, *found])


def test_money_is_never_a_float() -> None:
    suspects = re.compile(
        r"\b(amount|price|total|tax|discount|float_|given|change|gross|refunded|quantity)\w*: float\b"
    )
    found = [
        f"{source.path}:{number}: {line.strip()}"
        for source in product_sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        if suspects.search(line)
    ]
    assert not found, "\n".join(["money is an int of minor units, a quantity an int of thousandths:", *found])
