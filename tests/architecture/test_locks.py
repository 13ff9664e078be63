"""What is installed is what was checked: exact, hashed, and from nowhere in particular."""

import re
import tomllib
from itertools import chain, pairwise

import pytest

from tests.architecture.tree import ROOT

LOCKS = ("run", "test", "build", "fuzz")


def lock(name: str) -> str:
    """Read a lock file."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Map each locked package to its exact version and marker."""
    lines = re.findall(r"^([a-z0-9-]+)==([^\\\n]+?) *\\$", lock(name), re.MULTILINE)
    return dict(lines)


def canonical(requirement: str) -> str:
    """Spell a requirement's name as the locks do."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~! ]", requirement)[0]).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    assert not re.findall(r"https?:|file:|^-[^-]|index|find-links", lock(name), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_exact_and_hashed(name: str) -> None:
    lines = lock(name).splitlines()
    assert all(re.match(r"[a-z0-9-]+==|    --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    assert all(after.startswith("    --hash") for line, after in pairwise(lines) if not line.startswith(" "))


def test_tests_and_the_build_run_on_what_is_shipped() -> None:
    assert pins("run").items() <= pins("test").items()
    assert set(lock("run").splitlines()) <= set(lock("build").splitlines()) & set(lock("fuzz").splitlines())


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {canonical(line) for line in project["project"]["dependencies"]}
    assert wanted <= pins("run").keys(), "compile the lock files anew (docs/operations.md says how)"
    for group, lines in project["dependency-groups"].items():
        assert {canonical(line) for line in lines} <= pins(group).keys()


def test_every_dependency_is_bounded_above_and_below() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    loose = [line for line in lines if not re.search(r">=[^,]+,<", line)]
    assert not loose
