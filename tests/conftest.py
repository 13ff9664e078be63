"""What every test stands on: no window, no outside network, no real home, no silent warnings; fixtures live beside."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.loopback", "tests.postgres", "tests.real_data", "tests.silence"]

# Before anything of the project is imported: tests never open a window, nor a person's own till or keyring.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["SERAPHINE_HOME"] = str(Path(tempfile.gettempdir()) / "seraphine-home-that-no-test-may-make")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "local"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch for the long tests."""
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the long tests, loudly, unless they were asked for."""
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long: runs with --long"))
