"""The command ``sync``, and the same exchange for other commands: send everything, fetch everything, now."""

from seraphine_pos.commands.opening import Place, opened
from seraphine_pos.commands.terminal import DONE, Terminal
from seraphine_pos.shop import Shop
from seraphine_pos.sync.engine import SyncState


def run(place: Place, terminal: Terminal) -> int:
    """Send what waits and fetch what is new; return the exit code, raise what stopped it."""
    with opened(place, terminal) as shop:
        before = shop.engine.look()
        after = exchange(shop, terminal, "Exchanging with the store's server")
        feed = shop.stored.mirror.state()
        terminal.say(
            f"Sent {before.waiting - after.waiting:,} entries, {after.waiting:,} wait; "
            f"the catalogue is at revision {feed.rev:,}{'' if feed.whole else ', not whole yet'}."
        )
    return DONE


def exchange(shop: Shop, terminal: Terminal, label: str) -> SyncState:
    """Exchange until nothing is left; raise the failure that stopped it, if one did."""
    state = shop.engine.look()
    waiting = state.waiting
    with terminal.progress(label) as progress:
        for step, at in enumerate(shop.engine.steps(), 1):
            state = at
            progress(*((waiting - at.waiting, waiting) if at.waiting else (step, 0)))
    shop.stored.catalogue.refresh()
    if state.problem is not None:
        raise state.problem
    return state
