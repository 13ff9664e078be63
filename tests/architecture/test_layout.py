"""Where things stand and how big they grow."""

import ast
from pathlib import PurePosixPath

from tests.architecture.tree import files, product_sources, sources

TOP_LEVEL = frozenset(
    {
        ".ci",
        ".gitattributes",
        ".github",
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "build.spec",
        "docs",
        "pyproject.toml",
        "requirements",
        "resources",
        "run.py",
        "seraphine_pos",
        "sync_server",
        "tests",
    }
)
ATTICS = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers", "service"})
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
# Longer ones, each with the reason why it holds no second noun.
LONG_FILES = {"run.py": "it starts on a machine that has nothing yet, so it is one file that imports nothing of ours"}
TEST_FOLDERS = frozenset(
    {
        *("architecture", "benchmarks", "crash", "fakes", "faults", "golden", "journeys", "planted", "security"),
        *("data", "resources", "simulation", "sync_server"),
    }
)


def test_the_top_level_holds_only_what_belongs_there() -> None:
    strangers = {path.parts[0] for path in files()} - TOP_LEVEL
    assert not strangers, f"give these a room of their own: {', '.join(sorted(strangers))}"


def test_there_is_no_attic() -> None:
    found = [str(path) for path in files() if path.suffix == ".py" and any(is_attic(part) for part in path.parts)]
    assert not found, f"name these by the noun they own: {', '.join(found)}"


def is_attic(part: str) -> bool:
    """Whether a file or folder is called what nobody can find anything in."""
    stem = PurePosixPath(part).stem
    return stem in ATTICS or stem.endswith(("_utils", "_helpers", "_manager", "_service"))


def test_functions_are_short() -> None:
    found = []
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    found.append(f"{source.at(node)}: {node.name} has {lines} lines")
    assert not found, "\n".join([f"a function has at most {FUNCTION_LINES_MAX} lines:", *found])


def test_files_are_short() -> None:
    lengths = {str(source.path): source.text.count("\n") for source in sources()}
    found = [f"{path}: {lines}" for path, lines in lengths.items() if lines > FILE_LINES_MAX and path not in LONG_FILES]
    assert not found, "\n".join([f"past {FILE_LINES_MAX} lines there is a second noun to find:", *found])
    stale = [path for path in LONG_FILES if lengths.get(path, 0) <= FILE_LINES_MAX]
    assert not stale, f"no longer long, take them off the list: {', '.join(stale)}"


def test_every_folder_with_python_is_a_package() -> None:
    folders = {path.parent for path in files() if path.suffix == ".py" and len(path.parts) > 1}
    packages = {path.parent for path in files() if path.name == "__init__.py"}
    assert not folders - packages, f"without __init__.py: {', '.join(map(str, sorted(folders - packages)))}"


def test_tests_mirror_the_packages() -> None:
    rooms = {path.parts[1] for path in files() if path.parts[0] == "seraphine_pos" and len(path.parts) > 2}
    folders = {path.parts[1] for path in files() if path.parts[0] == "tests" and len(path.parts) > 2}
    strangers = folders - rooms - TEST_FOLDERS
    assert not strangers, f"tests stand where the code stands, or in {', '.join(sorted(TEST_FOLDERS))}: {strangers}"


def test_every_module_says_what_it_owns() -> None:
    found = [
        str(source.path)
        for source in product_sources()
        if source.path.name != "__init__.py" and not ast.get_docstring(source.tree)
    ]
    assert not found, f"a module opens with one or two sentences: {', '.join(found)}"
