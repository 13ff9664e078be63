"""The commands that show the window: the till itself, and the sample store. Qt is loaded in here and nowhere sooner."""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from seraphine_pos.commands.terminal import Terminal, Unusable
from seraphine_pos.domain.clock import Clock
from seraphine_pos.paths import Home

TOUR_FOLDER: Final = "tour"
_X_SOCKETS: Final = Path("/tmp/.X11-unix")  # noqa: S108  where every X server listens
_QT_PLATFORM: Final = "QT_QPA_PLATFORM"
_NO_SCREEN: Final = frozenset({"offscreen", "minimal"})


Show = Callable[[Home, str, Path | None], int]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked of the demo: to begin anew, to walk through the screens into a folder."""

    fresh: bool = False
    tour: Path | None = None


def run(home: Home, environ: Mapping[str, str]) -> int:
    """Show the till, or the first-run wizard in an empty home; return the exit code."""
    if not has_display(environ, sys.platform):
        raise Unusable(
            "the till needs a display, and there is none here (DISPLAY and WAYLAND_DISPLAY are not set, or nobody "
            "listens there); start it in a desktop session. The commands of “seraphine-pos --help” need none"
        )
    # Everything that is loaded now stays: looking for rubbish among it costs a tenth of the start.
    gc.disable()
    try:
        from seraphine_pos.app import run_home

        return run_home(home)
    finally:
        gc.enable()


def demo(wish: Wish, clock: Clock, environ: Mapping[str, str], terminal: Terminal, show: Show | None = None) -> int:
    """Show the sample store, made first where it is not there yet; return the exit code.

    ``show`` gets the home, the line of PINs and the folder for pictures; by default it is the real window.
    """
    from seraphine_pos.demo import making
    from seraphine_pos.demo.sample import read

    home = making.home_of(environ)
    try:
        if wish.fresh:
            making.clear(home)
        if making.is_made(home):
            terminal.tell(f"The sample store is in {home.root} (--fresh makes it anew).")
        else:
            terminal.tell(f"Making the sample store in {home.root}, about a minute …")
            making.make(home, clock, terminal.progress)
    except making.NotOurs:
        raise Unusable(
            f"{home.root} holds a store that the demo did not make, and it is left alone; "
            "choose another folder for the demo: SERAPHINE_HOME=DIR seraphine-pos demo"
        ) from None
    pins = making.pin_words(read())
    terminal.tell(f"Sign in with one of these PINs: {pins}")
    tour = wish.tour
    if tour is None and not has_display(environ, sys.platform):
        tour = home.root / TOUR_FOLDER
        terminal.tell(f"There is no display here, so the window walks by itself and its pictures go to {tour}")
    if tour is not None:
        try:
            tour.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"the pictures cannot be kept in {tour} ({error.strerror}); name another --tour DIR"
            raise Unusable(problem) from None
        if not has_display(environ, sys.platform):
            os.environ[_QT_PLATFORM] = "offscreen"
    hint = f"Codes de la démonstration : {unbroken(pins)}"
    return (show or partial(_show, terminal))(home, hint, tour)


def _show(terminal: Terminal, home: Home, hint: str, tour: Path | None) -> int:
    from seraphine_pos.app import run as run_window
    from seraphine_pos.demo.making import keys_of
    from seraphine_pos.shop import open_shop

    with open_shop(home, keys=keys_of(home)) as shop:
        code = run_window(shop, hint=hint, tour_dir=tour)
    if tour is not None:
        pictures = sorted(tour.glob("*.png"))
        terminal.say(f"{len(pictures)} pictures in {tour}")
    return code


def unbroken(pins: str) -> str:
    """Return the line of PINs so that it breaks between people only."""
    return pins.replace(" ", "\N{NO-BREAK SPACE}").replace("·\N{NO-BREAK SPACE}", "· ")


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Tell whether a window can be shown here."""
    if environ.get(_QT_PLATFORM, "").partition(":")[0] in _NO_SCREEN:
        return False
    if platform in {"win32", "darwin"}:
        return True
    if environ.get("WAYLAND_DISPLAY"):
        return True
    display = environ.get("DISPLAY", "")
    if display.startswith(":"):
        number = display[1:].partition(".")[0]
        return (_X_SOCKETS / f"X{number}").exists()
    return bool(display)
