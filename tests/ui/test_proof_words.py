"""What is said of a day: both sides, each fault by its tickets, and honestly when nobody has compared."""

from dataclasses import replace

import pytest

from seraphine_pos.domain.day_proof import DayProof, Difference, Fault
from seraphine_pos.domain.proof import Proof
from seraphine_pos.till.proofs import Compared
from seraphine_pos.ui.proof_words import controls, limits, proof_table
from seraphine_pos.ui.report_state import Control
from seraphine_pos.ui.report_words import put_in_words
from tests.ui.report_sample import AROUND, at, report

TUESDAY = "2026-11-17"
ALL = Proof(TUESDAY, "t1", 214, 1_250_000, "a" * 64)
MOST = Proof(TUESDAY, "t1", 213, 1_240_000, "b" * 64)
DAY = DayProof(TUESDAY, "t1", "A1", ALL, ALL)
CONTACT = AROUND.local(at(14, 2))


def receipts(count: int, fault: Fault, first: int = 42) -> tuple[Difference, ...]:
    return tuple(Difference(f"A1-7QK-{first + no:06d}", f"e{first + no}", fault) for no in range(count))


def said(one: DayProof) -> tuple[str, ...]:
    """Return the cells of a day's row."""
    (row,) = proof_table(Compared((one,), compared=True, aside_here=0), AROUND, CONTACT).rows
    return tuple(cell.words for cell in row)


def control(*days: DayProof) -> Control | None:
    """Return what is said of the till in the list of tills."""
    return controls(Compared(days, compared=True, aside_here=0)).get(days[0].till_id)


def test_a_day_that_is_equal() -> None:
    assert said(DAY) == (
        "mardi 17 nov.", "A1", "214 tickets sur\xa0214", "12\u202f500,00", "identiques", "",
    )  # fmt: skip
    assert control(DAY) == Control("214 tickets sur\xa0214, identiques")
    assert control(DAY, replace(DAY, day="2026-11-18")) == Control("2 jours identiques")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (receipts(1, Fault.NOT_THERE), "A1-7QK-000042 manque sur le serveur"),
        (receipts(2, Fault.NOT_THERE), "A1-7QK-000042 et A1-7QK-000043 manquent sur le serveur"),
        (
            receipts(5, Fault.NOT_THERE),
            "A1-7QK-000042, A1-7QK-000043 et 3 autres manquent sur le serveur",
        ),
        (receipts(1, Fault.ASIDE), "A1-7QK-000042 est mis de côté par le serveur"),
        (receipts(1, Fault.CHANGED), "A1-7QK-000042 n’est pas le même sur le serveur"),
        (
            (*receipts(1, Fault.WAITING), *receipts(1, Fault.NOT_HERE, 50)),
            "A1-7QK-000050 manque sur cette caisse ; A1-7QK-000042 attend d’être envoyé",
        ),
        ((), "mêmes tickets, mais pas les mêmes totaux : appelez l’assistance"),
        (None, "différents : affichez ce jour seul pour savoir lesquels"),
    ],
)
def test_a_day_that_differs_names_the_tickets(found: tuple[Difference, ...] | None, words: str) -> None:
    day = replace(DAY, counted=MOST, differences=found)
    assert said(day)[2] == "213 tickets sur\xa0214"
    assert said(day)[4] == words
    assert control(DAY, day) == Control("1 jour diffère", wrong=True)


def test_the_tickets_of_this_till_can_be_opened() -> None:
    found = (*receipts(2, Fault.NOT_THERE), *receipts(1, Fault.NOT_HERE, 50))
    table = proof_table(
        Compared((replace(DAY, counted=MOST, differences=found), DAY), compared=True, aside_here=0), AROUND, CONTACT
    )
    assert table.keys == ("A1-7QK-000042 A1-7QK-000043", "")
    assert [row[-1].words for row in table.rows] == ["Voir →", ""]


def test_what_has_not_been_sent_is_no_alarm() -> None:
    day = replace(DAY, counted=MOST, differences=receipts(1, Fault.WAITING))
    assert said(day)[4] == "A1-7QK-000042 attend d’être envoyé"
    assert control(day) is None


def test_another_till_is_compared_as_it_told() -> None:
    told = replace(DAY, till_id="t2", label="A2", rung=MOST, told_at_ms=at(14, 2))
    assert said(replace(told, same=True))[2:5:2] == ("214 pour 213 en caisse", "identiques à 14:02, 1 reçu depuis")
    assert said(told)[4] == "différents : voyez lesquels sur la caisse A2 (14:02)"
    assert said(replace(told, rung=None))[2:5:2] == (
        "214 tickets",
        "la caisse A2 n’a pas encore donné ses totaux",
    )
    assert control(replace(told, rung=None)) is None
    assert control(replace(told, same=True)) == Control("1 jour identique")


def test_without_the_server_it_says_since_when_nobody_compared() -> None:
    away = Compared((replace(DAY, counted=None),), compared=False, aside_here=2)
    table = proof_table(away, AROUND, CONTACT)
    assert [cell.words for cell in table.rows[0]][2:5:2] == ["214 tickets", "non comparés depuis 14:02"]
    assert limits(away, AROUND, CONTACT) == "journées non comparées depuis 14:02"
    assert controls(away) == {}
    table = proof_table(away, AROUND, None)
    assert table.rows[0][4].words == "pas encore comparés : le serveur n’a pas répondu"
    assert limits(away, AROUND, None) == "journées pas encore comparées : le serveur n’a pas répondu"


def test_what_this_till_cannot_read_is_outside_the_comparison_and_said() -> None:
    found = Compared((DAY,), compared=True, aside_here=2)
    assert limits(found, AROUND, CONTACT) == "2 écritures illisibles sur cette caisse, hors contrôle"
    assert limits(replace(found, aside_here=0), AROUND, CONTACT) == ""


def test_the_list_of_tills_says_it_beside_up_to_when_they_are_complete() -> None:
    found = put_in_words(report(), AROUND, None, {"t1": Control("7 jours identiques"), "t2": Control("x")}).tills
    assert [(one.words, one.control, one.tone) for one in found[:2]] == [
        ("14:25", "7 jours identiques", "good"),
        ("12:50 · 31 en attente", "", "warn"),
    ]
    found = put_in_words(report(), AROUND, None, {"t2": Control("1 jour diffère", wrong=True)}).tills
    assert [(one.words, one.control, one.tone) for one in found[:2]] == [
        ("14:25 · à jour", "", "good"),
        ("12:50", "1 jour diffère", "bad"),
    ]
