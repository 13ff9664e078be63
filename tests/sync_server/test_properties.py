"""However the entries of some tills arrive, the books are those of a rebuild, and of the entries themselves."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain.journal import Draft, Entry, parse
from seraphine_pos.domain.rollup import Delta, fold, gather
from sync_server.rebuild import rebuild
from sync_server.rollups import cells
from sync_server.verify import verify
from tests.sync_server.shop import Shop, Till, found_shop

DAYS = ("2026-11-19", "2026-11-20")
ACTIONS = st.sampled_from(["sell", "refund", "odd", "broken", "propose", "copy", "switch"])


def act(tills: list[Till], action: str, number: int) -> None:
    """Let a till do something; a copy carries an entry of another till over, as a successor does."""
    till, other = tills[number % len(tills)], tills[(number + 1) % len(tills)]
    facts = {"business_day": DAYS[number % 2], "hour": number % 24}
    match action:
        case "sell":
            till.sell(number + 1, 2 * number + 1, **facts)
        case "refund":
            till.refund(number + 1, **facts)
        case "odd":
            till.write("sale.dreamt", {"number": number})
        case "broken":
            till.sell(number + 1, total=number + 2)
        case "propose":
            till.propose("product", f"key-{number % 3}", number % 5, {"name": "N", "price": number, "tax_code": ""})
        case "copy" if other.entries:
            entry = other.entries[number % len(other.entries)]
            till.write_raw(
                Draft(entry.event_id, entry.kind, entry.version, entry.at_ms, entry.salt, entry.body, entry.text)
            )
        case _:
            pass


def expected(tills: list[Till]) -> list[Delta]:
    """Return the figures of each event once, read from the entries that the tills hold."""
    told: dict[str, Entry] = {entry.event_id: entry for till in tills for entry in till.entries}
    deltas = []
    for entry in told.values():
        try:
            deltas.extend(fold(entry.kind, entry.version, parse(entry.body)))
        except ValueError:
            continue
    return list(gather(deltas))


def stored(shop: Shop) -> list[Delta]:
    """Return the server's figures."""
    with shop.database.read() as connection:
        return sorted(cells(connection, shop.store_id))


@settings(max_examples=25)
@given(
    actions=st.lists(st.tuples(ACTIONS, st.integers(0, 40)), max_size=25),
    pushes=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 24), st.integers(0, 25)), max_size=20),
    seed=st.integers(0, 2**32),
)
def test_any_split_repetition_or_order_of_pushes_gives_the_same_books(
    actions: list[tuple[str, int]], pushes: list[tuple[int, int, int]], seed: int
) -> None:
    with TemporaryDirectory() as folder:
        shop = found_shop(f"sqlite:///{Path(folder) / 'server.db'}", seed)
        tills = [shop.till(), shop.till()]
        for action, number in actions:
            act(tills, action, number)
        for which, start, length in pushes:
            tills[which].push(tills[which].entries[start : start + length])
        for till in tills:
            assert till.push().seq == len(till.entries)
        assert stored(shop) == expected(tills)
        with shop.database.read() as connection:
            assert verify(connection, shop.store_id).problems == []
        before = stored(shop)
        with shop.server.write(shop.store_id, "test") as tx:
            rebuild(tx)
        assert stored(shop) == before
        shop.database.close()
