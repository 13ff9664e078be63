"""The owner's pages over a real till: what they read of it."""

from seraphine_pos.ui.pages import tickets_here
from tests.ui.counter import Counter


def test_only_the_sales_that_this_till_rang_are_here(counter: Counter) -> None:
    counter.sign_in("nadia")
    for no in (1, 2):
        counter.scan(no)
        counter.keyboard.press("F9")
    first, second = counter.tickets()
    named = {first.event_id, second.where.receipt, "0193-elsewhere", "A2-8XX-000001"}
    assert tickets_here(counter.shop, named) == {first.event_id, second.where.receipt}
    assert tickets_here(counter.shop, set()) == frozenset()
