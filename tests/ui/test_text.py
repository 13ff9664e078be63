"""Words, amounts and dates as French writes them."""

import gettext
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from seraphine_pos.domain.refusal import UnknownCode, WrongPin
from seraphine_pos.ui import text

SUNDAY = date(2026, 11, 22)


@pytest.fixture
def english() -> Iterator[None]:
    """A catalogue of one sentence each way, taken away afterwards."""

    class Catalogue(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Code inconnu : {code}": "Unknown code: {code}"}.get(message, message)

    text.use_catalogue(Catalogue())
    yield
    text.use_catalogue(gettext.NullTranslations())


@pytest.mark.parametrize(
    ("minor", "decimals", "written"),
    [
        (123450, 2, "1\u202f234,50"),
        (-2000, 2, "−20,00"),
        (5, 2, "0,05"),
        (0, 2, "0,00"),
        (1500, 0, "1\u202f500"),
        (1234, 3, "1,234"),
        (19841260, 2, "198\u202f412,60"),
    ],
)
def test_amounts_stand_in_groups_with_a_comma(minor: int, decimals: int, written: str) -> None:
    assert text.amount(minor, decimals) == written


def test_money_names_its_currency_without_a_break() -> None:
    assert text.money(123450, "MAD") == "1\u202f234,50\xa0MAD"


@pytest.mark.parametrize(("minor", "written"), [(1200, "+12,00"), (-350, "−3,50"), (0, "0,00")])
def test_a_difference_shows_its_sign(minor: int, written: str) -> None:
    assert text.signed_amount(minor) == written


@pytest.mark.parametrize(("thousandths", "written"), [(2000, "2"), (250, "0,25"), (1500, "1,5"), (-1000, "−1")])
def test_quantities_have_no_idle_zeros(thousandths: int, written: str) -> None:
    assert text.quantity(thousandths) == written


@pytest.mark.parametrize(("hundredths", "written"), [(2000, "20\u202f%"), (550, "5,5\u202f%"), (0, "0\u202f%")])
def test_rates_are_percents(hundredths: int, written: str) -> None:
    assert text.rate(hundredths) == written


def test_a_change_in_percent_shows_its_sign() -> None:
    assert text.percent(124, signed=True) == "+12,4\u202f%"
    assert text.percent(-18, signed=True) == "−1,8\u202f%"
    assert text.percent(820) == "82\u202f%"


def test_days_are_said_as_the_french_say_them() -> None:
    assert text.day_long(SUNDAY) == "dimanche 22 novembre"
    assert text.day_long(date(2026, 12, 1)) == "mardi 1er décembre"
    assert text.day_short(SUNDAY) == "dim. 22 nov."
    assert text.day_figures(SUNDAY) == "22/11/2026"
    assert text.month(SUNDAY) == "novembre 2026"


def test_a_moment_is_as_short_as_today_allows() -> None:
    assert text.moment(datetime(2026, 11, 22, 14, 26), SUNDAY) == "14:26"
    assert text.moment(datetime(2026, 11, 21, 14, 26), SUNDAY) == "hier 14:26"
    assert text.moment(datetime(2026, 11, 14, 9, 5), SUNDAY) == "sam. 14 nov. 09:05"


@pytest.mark.parametrize(
    ("elapsed_ms", "said"),
    [
        (0, "à l’instant"),
        (59_999, "à l’instant"),
        (4 * 60_000, "il y a 4\xa0min"),
        (2 * 3_600_000, "il y a 2\xa0h"),
        (24 * 3_600_000, "il y a 1 jour"),
        (72 * 3_600_000, "il y a 3 jours"),
    ],
)
def test_an_age_is_told_by_its_largest_unit(elapsed_ms: int, said: str) -> None:
    assert text.age(elapsed_ms) == said


def test_nought_and_one_are_singular_in_french() -> None:
    assert [text.tr_count(n, "{count} article", "{count} articles") for n in (0, 1, 2)] == [
        "0 article",
        "1 article",
        "2 articles",
    ]


def test_a_failure_is_told_by_its_sentence_and_details() -> None:
    assert text.tr(WrongPin(left=3)) == "Code incorrect. Essais restants : 3."


@pytest.mark.usefixtures("english")
def test_a_failure_is_translated_before_its_places_are_filled() -> None:
    assert text.tr(UnknownCode(code="42")) == "Unknown code: 42"


def test_braces_in_details_are_left_alone() -> None:
    assert text.tr("Article {name}", name="{x}") == "Article {x}"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Salma B.", "SB"), ("Nadia", "NA"), ("Jean-Luc Roy", "JR"), ("Nadia El Idrissi", "NE"), ("", "")],
)
def test_initials_are_two_letters(name: str, letters: str) -> None:
    assert text.initials(name) == letters
