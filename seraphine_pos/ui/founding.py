"""What the first-run wizard gathers, step by step, and what each step must hold before the next one opens.

Values only; the pages that show them are in the `wizard_…` files and the founding itself is the shop's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from pathlib import Path

from seraphine_pos.domain.pairing import check_line, is_pairing, read
from seraphine_pos.domain.refusal import InvalidPin, InvalidSetting

NAME_MAX = 80
_PIN = re.compile(r"[0-9]{4,6}", re.ASCII)
_SERVER = re.compile(r"https?://[^\s/]+/?", re.ASCII)


class Step(IntEnum):
    """The pages in their order; joining ends on the second."""

    LANGUAGE = 0
    SHOP = 1
    STORE = 2
    OWNER = 3
    CATALOGUE = 4


class Goods(StrEnum):
    """Where the first products come from."""

    SAMPLE = "sample"
    FILE = "file"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Founding:
    """Everything said so far.

    `problem` is the sentence of the last refused step, `working` what is being done now, `summary` what should be
    known once all is made.
    """

    step: Step = Step.LANGUAGE
    language: str = "fr"
    joining: bool = False
    server: str = ""
    code: str = ""
    name: str = ""
    currency: str = "MAD"
    time_zone: str = "Africa/Casablanca"
    owner: str = ""
    pin: str = ""
    pin_again: str = ""
    goods: Goods = Goods.SAMPLE
    file: Path | None = None
    working: str = ""
    problem: str = ""
    summary: str = ""

    @property
    def last(self) -> bool:
        """Whether the next press founds or joins."""
        return self.step is (Step.SHOP if self.joining else Step.CATALOGUE)


def forward(state: Founding) -> Founding:
    """The state on the next page; raise a Refusal that says what this page still needs."""
    _CHECKS[state.step](state)
    return state if state.last else replace(state, step=Step(state.step + 1), problem="")


def back(state: Founding) -> Founding:
    """The state one page earlier, with everything typed kept."""
    return replace(state, step=Step(max(state.step - 1, Step.LANGUAGE)), problem="")


def check_shop(state: Founding) -> None:
    """Joining needs the line that the server printed, or its address and a code."""
    if not state.joining:
        return
    if is_pairing(state.code):
        read(state.code)
        return
    if not _SERVER.fullmatch(state.server.strip()):
        raise InvalidSetting(
            name="adresse du serveur",
            reason="collez plutôt la chaîne « seraphine:… » dans le code, ou écrivez-la comme https://192.168.1.10:8443",
        )
    check_line(state.server.strip())
    if not state.code.strip():
        raise InvalidSetting(name="code", reason="saisissez ce qu’affiche le serveur du magasin")


def check_store(state: Founding) -> None:
    """A store has a name, a currency of three letters and a time zone."""
    if not 0 < len(state.name.strip()) <= NAME_MAX:
        raise InvalidSetting(name="nom du magasin", reason="c’est lui qui figure sur les tickets, saisissez-le")
    if not re.fullmatch(r"[A-Z]{3}", state.currency):
        raise InvalidSetting(name="monnaie", reason="trois lettres, par exemple MAD")
    if not state.time_zone:
        raise InvalidSetting(name="fuseau horaire", reason="choisissez-en un")


def check_owner(state: Founding) -> None:
    """The owner has a name and a PIN typed twice alike."""
    if not 0 < len(state.owner.strip()) <= NAME_MAX:
        raise InvalidSetting(name="votre nom", reason="saisissez-le, il figure sur les tickets")
    if not _PIN.fullmatch(state.pin):
        raise InvalidPin
    if state.pin != state.pin_again:
        raise InvalidSetting(name="code", reason="les deux saisies diffèrent, recommencez la seconde")


def check_catalogue(state: Founding) -> None:
    """A file must have been chosen where the goods come from one."""
    if state.goods is Goods.FILE and state.file is None:
        raise InvalidSetting(name="catalogue", reason="choisissez un fichier CSV, ou « Plus tard »")


def _anything(_state: Founding) -> None:
    """The language page holds one choice that is always valid."""


_CHECKS: dict[Step, Callable[[Founding], None]] = {
    Step.LANGUAGE: _anything,
    Step.SHOP: check_shop,
    Step.STORE: check_store,
    Step.OWNER: check_owner,
    Step.CATALOGUE: check_catalogue,
}
