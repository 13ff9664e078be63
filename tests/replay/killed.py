"""A process that replays the slice and dies by ``kill -9`` when its clock has been read so many times."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from seraphine_pos.replay.plan import plan
from seraphine_pos.replay.ring import ReplayClock, Ringer, goods_of
from seraphine_pos.replay.tally import Tally
from seraphine_pos.replay.transactions import read
from tests.replay.scene import SLICE, ZONE, counter_of, opened_till, unseen


class DeadlyClock(ReplayClock):
    """A clock whose reading ends the process, somewhere in a cart, an action or between them."""

    def __init__(self, start: datetime, time_zone: str, readings: int) -> None:
        super().__init__(start, time_zone)
        self.left = readings

    def now_ms(self) -> int:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().now_ms()


def main(folder: Path, till_id: str, readings: int) -> None:
    """Replay into a till's folder that is there already."""
    transactions = read(SLICE, unseen)
    clock = DeadlyClock(transactions.lines[0].at, ZONE, readings)
    with opened_till(folder, clock, readings) as stored:
        stored.catalogue.refresh()
        counter = counter_of(stored, clock, till_id, "GBP")
        ringer = Ringer(counter, clock, goods_of(transactions.lines, 2), "VAT20", Tally(2))
        for ring in plan(transactions.lines, 2):
            ringer.ring(ring)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
