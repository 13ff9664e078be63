"""The demo command: shows the sample store that is there, and never at the cost of a person's own store."""

import io
from contextlib import nullcontext
from pathlib import Path

import pytest

from seraphine_pos import settings
from seraphine_pos.commands.terminal import Terminal, Unusable
from seraphine_pos.commands.window import Wish, demo, has_display, unbroken
from seraphine_pos.demo import making
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.shop import SystemClock


class Shown:
    """A window that keeps what it was given."""

    def __init__(self) -> None:
        self.homes: list[Path] = []
        self.hints: list[str] = []
        self.tours: list[Path | None] = []

    def __call__(self, home: Home, hint: str, tour_dir: Path | None) -> int:
        self.homes.append(home.root)
        self.hints.append(hint)
        self.tours.append(tour_dir)
        return 7


def start(home: Path, shown: Shown, wish: Wish | None = None, **env: str) -> tuple[int, str]:
    err, clock = io.StringIO(), SystemClock()
    environ = {"SERAPHINE_HOME": str(home), **env}
    code = demo(wish or Wish(), clock, environ, Terminal(io.StringIO(), err, clock), shown)
    return code, err.getvalue()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    making.make(Home(folder), SystemClock(), lambda _label: nullcontext(lambda _done, _total: None), days=1)
    return folder


def test_a_second_start_shows_what_the_first_one_made(made: Path) -> None:
    shown = Shown()
    code, said = start(made, shown, DISPLAY="elsewhere:0")
    assert (code, shown.homes, shown.tours) == (7, [made], [None])
    assert f"The sample store is in {made}" in said
    assert "Nadia 2604 · Omar 7913" in said
    assert shown.hints[0].startswith("Codes de la démonstration : Nadia")


def test_where_nobody_can_see_it_says_so_and_leaves_pictures(made: Path) -> None:
    shown = Shown()
    _, said = start(made, shown)
    assert f"There is no display here, so the window walks by itself and its pictures go to {made / 'tour'}" in said
    assert shown.tours == [made / "tour"]
    assert (made / "tour").is_dir()


def test_a_tour_goes_where_it_is_sent(made: Path, tmp_path: Path) -> None:
    shown = Shown()
    _, said = start(made, shown, Wish(tour=tmp_path / "a/b"))
    assert shown.tours == [tmp_path / "a/b"]
    assert (tmp_path / "a/b").is_dir()
    assert "no display" not in said


@pytest.mark.parametrize("fresh", [False, True])
def test_a_persons_own_store_is_left_alone(tmp_path: Path, *, fresh: bool) -> None:
    settings.save(Home(tmp_path).settings, Settings(store_name="Chez nous"))
    shown = Shown()
    with pytest.raises(Unusable, match=f"{tmp_path} holds a store that the demo did not make"):
        start(tmp_path, shown, Wish(fresh=fresh))
    assert settings.load(Home(tmp_path).settings).store_name == "Chez nous"
    assert shown.homes == []


def test_the_line_of_pins_breaks_between_people_only() -> None:
    assert unbroken("Nadia 26 · Omar 79").split(" ") == ["Nadia\xa026\xa0·", "Omar\xa079"]


@pytest.mark.parametrize(
    ("environ", "system", "seen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":987654"}, "linux", False),
        ({"DISPLAY": "elsewhere:0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "minimal:x"}, "linux", False),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_a_display_is_known(environ: dict[str, str], system: str, *, seen: bool) -> None:
    assert has_display(environ, system) is seen
