"""The demo command: made once, shown again, started over, and never at the cost of a person's own store."""

import io
from pathlib import Path

import pytest

from seraphine_pos import settings
from seraphine_pos.commands import demo
from seraphine_pos.demo import making
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.shop import Shop, SystemClock


class Shown:
    """A window that keeps what it was given."""

    def __init__(self) -> None:
        self.hints: list[str] = []
        self.tours: list[Path | None] = []
        self.tags: list[str] = []

    def __call__(self, shop: Shop, hint: str, tour_dir: Path | None) -> int:
        self.hints.append(hint)
        self.tours.append(tour_dir)
        self.tags.append(shop.stored.journal.state().tag)
        return 0


class Interrupted:
    """A clock at which a person presses Ctrl-C."""

    def now_ms(self) -> int:
        raise KeyboardInterrupt

    def boot_ms(self) -> int:
        return 0


def start(home: Path, shown: Shown, *, fresh: bool = False, tour: Path | None = None, **env: str) -> tuple[int, str]:
    out = io.StringIO()
    environ = {"SERAPHINE_HOME": str(home), **env}
    code = demo.run(environ, fresh=fresh, tour_dir=tour, out=out, clock=SystemClock(), window=shown, days=1)
    return code, out.getvalue()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shown, int, str]:
    folder, shown = tmp_path_factory.mktemp("demo"), Shown()
    return folder, shown, *start(folder, shown)


@pytest.fixture
def made(first: tuple[Path, Shown, int, str]) -> Path:
    return first[0]


def test_made_once_shown_again_and_started_over(first: tuple[Path, Shown, int, str]) -> None:
    folder, shown, code, said = first
    assert code == 0
    assert "Pharmacie Al Amal: 404 products" in said
    assert "PINs: Nadia 2604" in said
    assert shown.hints[0].startswith("Codes de démonstration : Nadia 2604")
    assert "products" not in start(folder, shown)[1]
    assert shown.tags[-1] == shown.tags[0]
    assert "404 products" in start(folder, shown, fresh=True)[1]
    assert shown.tags[-1] != shown.tags[0]


def test_where_nobody_can_see_it_says_so_and_leaves_pictures(made: Path) -> None:
    shown = Shown()
    _, said = start(made, shown)
    assert f"There is no display to open a window on: pictures of every screen go to {made / 'tour'}." in said
    assert shown.tours == [made / "tour"]


def test_a_tour_goes_where_it_is_sent(made: Path, tmp_path: Path) -> None:
    shown = Shown()
    _, said = start(made, shown, tour=tmp_path)
    assert shown.tours == [tmp_path]
    assert "pictures" not in said


def test_on_a_desktop_the_window_just_opens(made: Path) -> None:
    shown = Shown()
    _, said = start(made, shown, DISPLAY=":0")
    assert shown.tours == [None]
    assert "display" not in said


def test_a_persons_own_store_is_left_alone(tmp_path: Path) -> None:
    settings.save(Home(tmp_path).settings, Settings(store_name="Chez nous"))
    for fresh in (False, True):
        code, said = start(tmp_path, Shown(), fresh=fresh)
        assert code == demo.REFUSED
        assert f"The folder {tmp_path} holds a store that the demo did not make" in said
    assert settings.load(Home(tmp_path).settings).store_name == "Chez nous"


def test_stopped_in_the_middle_it_begins_anew(tmp_path: Path) -> None:
    out, environ = io.StringIO(), {"SERAPHINE_HOME": str(tmp_path)}
    code = demo.run(environ, fresh=False, tour_dir=None, out=out, clock=Interrupted(), window=Shown())
    assert code == demo.STOPPED
    assert "begins anew" in out.getvalue()
    assert not making.is_made(Home(tmp_path))


@pytest.mark.parametrize(
    ("environ", "system", "seen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", False),
        ({"QT_QPA_PLATFORM": "eglfs"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_a_display_is_known(environ: dict[str, str], system: str, *, seen: bool) -> None:
    assert demo.has_display(environ, system) is seen
