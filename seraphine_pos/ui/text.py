"""Words, amounts and dates as people read them; French is the source, a catalogue translates it.

Knows no Qt, so that receipts, reports and tests use it too.
"""

import gettext
from datetime import date, datetime
from typing import Final

from seraphine_pos.domain.money import written, written_quantity
from seraphine_pos.domain.refusal import Failure

NARROW_SPACE: Final = "\u202f"
NO_BREAK_SPACE: Final = "\xa0"
MINUS: Final = "\u2212"
DASH: Final = "\u2013"

_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DAYS_SHORT: Final = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
_MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_MONTHS_SHORT: Final = (
    "janv.",
    "févr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS

_catalogue = gettext.NullTranslations()


def use_catalogue(catalogue: gettext.NullTranslations) -> None:
    """Translate by this catalogue from now on."""
    global _catalogue  # noqa: PLW0603  one process shows one language
    _catalogue = catalogue


def tr(message: str | Failure, /, **details: object) -> str:
    """Return the sentence in the shop's language, with its places filled."""
    if isinstance(message, Failure):
        return _catalogue.gettext(message.template).format(**message.details)
    sentence = _catalogue.gettext(message)
    return sentence.format(**details) if details else sentence


def tr_count(count: int, one: str, many: str) -> str:
    """Return the sentence for this count ("1 article", "5 articles"); `{count}` is its place."""
    in_french = one if abs(count) < 2 else many  # French: 0 and 1 are singular
    if type(_catalogue) is gettext.NullTranslations:
        return in_french.format(count=whole(count))
    return _catalogue.ngettext(one, many, count).format(count=whole(count))


def amount(minor: int, decimals: int = 2) -> str:
    """Write minor units: "1 234,50", "−20,00"."""
    return written(minor, decimals)


def money(minor: int, currency: str, decimals: int = 2) -> str:
    """Write minor units with their currency: "1 234,50 MAD"."""
    return f"{written(minor, decimals)}{NO_BREAK_SPACE}{currency}"


def signed_amount(minor: int, decimals: int = 2) -> str:
    """Write a difference with its sign: "+12,00", "−3,50", "0,00"."""
    return ("+" if minor > 0 else "") + written(minor, decimals)


def whole(number: int) -> str:
    """Write a whole number in groups: "4 361"."""
    return written(number, 0)


def quantity(thousandths: int) -> str:
    """Write a quantity without idle zeros: "2", "0,25"."""
    return written_quantity(thousandths)


def rate(hundredths: int) -> str:
    """Write a tax rate of hundredths of a percent: "20 %", "5,5 %"."""
    return written_quantity(hundredths * 10) + NARROW_SPACE + "%"


def percent(tenths: int, *, signed: bool = False) -> str:
    """Write tenths of a percent: "12,4 %", with a sign "+12,4 %" or "−1,8 %"."""
    return ("+" if signed and tenths > 0 else "") + written_quantity(tenths * 100) + NARROW_SPACE + "%"


def clock_time(at: datetime) -> str:
    """Write the time of day: "14:26"."""
    return f"{at:%H:%M}"


def clock_seconds(at: datetime) -> str:
    """Write the time of day with seconds: "14:26:07"."""
    return f"{at:%H:%M:%S}"


def day_long(day: date) -> str:
    """Write a day as it is said: "dimanche 22 novembre", "mardi 1er décembre"."""
    return f"{_DAYS[day.weekday()]} {_number(day)} {_MONTHS[day.month - 1]}"


def day_short(day: date) -> str:
    """Write a day in little room: "dim. 22 nov."."""
    return f"{_DAYS_SHORT[day.weekday()]} {_number(day)} {_MONTHS_SHORT[day.month - 1]}"


def day_figures(day: date) -> str:
    """Write a day in figures: "22/11/2026"."""
    return f"{day:%d/%m/%Y}"


def weekday(day: date) -> str:
    """Name the day of the week: "dimanche"."""
    return _DAYS[day.weekday()]


def weekday_short(day: date) -> str:
    """Name the day of the week in short: "dim."."""
    return _DAYS_SHORT[day.weekday()]


def month(day: date) -> str:
    """Write a month with its year: "novembre 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def month_name(day: date) -> str:
    """Name a month alone: "novembre"."""
    return _MONTHS[day.month - 1]


def moment(at: datetime, today: date) -> str:
    """Write when, as short as today allows: "14:26", "hier 14:26", "sam. 21 nov. 14:26"."""
    days = (today - at.date()).days
    if days == 0:
        return clock_time(at)
    if days == 1:
        return tr("hier {time}", time=clock_time(at))
    return f"{day_short(at.date())} {clock_time(at)}"


def duration(elapsed_ms: int) -> str:
    """Write a length of time by its largest unit: "moins d'une minute", "4 min", "2 h", "3 jours"."""
    if elapsed_ms < _MINUTE_MS:
        return tr("moins d’une minute")
    if elapsed_ms < _HOUR_MS:
        return f"{elapsed_ms // _MINUTE_MS}{NO_BREAK_SPACE}min"
    if elapsed_ms < _DAY_MS:
        return f"{elapsed_ms // _HOUR_MS}{NO_BREAK_SPACE}h"
    return tr_count(elapsed_ms // _DAY_MS, "{count} jour", "{count} jours")


def age(elapsed_ms: int) -> str:
    """Write how long ago: "à l'instant", "il y a 4 min"."""
    if elapsed_ms < _MINUTE_MS:
        return tr("à l’instant")
    return tr("il y a {duration}", duration=duration(elapsed_ms))


def initials(name: str) -> str:
    """Return the two letters of an avatar, those of the name's call in the shop: "NE" for "Nadia El Idrissi"."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = (words[0][0] + words[1][0]) if len(words) > 1 else name.strip()[:2]
    return letters.upper()


def short_name(name: str) -> str:
    """Return a name as it is called in the shop: "Nadia E." for "Nadia El Idrissi"."""
    first, _, rest = name.strip().partition(" ")
    return f"{first} {rest[0].upper()}." if rest else first


def _number(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


def shortened(code: str, longest: int = 32) -> str:
    """Return a code that fits a line: its beginning and its end, where people compare codes."""
    half = longest // 2
    return code if len(code) <= longest else f"{code[:half]}\u2026{code[-half:]}"
