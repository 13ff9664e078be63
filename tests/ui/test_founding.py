"""What each step of the first run must hold before the next one opens."""

from dataclasses import replace
from pathlib import Path

import pytest

from seraphine_pos.domain.pairing import PairingUnreadable, PlainLine
from seraphine_pos.domain.refusal import Failure, InvalidPin, InvalidSetting
from seraphine_pos.ui.founding import NAME_MAX, Founding, Goods, Step, back, forward

WHOLE = Founding(name="Épicerie Nour", owner="Nadia", pin="2604", pin_again="2604")


def test_a_new_shop_takes_five_steps() -> None:
    founding, seen = WHOLE, [WHOLE.step]
    while not founding.last:
        founding = forward(founding)
        seen.append(founding.step)
    assert seen == list(Step)
    assert forward(founding) == founding


def test_joining_ends_on_the_second_step() -> None:
    joining = replace(WHOLE, step=Step.SHOP, joining=True, server="https://192.168.1.10:8443", code="ABCD-1234")
    assert joining.last
    assert forward(joining) == joining


def test_back_keeps_everything_and_ends_at_the_first_step() -> None:
    founding = replace(WHOLE, step=Step.OWNER, problem="oups")
    assert back(founding) == replace(WHOLE, step=Step.STORE)
    assert back(Founding()) == Founding()


@pytest.mark.parametrize(
    ("founding", "refusal", "name"),
    [
        (replace(WHOLE, step=Step.SHOP, joining=True, code="A"), InvalidSetting, "adresse du serveur"),
        (replace(WHOLE, step=Step.SHOP, joining=True, server="caisse", code="A"), InvalidSetting, "adresse du serveur"),
        (replace(WHOLE, step=Step.SHOP, joining=True, server="https://a:1", code=" "), InvalidSetting, "code"),
        (replace(WHOLE, step=Step.SHOP, joining=True, server="http://192.168.1.10", code="A"), PlainLine, None),
        (replace(WHOLE, step=Step.SHOP, joining=True, code="seraphine:https://a#x"), PairingUnreadable, None),
        (replace(WHOLE, step=Step.STORE, name="  "), InvalidSetting, "nom du magasin"),
        (replace(WHOLE, step=Step.STORE, name="a" * (NAME_MAX + 1)), InvalidSetting, "nom du magasin"),
        (replace(WHOLE, step=Step.STORE, currency="dh"), InvalidSetting, "monnaie"),
        (replace(WHOLE, step=Step.STORE, time_zone=""), InvalidSetting, "fuseau horaire"),
        (replace(WHOLE, step=Step.OWNER, owner=""), InvalidSetting, "votre nom"),
        (replace(WHOLE, step=Step.OWNER, pin="12", pin_again="12"), InvalidPin, None),
        (replace(WHOLE, step=Step.OWNER, pin="1234567", pin_again="1234567"), InvalidPin, None),
        (replace(WHOLE, step=Step.OWNER, pin="١٢٣٤", pin_again="١٢٣٤"), InvalidPin, None),
        (replace(WHOLE, step=Step.OWNER, pin_again="2605"), InvalidSetting, "code"),
        (replace(WHOLE, step=Step.CATALOGUE, goods=Goods.FILE), InvalidSetting, "catalogue"),
    ],
)
def test_a_step_that_is_not_filled_says_which_field(
    founding: Founding, refusal: type[Failure], name: str | None
) -> None:
    with pytest.raises(refusal) as refused:
        forward(founding)
    assert refused.value.details.get("name") == name


def test_a_file_that_was_chosen_is_enough() -> None:
    founding = replace(WHOLE, step=Step.CATALOGUE, goods=Goods.FILE, file=Path("liste.csv"))
    assert forward(founding) == founding
