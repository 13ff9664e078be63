"""A new PC that becomes a lost till by the product's own way of joining, over the simulated network."""

import shutil
from contextlib import closing
from pathlib import Path

from seraphine_pos.devices.machine import machine
from seraphine_pos.domain.protocol import Enrolment
from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.joining import Joining, identified, unheard
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.store.opening import open_till
from tests.fakes.clock import FakeClock
from tests.simulation.disk import Chance, Crash, Image, take
from tests.simulation.till import ANCHOR, FILE, Person
from tests.simulation.wire import Line, Network


class NewPc:
    """The PC on which a till comes back; ``ended`` says how often its program ended on the way."""

    def __init__(self, folder: Path, enrolled: Enrolment, network: Network, chance: Chance) -> None:
        self.person = Person(enrolled, machine())
        self.calls_until_end: int | None = None
        self.ended = 0
        self._home = Home(folder)
        self._chance = chance
        self._clock = FakeClock()
        self._line = Line(network, enrolled.device_key, enrolled.server_id, self._perhaps_end)

    def _perhaps_end(self) -> None:
        if self.calls_until_end is not None:
            self.calls_until_end -= 1
            if self.calls_until_end < 0:
                self.calls_until_end = None
                raise Crash

    def attempt(self) -> bool:
        """Fetch what is not here yet; return whether all of it is."""
        joining = Joining(self._home, self._clock, self._chance, None, unheard)
        words = {"clock": self._clock, "random_bytes": self._chance, "machine": self.person.machine}
        try:
            with closing(open_till(self._home.till, **words)) as bare:  # type: ignore[arg-type]
                joining.anew(identified(Settings(), self.person.enrolled), self._line, bare)
        except Crash:
            self.ended += 1
            return False
        except Unavailable:
            return False
        return True

    def image(self) -> Image:
        """Take the files of the till that came back off this PC."""
        whole = take(self._home.root / "joining")
        shutil.rmtree(self._home.root)
        return Image(tuple((name, content) for name, content in whole.files if name == ANCHOR or name.startswith(FILE)))
