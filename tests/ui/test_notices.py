"""Which notice the strip shows, and until when."""

from seraphine_pos.ui.notices import Notices
from seraphine_pos.ui.strip import Notice

UNKNOWN = Notice("Code inconnu : 1", stays=True)
OTHER = Notice("Code inconnu : 2", stays=True)
PASSING = Notice("La vente est vide")


def test_what_stays_waits_its_turn_and_goes_only_when_left() -> None:
    notices = Notices()
    notices.add(UNKNOWN)
    notices.add(OTHER)
    notices.pass_on()
    assert notices.current == UNKNOWN
    notices.leave()
    assert notices.current == OTHER
    notices.leave()
    assert notices.current is None


def test_the_same_problem_is_told_once() -> None:
    notices = Notices()
    notices.add(UNKNOWN)
    notices.add(UNKNOWN)
    notices.leave()
    assert notices.current is None


def test_a_passing_notice_stands_in_front_and_goes_with_the_next_thing_that_goes_well() -> None:
    notices = Notices()
    notices.add(UNKNOWN)
    notices.add(PASSING)
    assert notices.current == PASSING
    notices.pass_on()
    assert notices.current == UNKNOWN


def test_a_solved_problem_goes_wherever_it_waits() -> None:
    notices = Notices()
    notices.add(UNKNOWN)
    notices.add(OTHER)
    notices.settle(OTHER.title)
    notices.leave()
    assert notices.current is None


def test_nothing_is_left_for_the_next_person() -> None:
    notices = Notices()
    notices.add(UNKNOWN)
    notices.add(PASSING)
    notices.clear()
    assert notices.current is None
