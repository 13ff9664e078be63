"""What a command loads: the window's library only where there is a window."""

import subprocess
import sys

import pytest

HEAVY = ("PySide6", "fastapi", "uvicorn", "alembic")


@pytest.mark.parametrize("module", ["seraphine_pos.cli", "seraphine_pos.shop"])
def test_importing_loads_no_window(module: str) -> None:
    probe = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")


def test_the_command_line_itself_loads_little() -> None:
    probe = (
        "import sys, seraphine_pos.cli; print(*[n for n in ('sqlalchemy', 'httpx', 'pydantic') if n in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")


def test_a_running_till_does_without_what_only_makes_its_file() -> None:
    heavy = ("sqlalchemy", "alembic", "pydantic", "httpx")
    probe = f"""if True:
        import sys, PySide6.QtWidgets
        before = set(sys.modules)
        import seraphine_pos.shop, seraphine_pos.ui.window
        print(*[name for name in {heavy!r} if name in set(sys.modules) - before])"""
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")


def test_the_window_loads_what_the_first_sale_needs_and_no_more() -> None:
    late = (
        "asyncio", "email", "csv", "decimal", "httpx", "logging.handlers", "pydantic",
        "seraphine_pos.commands.english", "seraphine_pos.store.verify", "seraphine_pos.ui.fault",
        "seraphine_pos.ui.feedback_sheet", "seraphine_pos.ui.help_sheet", "seraphine_pos.ui.pages",
    )  # fmt: skip
    probe = (
        "import sys, seraphine_pos.app, seraphine_pos.shop, seraphine_pos.ui.window; "
        f"print(*[name for name in {late!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")
