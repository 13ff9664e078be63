"""A checkpoint agrees with what lies before it, or says in what it does not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from seraphine_pos.domain.checkpoint import Checkpoint, Follower, check_segment, read, total_in
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, canonical, seal

SOUND = Checkpoint(entries=3, sales=2, refunds=1, gross=500, refunded=100, grand_total=400)
SOLD = ((Kind.SALE_COMPLETED, 200), (Kind.SALE_COMPLETED, 300), (Kind.SALE_REFUNDED, 100))


def journal(*bodies: tuple[str, Mapping[str, object]]) -> list[Entry]:
    """Seal these bodies one after the other."""
    found: list[Entry] = []
    for seq, (kind, body) in enumerate(bodies, 1):
        draft = Draft(f"event-{seq}", kind, 1, seq, b"s" * 16, canonical(dict(body)))
        found.append(seal("journal-1", seq, found[-1].hash if found else FIRST_HASH, draft))
    return found


def day(said: Checkpoint = SOUND) -> list[Entry]:
    """Return a day's tickets with the checkpoint that ends it."""
    return journal(*[(kind, {"total": total}) for kind, total in SOLD], (Kind.CHECKPOINT, said.to_body()))


TOTALS = dict(enumerate((total for _, total in SOLD), 1))


def wrong(entries: list[Entry], totals: dict[int, int] | None = None, before: Entry | None = None) -> str | None:
    known = TOTALS if totals is None else totals
    return check_segment(before, entries, lambda entry: known.get(entry.seq))


def test_a_sound_day_agrees() -> None:
    assert wrong(day()) is None
    assert read(day()[-1]) == SOUND


@pytest.mark.parametrize("name", Checkpoint.__slots__)
def test_each_figure_is_held_against_what_lies_between(name: str) -> None:
    said = replace(SOUND, **{name: getattr(SOUND, name) + 1})
    assert name in str(wrong(day(said)))


def test_what_nobody_knows_any_more_is_not_compared() -> None:
    said = replace(SOUND, gross=501, grand_total=401)
    assert wrong(day(said), {1: 200}) is None
    assert "entries" in str(wrong(day(replace(said, entries=9)), {1: 200}))
    assert "grand_total" in str(wrong(day(replace(said, grand_total=9)), {1: 200}))


def test_the_grand_total_goes_on_from_the_checkpoint_before() -> None:
    first = SOUND.to_body()
    second = Checkpoint(1, 1, 0, 50, 0, 450)
    entries = journal(
        *[(kind, {"total": total}) for kind, total in SOLD], (Kind.CHECKPOINT, first),
        (Kind.SALE_COMPLETED, {"total": 50}), (Kind.CHECKPOINT, second.to_body()),
    )  # fmt: skip
    totals = {**TOTALS, 5: 50}
    assert wrong(entries[4:], totals, entries[3]) is None
    assert "follow" in str(wrong(entries[4:], totals))
    assert "entries" in str(wrong(entries, {**totals, 4: 0})) or wrong(entries, totals) is None


@pytest.mark.parametrize("place", range(4))
def test_a_changed_entry_is_found_before_the_sums(place: int) -> None:
    entries = day()
    entries[place] = replace(entries[place], body=entries[place].body.replace("0", "1"))
    assert "was changed" in str(wrong(entries))


def test_entries_without_a_checkpoint_are_no_segment() -> None:
    assert wrong(day()[:-1]) == wrong([]) == "no checkpoint ends it"


def test_stones_count_as_entries_and_wait_for_a_checkpoint() -> None:
    entries = day()
    stones = [replace(one, salt=b"", body="", text=None) for one in entries[:3]]
    follower = Follower()
    for stone in stones:
        assert follower.add(stone, None) is None
    before = follower.emptied
    assert follower.add(entries[3]) is None
    assert (before, follower.emptied) == (1, None)
    assert wrong([*stones, entries[3]]) is None
    assert "emptied" in str(wrong([*stones, replace(entries[3], salt=b"", body="")]))


def test_a_total_is_read_from_a_whole_ticket_alone() -> None:
    entries = day()
    assert total_in(entries[0]) is None  # its shape is no ticket's
    assert total_in(replace(entries[0], body="")) is None
    assert read(replace(entries[3], body='{"entries":1}')) is None
