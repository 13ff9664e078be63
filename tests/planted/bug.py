"""A fault that somebody could write into the program, as a change of its source, and the suite that must notice it."""

from dataclasses import dataclass
from pathlib import Path


class Moved(Exception):
    """The source is no longer what the change was written for."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A passage of a file, which must stand there exactly once, and what is put in its place."""

    file: str
    before: str
    after: str

    def make(self, root: Path) -> None:
        """Change the file under a root; raise Moved where the passage is not there, or not alone."""
        place = root / self.file
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        if (found := text.count(self.before)) != 1:
            raise Moved(f"{self.file} has {found} times: {self.before!r:.200}")
        place.write_text(text.replace(self.before, self.after), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Suite:
    """What is run: a module with its words; pytest among them, with the names of tests."""

    words: tuple[str, ...]
    needs: str = ""

    @property
    def is_pytest(self) -> bool:
        """Tell whether these are tests of pytest."""
        return self.words[0] == "pytest"

    @property
    def tests(self) -> tuple[str, ...]:
        """Return the files that are named, and the tests in them."""
        return tuple(word for word in self.words if word.startswith("tests/"))

    def __str__(self) -> str:
        return f"python -m {' '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted fault: ``listed`` is its number in the list of those that must be caught, 0 for one beyond it."""

    name: str
    listed: int
    says: str
    suite: Suite
    edits: tuple[Edit, ...]

    def plant(self, root: Path) -> None:
        """Write the fault into the tree under a root."""
        for edit in self.edits:
            edit.make(root)


@dataclass(frozen=True, slots=True)
class NotYet:
    """A fault of the list that nobody can write yet, since what it would break is not there."""

    name: str
    listed: int
    why: str
