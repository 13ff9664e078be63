"""One seed from its first morning to its proof."""

import atexit
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from tests.simulation.deeds import DAILY
from tests.simulation.faults import Counts, Seen
from tests.simulation.proof import prove_by_the_product, prove_server, prove_till
from tests.simulation.server import FILE, TroubledDatabase
from tests.simulation.shop import Shop
from tests.simulation.template import scratch
from tests.simulation.troubles import RARE

STEPS: Final = (14, 24)
RARE_SHARE: Final = 0.5
PRODUCT_PROOF_EVERY: Final = 25


@cache
def database() -> TroubledDatabase:
    """Return this process's server file, on which one seed lives after the other."""
    folder = tempfile.mkdtemp(prefix="simulation-", dir=scratch())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return TroubledDatabase(Path(folder) / FILE)


def live(seed: int, say: Callable[[str], None]) -> Counts:
    """Live through a seed and prove what must hold; return what happened, raise AssertionError for what does not."""
    counts: Counts = Counter()
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        shop = Shop(Path(folder), database(), random.Random(seed), counts, say)
        try:
            work(shop)
            say("the network heals")
            shop.heal()
            prove(shop, whole=not seed % PRODUCT_PROOF_EVERY)
        finally:
            shop.close()
    return counts


def work(shop: Shop) -> None:
    """Do a number of things, of kinds and in an order that the seed chooses."""
    chance = shop.chance
    # Each seed leaves some kinds of trouble out, so that the others come together more often.
    weights = [weight for _, weight in DAILY]
    weights += [(1 + 2 * chance.random()) * (chance.random() < RARE_SHARE) for _ in RARE]
    deeds = [*(deed for deed, _ in DAILY), *RARE]
    for deed in chance.choices(deeds, weights, k=chance.randrange(*STEPS)):
        shop.say(deed.__name__)
        deed(shop)
        shop.clock.pass_ms(chance.randrange(1000, 120_000))


def prove(shop: Shop, *, whole: bool) -> None:
    """Prove everything of a shop that has healed."""
    events = shop.server.events()
    taken = shop.server.digests()
    feed = shop.server.feed()
    for till in shop.tills:
        here = till.entries()
        absent = {one.event_id for one in here} - events
        assert not absent, f"never reached the server: {absent}"
        mistaken = {one.event_id for one in here if taken[one.event_id] != one.digest}
        assert not mistaken, f"taken for another event with the same id: {mistaken}"
        prove_till(till, shop.book, feed, may_repeat=shop.alike)
        shop.counts[Seen.FORKED] += sum('"reason":"fork"' in one.body for one in here if one.seq == 1)
    renewed = shop.server.rows("SELECT count(*) FROM audit WHERE action = 'feed-restarted'")
    shop.counts[Seen.FEED_RENEWED] += renewed[0][0]
    prove_server(shop.server, shop.book, shop.counts, may_repeat=shop.alike)
    shop.counts[Seen.ONLY_ON_LOST_DISKS] += len(shop.lost - events)
    if whole:
        prove_by_the_product(shop.server, shop.tills, may_repeat=shop.alike)
        shop.counts[Seen.PROVED] += 1
