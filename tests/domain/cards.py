"""Card numbers that nobody has, and how people type them into sentences."""

import random
from typing import Final

# Beginnings and lengths of the cards that shops see.
PREFIXES: Final = (
    ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("36", 14), ("305", 14),
    ("6011", 16), ("65", 16), ("3528", 16), ("62", 16), ("62", 19), ("67", 18), ("5018", 17), ("9792", 16),
)  # fmt: skip
BETWEEN: Final = ("", "", " ", "-", "\u00a0", " - ", "–")
BEFORE: Final = ("", "Carte ", "n°", "le 22/11 : ", "12,50 € payés avec ", "CB:", "Tél 0661234567, carte ", "(")
AFTER: Final = ("", ".", " exp 12/27", ") merci", ", 3 articles", "\nà rappeler", " CVV 123", " Salma")


def luhn(digits: str) -> bool:
    """Whether the check of cards accepts these digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def random_card(chance: random.Random) -> str:
    """A number that could be a card's."""
    start, length = chance.choice(PREFIXES)
    body = start + "".join(str(chance.randrange(10)) for _ in range(length - len(start) - 1))
    return next(body + str(last) for last in range(10) if luhn(body + str(last)))


def typed(chance: random.Random, card: str) -> str:
    """The number in groups of four, or in one, as somebody types it."""
    return chance.choice(BETWEEN).join(card[at : at + 4] for at in range(0, len(card), 4))


def planted(chance: random.Random, written: str) -> str:
    """A sentence with the number in it."""
    return chance.choice(BEFORE) + written + chance.choice(AFTER)


def digits_in(text: str) -> str:
    """All digits of a text, without what stands between them."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())
