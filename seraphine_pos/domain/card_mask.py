"""Card numbers are never kept: in words that people type freely, all but their last four digits become dots.

A number is 14 to 19 digits that the Luhn check accepts, spaces and dashes between them or not. Thirteen digits are what
an EAN has, and every tenth EAN passes the check: they are masked only where they begin with 4, as the old cards of that
length do, and are no EAN. Codes, amounts, names of products and the words of receipts, where the numbers that identify
a business stand, are no free words and do not pass here.
"""

import re
from collections.abc import Iterator
from itertools import accumulate, chain, pairwise
from typing import Final

from seraphine_pos.domain.barcode import check_digit

SHORTEST: Final = 14
LONGEST: Final = 19
OLD_LENGTH: Final = 13
SHOWN: Final = 4
DOTS: Final = "••••\u00a0"
# What stands between the digits of one number: blanks, dashes, and signs that nobody sees. Never the end of a line.
_BETWEEN: Final = r"(?:[^\S\r\n]|[-‐‑‒–—_\u00ad\u200b-\u200f\u2060\ufeff]){0,3}"
_RUN: Final = rf"\d(?:{_BETWEEN}\d){{{OLD_LENGTH - 1},}}"
_ID: Final = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
# Twice a digit, the two digits of the product added.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# How cards begin and how long such ones are, for a number that stands inside a longer row of digits.
_ISSUERS: Final = (
    (r"4", (16, 19)),
    (r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),
    (r"3[47]", (15,)),
    (r"3(?:0[0-5]|[689])", (14, 16, 19)),
    (r"6|5[06-8]|35(?:2[89]|[3-8])|220[0-5]|9", (16, 17, 18, 19)),
)


def mask(text: str) -> str:
    """Return the text with every card number in it reduced to its last four digits."""
    if sum(map(str.isdecimal, text)) < OLD_LENGTH:
        return text  # nearly always, and without the time that an expression takes to be made
    return re.sub(_RUN, _masked, text)


def mask_line(line: str) -> str:
    """Return a line of a log with every card number in it masked; ids, which are made of digits too, stay."""
    return "".join(part if place % 2 else mask(part) for place, part in enumerate(re.split(_ID, line)))


def _masked(run: re.Match[str]) -> str:
    """Mask the numbers in one row of digits, whose groups may be parts of one number or numbers of their own."""
    written = run.group()
    places = [at for at, sign in enumerate(written) if sign.isdecimal()]
    digits = "".join(str(int(written[at])) for at in places)
    ends = list(accumulate(len(group) for group in re.findall(r"\d+", written)))
    told: list[str] = []
    start = 0
    for first, last in _numbers(digits, ends):
        told.extend((written[start : places[first]], DOTS, digits[last - SHOWN : last]))
        start = places[last - 1] + 1
    return "".join([*told, written[start:]])


def _numbers(digits: str, ends: list[int]) -> list[tuple[int, int]]:
    """Return where the card numbers in these digits are: those of whole groups count before parts of one group."""
    sums = _sums(digits)
    taken = bytearray(len(digits))
    found: list[tuple[int, int]] = []
    for first, last in chain(_whole(digits, ends), _inside(digits, ends)):
        running = sums[last % 2]
        if (running[last] - running[first]) % 10 == 0 and not any(taken[first:last]) and digits[first:last].strip("0"):
            taken[first:last] = b"\1" * (last - first)
            found.append((first, last))
    return sorted(found)


def _whole(digits: str, ends: list[int]) -> Iterator[tuple[int, int]]:
    """Give the groups, and the neighbouring ones, that are as long as a number; the longest first."""
    for place, first in enumerate([0, *ends[:-1]]):
        for last in reversed(ends[place : place + LONGEST]):
            if SHORTEST <= last - first <= LONGEST or _is_old(digits[first:last]):
                yield first, last


def _is_old(digits: str) -> bool:
    return len(digits) == OLD_LENGTH and digits[0] == "4" and check_digit(digits[:-1]) != digits[-1]


def _inside(digits: str, ends: list[int]) -> Iterator[tuple[int, int]]:
    """Give the parts of long groups that begin as cards do."""
    issuers = [(re.compile(begins), lengths) for begins, lengths in _ISSUERS]
    for start, end in pairwise([0, *ends]):
        for first in range(start, end - SHORTEST + 1):
            for issuer, lengths in issuers:
                if issuer.match(digits, first):
                    yield from ((first, first + length) for length in reversed(lengths) if first + length <= end)


def _sums(digits: str) -> tuple[list[int], list[int]]:
    """Return the running sums of the Luhn check: for numbers that end after an even count of digits, and an odd one."""
    plain = [int(digit) for digit in digits]
    of_even = accumulate((_DOUBLED[value] if at % 2 == 0 else value for at, value in enumerate(plain)), initial=0)
    of_odd = accumulate((_DOUBLED[value] if at % 2 else value for at, value in enumerate(plain)), initial=0)
    return list(of_even), list(of_odd)
