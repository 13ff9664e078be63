"""The project's own files as the gates see them: read once."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"})
OUTPUT = frozenset({"build", "dist", "tour", ".import_linter_cache"})
PACKAGES = ("seraphine_pos", "sync_server")


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: where it is, its text, its syntax tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The dotted name of its module."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.AST) -> str:
        """Name a place in it as people and editors do."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def files() -> tuple[PurePosixPath, ...]:
    """Every file of the project; what tools leave behind is not."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name not in LEFT_BEHIND and not (here == Path() and name in OUTPUT)]
        found += [PurePosixPath(here, name) for name in names if not name.endswith(".pyc")]
    return tuple(sorted(found))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file, parsed."""
    found = []
    for path in files():
        if path.suffix == ".py":
            text = (ROOT / path).read_text(encoding="utf-8")
            found.append(Source(path, text, ast.parse(text, str(path))))
    return tuple(found)


def product_sources() -> Iterator[Source]:
    """The two packages without the tests."""
    return (source for source in sources() if source.path.parts[0] in PACKAGES)


def suite_sources() -> Iterator[Source]:
    """The tests alone."""
    return (source for source in sources() if source.path.parts[0] == "tests")


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that a file imports, wherever in the file, with the statement that does it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node, f"{'.' * node.level}{node.module or ''}"
