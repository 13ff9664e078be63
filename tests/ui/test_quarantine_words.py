"""What counts nowhere, in words: for the owner, in plain French, with what to do."""

from dataclasses import replace

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.quarantine import Nature, Quarantine, SetAside, of_this_till
from seraphine_pos.domain.report import STORE
from seraphine_pos.ui.quarantine_state import QuarantineState
from seraphine_pos.ui.quarantine_words import KINDS, put_quarantine_in_words
from tests.ui.quarantine_sample import ALL, DAMAGED, INCOMPLETE, INCONSISTENT, LIST, NEWER, NEWER_SALE, REFUSED, entry
from tests.ui.report_sample import AROUND


def of_store(*entries: SetAside) -> QuarantineState:
    return put_quarantine_in_words(Quarantine(STORE, len(entries), entries), AROUND)


def row(state: QuarantineState, place: int = 0) -> list[str]:
    return [cell.words for cell in state.table.rows[place]]


def facts(state: QuarantineState, key: str = "0") -> dict[str, str]:
    return {fact.name: fact.value for fact in state.opened[key].facts}


def test_every_kind_has_its_word() -> None:
    assert set(KINDS) == set(Kind)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (INCONSISTENT, ["09:42", "A1", "Vente · A1-7QK-000042", "120,00",
                        "Montants ou date impossibles", "L’ajouter à vos comptes"]),
        (NEWER, ["hier 11:40", "A1", "Type « sale.exchanged »", "89,00",
                 "Version plus récente", "Mettre le serveur à jour"]),
        (DAMAGED, ["jeu. 19 nov. 17:05", "A1", "Remboursement", "", "Contenu abîmé", "L’ajouter à vos comptes"]),
        (INCOMPLETE, ["10:20", "A1", "Ouverture du tiroir", "", "Information manquante",
                      "Rien : aucune vente n’y manque"]),
        (REFUSED, ["10:21", "A1", "Vente · A1-7QK-000044", "125,50", "Impossible à enregistrer",
                   "L’ajouter à vos comptes"]),
    ],
)  # fmt: skip
def test_a_row_says_what_why_and_what_to_do(one: SetAside, words: list[str]) -> None:
    assert row(of_store(one)) == words


def test_the_facts_say_what_could_be_read() -> None:
    told = facts(of_store(INCONSISTENT))
    assert (told["Ticket"], told["Par"]) == ("A1-7QK-000042 · 120,00\xa0MAD", "Salma B.")
    assert told["Écrite"] == "dimanche 22 novembre 2026, 09:42:00"
    assert told["Journal"] == "01a20244…, n° 42"
    assert told["Assistance"].startswith("Unreadable: the ticket does not add up")
    assert set(facts(of_store(DAMAGED))) == {"Écriture", "Écrite", "Journal", "Assistance"}


def test_the_entry_that_is_open_says_why_in_a_sentence() -> None:
    reasons = [one.reason for one in put_quarantine_in_words(LIST, AROUND).opened.values()]
    assert reasons[0] == "Ses montants ne s’accordent pas, ou sa date est impossible"
    assert len(set(reasons)) == 5


def test_a_known_kind_of_a_later_version_is_named() -> None:
    assert facts(of_store(NEWER_SALE))["Écriture"] == "Vente, écrite d’une façon nouvelle (version 2)"


def test_nobody_is_told_to_ring_anything_again() -> None:
    advice = [one.advice for one in put_quarantine_in_words(LIST, AROUND).opened.values()]
    assert all(
        "il n’y a rien à ressaisir" in one or "sans la ressaisir" in one or "aucun montant" in one for one in advice
    )


def test_content_is_spread_out_or_shown_as_it_is() -> None:
    assert of_store(NEWER).opened["0"].content.splitlines()[1] == '  "total": 8900,'
    assert of_store(DAMAGED).opened["0"].content == '{"total":12\ufffd'
    deep = entry('{"a":' * 600 + "1" + "}" * 600)
    assert of_store(deep).opened["0"].content == deep.excerpt
    long = entry("x" * 5000)
    assert of_store(long).opened["0"].content.endswith("\n… et 1\u202f000 lettres de plus")


def test_the_list_says_whose_it_is_and_how_much_of_it_is_shown() -> None:
    assert put_quarantine_in_words(LIST, AROUND).source == "Toute la boutique · 6 écritures, gardées entières"
    many = put_quarantine_in_words(replace(LIST, count=1234), AROUND)
    assert many.source == "Toute la boutique · les 6 dernières sur 1\u202f234, gardées entières"
    none = of_store()
    assert (none.source, none.opened, none.offline) == ("Toute la boutique", {}, False)
    assert none.nothing == "Les rapports de la boutique comptent tout ce que ses caisses ont envoyé."


def test_without_the_server_the_list_is_this_till_s_and_says_so() -> None:
    state = put_quarantine_in_words(of_this_till([replace(DAMAGED, nature=Nature.DAMAGED), NEWER]), AROUND)
    assert state.offline
    assert state.source.startswith("Le serveur est hors de portée")
    assert row(state)[-1] == "Rien, si le serveur la compte"
    assert row(state, 1)[-1] == "Mettre cette caisse à jour"
    assert "copie intacte" in state.opened["0"].advice
    assert "cette caisse" in put_quarantine_in_words(of_this_till([]), AROUND).nothing


def test_no_entry_is_too_odd_to_be_shown() -> None:
    odd = replace(entry("{}", kind="x" * 64), till="", operator_id="nobody", total=-5)
    state = of_store(odd)
    assert row(state)[1:4] == ["?", f"Type « {'x' * 16}…{'x' * 16} »", "−0,05"]
    assert facts(state)["Par"] == "Ancien membre de l’équipe"
    assert len(state.opened) == len(state.table.keys) == 1
    assert len(put_quarantine_in_words(LIST, AROUND).opened) == len(ALL)
