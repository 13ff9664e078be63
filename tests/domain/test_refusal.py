"""The tree of failures: each has its sentence, and whoever raises one fills the places of that sentence."""

import ast
import pickle
from collections.abc import Iterator
from string import Formatter

import pytest

from seraphine_pos.domain import refusal
from seraphine_pos.domain.refusal import Failure, Refusal, Unavailable
from tests.architecture.tree import Source, product_sources


def tree(root: type[Failure]) -> Iterator[type[Failure]]:
    """Give a failure and all below it that the domain names."""
    yield root
    for branch in root.__subclasses__():
        if branch.__module__ == refusal.__name__:
            yield from tree(branch)


LEAVES = [one for one in tree(Failure) if one not in {Failure, Refusal, Unavailable}]


def names(failure: type[Failure]) -> set[str]:
    """Return the places of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(failure.template) if name}


@pytest.mark.parametrize("failure", LEAVES)
def test_each_failure_has_its_own_sentence(failure: type[Failure]) -> None:
    assert failure.template != Failure.template
    assert failure.template[-1] in ".}!?"
    assert [one for one in LEAVES if one.template == failure.template] == [failure]
    details = dict.fromkeys(names(failure), "«détail»")
    assert str(failure(**details)).count("«détail»") >= len(details)


@pytest.mark.parametrize("failure", LEAVES)
def test_each_failure_travels_between_processes(failure: type[Failure]) -> None:
    details = dict.fromkeys(names(failure), 3)
    arrived = pickle.loads(pickle.dumps(failure(**details)))  # noqa: S301  our own bytes
    assert (type(arrived), str(arrived)) == (failure, str(failure(**details)))


@pytest.mark.parametrize("failure", LEAVES)
def test_each_failure_says_no_for_the_shop_or_for_the_world(failure: type[Failure]) -> None:
    assert issubclass(failure, Refusal) != issubclass(failure, Unavailable)


def taken(source: Source) -> set[str]:
    """Return the failures of the domain that a file takes by name."""
    return {
        alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == refusal.__name__
        for alias in node.names
    } & {one.__name__ for one in LEAVES}


def made(source: Source) -> Iterator[tuple[ast.AST, str, set[str]]]:
    """Give every place in a file that makes a failure: where, which, the details it fills."""
    known = taken(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            if all(word.arg for word in node.keywords):
                yield node, node.func.id, {str(word.arg) for word in node.keywords}
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in known:
            yield node, node.exc.id, set()


def test_whoever_makes_a_failure_fills_its_sentence() -> None:
    places = [(source.at(node), name, filled) for source in product_sources() for node, name, filled in made(source)]
    assert len(places) > 20
    found = [
        f"{where}: {name} wants {sorted(names(getattr(refusal, name)))}, gets {sorted(filled)}"
        for where, name, filled in places
        if not names(getattr(refusal, name)) <= filled
    ]
    assert not found, "\n".join(found)
