"""What every test stands on: no window, no outside network, no real home, no silent warnings; fixtures live beside."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.loopback", "tests.postgres", "tests.real_data", "tests.security.artefacts", "tests.silence"]

# Before anything of the project is imported: tests never open a window, nor a person's own till or keyring.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["SERAPHINE_HOME"] = str(Path(tempfile.gettempdir()) / "seraphine-home-that-no-test-may-make")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())

# Each is a mark, too: what takes longer than everybody wants to wait.
SWITCHES = {
    "long": "run the tests marked long, too",
    "n8n": "run the workflows in a real n8n, whose folder N8N_DIR names",
    "build": "build the folder that runs without Python, and try it (minutes, and the network at the first time)",
}

# Where a single file takes a minute: they begin, so that no processor has to wait for the last of them.
SLOW = ("tests/crash/", "tests/faults/", "tests/journeys/", "tests/replay/", "tests/simulation/", "tests/till/test_imp")

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "local"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switches for the tests that take long."""
    for name, help_ in SWITCHES.items():
        parser.addoption(f"--{name}", action="store_true", help=help_)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the slow files; skip what takes long, loudly, unless it was asked for."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))
    for name in SWITCHES:
        for item in items:
            if item.get_closest_marker(name) and not config.getoption(f"--{name}"):
                item.add_marker(pytest.mark.skip(reason=f"{name}: runs with --{name}"))
