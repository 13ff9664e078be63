"""Style, types and the order of the rooms, as ruff, mypy and import-linter see them by pyproject.toml."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"
TOOLS = {
    "style": (["ruff", "check", "--output-format=concise", "."], "mend it, or give the rule's exception its reason"),
    "format": (["ruff", "format", "--check", "--output-format=concise", "."], "run `python3 run.py ruff format`"),
    "types": (["mypy", "--no-error-summary"], "mypy is strict and no module of ours is exempt"),
    "rooms": (
        ["lint-imports", "--no-cache"],
        "import to the right only: see the contracts in pyproject.toml, and give a new room its place there",
    ),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", TOOLS)
def test_tool_finds_nothing(name: str) -> None:
    (tool, *words), advice = TOOLS[name]
    program = [sys.executable, "-c", LINT_IMPORTS] if tool == "lint-imports" else [sys.executable, "-m", tool]
    result = subprocess.run([*program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.fail(f"{advice}\n{result.stdout}{result.stderr}", pytrace=False)
