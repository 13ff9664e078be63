"""Nobody guesses a code that enrols a till, and the attacker who tries is one who could succeed."""

from pathlib import Path

from tests.security.pairing_guesses import attack

TRIES = 320
A_ROUND = 40


def test_no_guess_opens_anything(database_url: str) -> None:
    came = attack(database_url, TRIES, 1, a_round=A_ROUND)
    assert came.tries >= TRIES
    assert came.over_http >= TRIES // 100
    assert (came.opened, came.kept_out) == ([], 0)


def test_an_attacker_who_has_a_chance_takes_it(tmp_path: Path) -> None:
    came = attack(f"sqlite:///{tmp_path / 'server.db'}", 10 * TRIES, 1, length=1, a_round=20)
    assert came.opened
    assert came.tries < 10 * TRIES
