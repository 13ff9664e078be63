"""A receipt's number as the bars of a Code 128, for the paper and for the screen; knows neither of them."""

from functools import lru_cache
from itertools import groupby


@lru_cache(maxsize=64)
def bars(number: str) -> tuple[tuple[tuple[int, int], ...], int]:
    """Return where each dark bar begins and how wide it is, and how wide all is, in modules without quiet zones."""
    from barcode import Code128

    modules = Code128(number).build()[0]
    found, at = [], 0
    for dark, run in groupby(modules):
        wide = len(tuple(run))
        if dark == "1":
            found.append((at, wide))
        at += wide
    return tuple(found), len(modules)
