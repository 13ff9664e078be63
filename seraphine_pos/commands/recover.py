"""The command ``recover``: a lost till made again on this PC from the store's server, or this till fetched anew."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.commands.opening import Place
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal, Unusable
from seraphine_pos.domain.pairing import is_pairing
from seraphine_pos.domain.refusal import Enrolled
from seraphine_pos.joining import Joined, Stage, Told
from seraphine_pos.progress import Progress
from seraphine_pos.settings import Settings
from seraphine_pos.shop import enrol_again, join_shop, recover_shop

LABELS: Final = {
    Stage.CATALOGUE: "Fetching the catalogue",
    Stage.ENTRIES: "Fetching the journals",
    Stage.LEDGER: "Folding the ledger",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """The server's address and a code for the till; without them, the till that this PC is already."""

    url: str = ""
    code: str = ""


def run(wish: Wish, place: Place, terminal: Terminal) -> int:
    """Recover the till; return the exit code, raise what stopped it."""
    settings = own.load(place.home.settings)
    if settings.enrolled:
        return _again(wish, settings, place, terminal)
    if not (wish.code and (wish.url or is_pairing(wish.code))):
        raise Unusable(
            f"there is no till in {place.home.root}: name a code for the lost till as “seraphine-server enrol-code "
            "--till A1” prints it, “recover --code 'seraphine:…'”; a bare code needs “--url URL” besides"
        )
    with _watched(terminal) as told:
        joined = join_shop(
            place.home, wish.url, wish.code, clock=place.clock, random_bytes=place.random_bytes, keys=place.keys,
            told=told,
        )  # fmt: skip
    if not joined.journals:
        terminal.say(
            f"The server holds nothing of the till {joined.till_label} of “{joined.store_name}”: it begins empty. "
            "A code for a till that was lost is printed by “seraphine-server enrol-code --till LABEL”."
        )
        return FOUND
    _say(joined, terminal)
    return DONE


def _again(wish: Wish, settings: Settings, place: Place, terminal: Terminal) -> int:
    """Fetch the till that this PC is, with a new key where a code is given."""
    if wish.code:
        try:
            enrol_again(place.home, wish.url, wish.code, keys=place.keys)
        except Enrolled as refused:
            raise Unusable(
                f"this PC is the till {settings.till_label} of “{settings.store_name}”, and the code was for "
                "another one; nothing was changed here. Choose another data folder with SERAPHINE_HOME=DIR"
            ) from refused
    elif wish.url:
        raise Unusable("a new address needs a code as well: “seraphine-server enrol-code --till LABEL” prints one")
    with _watched(terminal) as told:
        joined, aside = recover_shop(
            place.home, clock=place.clock, random_bytes=place.random_bytes, keys=place.keys, told=told
        )
    _say(joined, terminal)
    terminal.say(f"What stood here before is kept: {aside}")
    return DONE


def _say(joined: Joined, terminal: Terminal) -> None:
    terminal.say(
        f"The till {joined.till_label} of “{joined.store_name}” is here: {joined.journals:,} journals, "
        f"{joined.entries:,} entries, {joined.tickets:,} tickets."
    )
    terminal.say(
        "What was never sent to the server is not among them. Receipts go on under new letters: no number comes twice."
    )


@contextmanager
def _watched(terminal: Terminal) -> Iterator[Told]:
    """Show a bar for each stage, one after the other."""
    bars: dict[Stage, Progress] = {}
    with ExitStack() as stack:

        def told(stage: Stage, done: int, whole: int) -> None:
            if stage not in bars:
                stack.close()
                bars[stage] = stack.enter_context(terminal.progress(LABELS[stage]))
            bars[stage](done, whole)

        yield told
