"""The demo: makes the sample store at the first start, opens its till at sign-in, or saves pictures of it.

Where nobody can see a window it says so, and saves the pictures instead.
"""

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Final, TextIO

from seraphine_pos.demo import making, sample
from seraphine_pos.demo.making import NotOurs
from seraphine_pos.domain.clock import Clock
from seraphine_pos.paths import Home
from seraphine_pos.progress import Progress
from seraphine_pos.shop import Shop, open_shop

DONE: Final = 0
REFUSED: Final = 2
STOPPED: Final = 130
TOUR: Final = "tour"
PLATFORM: Final = "QT_QPA_PLATFORM"
UNSEEN: Final = frozenset({"offscreen", "minimal", "vnc"})
SECOND_MS: Final = 1_000

Window = Callable[[Shop, str, Path | None], int]


def has_display(environ: Mapping[str, str], system: str = sys.platform) -> bool:
    """Tell whether a person could see a window."""
    platform = environ.get(PLATFORM, "").partition(":")[0]
    if platform:
        return platform not in UNSEEN
    return not system.startswith("linux") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def run(
    environ: MutableMapping[str, str], *, fresh: bool, tour_dir: Path | None, out: TextIO, clock: Clock, window: Window,
    days: int | None = None,
) -> int:  # fmt: skip
    """Make the sample store if it is not there, then show it; return the exit code.

    ``window`` gets the open shop, the line of PINs and the folder of the pictures, if there are to be any.
    """
    home = making.home_of(environ)
    try:
        if fresh:
            making.clear(home)
        if not making.is_made(home):
            _make(home, out, clock, days)
    except NotOurs as problem:
        out.write(
            f"The folder {problem} holds a store that the demo did not make, so it was left as it is.\n"
            "Unset SERAPHINE_HOME, or set it to an empty folder, and start the demo again.\n"
        )
        return REFUSED
    except KeyboardInterrupt:
        out.write("\nStopped. The next start begins anew.\n")
        return STOPPED
    tour_dir = _where_to_look(environ, home, tour_dir, out)
    with open_shop(home, keys=making.keys_of(home)) as shop:
        return window(shop, f"Codes de démonstration : {making.pin_words(sample.read())}", tour_dir)


def show(shop: Shop, hint: str, tour_dir: Path | None) -> int:
    """Open the real window."""
    from seraphine_pos import app

    return app.run(shop, hint=hint, tour_dir=tour_dir)


def _make(home: Home, out: TextIO, clock: Clock, days: int | None) -> None:
    begun_ms = clock.boot_ms()
    out.write("The first start makes a sample store with six weeks of sales; this takes about a minute.\n")
    tickets = making.make(home, clock, lambda label: Progress(label, out, clock), days=days)
    seconds = (clock.boot_ms() - begun_ms) // SECOND_MS
    shop = sample.read()
    out.write(f"{shop.store.name}: {len(shop.products)} products, {len(tickets):,} sales, made in {seconds} s.\n")


def _where_to_look(environ: MutableMapping[str, str], home: Home, tour_dir: Path | None, out: TextIO) -> Path | None:
    out.write(f"The sample store is in {home.root}; --fresh starts over, SERAPHINE_HOME moves it.\n")
    out.write(f"PINs: {making.pin_words(sample.read())}\n")
    if not has_display(environ):
        environ.setdefault(PLATFORM, "offscreen")
        if tour_dir is None:
            tour_dir = home.root / TOUR
            out.write(f"There is no display to open a window on: pictures of every screen go to {tour_dir}.\n")
    out.flush()
    return tour_dir


def main(*, fresh: bool, tour_dir: Path | None, clock: Clock) -> int:
    """Run the demo as the command line asks for it."""
    return run(os.environ, fresh=fresh, tour_dir=tour_dir, out=sys.stdout, clock=clock, window=show)
