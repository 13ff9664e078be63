"""Whether the till and the server hold the same of each day, in words; the tickets that differ by their numbers.

Pure: names, money and time are handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from seraphine_pos.domain.day_proof import DayProof, Difference, Fault, Verdict
from seraphine_pos.till.proofs import Compared
from seraphine_pos.ui import text
from seraphine_pos.ui.label import Tone
from seraphine_pos.ui.report_state import Control
from seraphine_pos.ui.report_words import Surroundings
from seraphine_pos.ui.table_state import Cell, Column, TableState
from seraphine_pos.ui.text import tr, tr_count

NAMED: Final = 2
# What is said of one ticket, and of several; the graver first.
_FAULTS: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.NOT_THERE: ("{tickets} manque sur le serveur", "{tickets} manquent sur le serveur"),
    Fault.CHANGED: ("{tickets} n’est pas le même sur le serveur", "{tickets} ne sont pas les mêmes sur le serveur"),
    Fault.ASIDE: ("{tickets} est mis de côté par le serveur", "{tickets} sont mis de côté par le serveur"),
    Fault.NOT_HERE: ("{tickets} manque sur cette caisse", "{tickets} manquent sur cette caisse"),
    Fault.WAITING: ("{tickets} attend d’être envoyé", "{tickets} attendent d’être envoyés"),
}


def proof_table(found: Compared, around: Surroundings, contact: datetime | None) -> TableState:
    """Return the days of every till with how many tickets each side has and what comparing them came to.

    ``contact`` is when the server last answered, in the shop's time.
    """
    columns = (
        Column(tr("Jour"), figures=False, px=168),
        Column(tr("Caisse"), figures=False, px=76),
        Column(tr("Tickets"), figures=False, px=200),
        Column(tr("Net, {currency}", currency=around.currency)),
        Column(tr("Contrôle"), figures=False, wide=True),
        Column("", px=90),
    )
    rows = tuple(_row(one, around, contact, compared=found.compared) for one in found.days)
    return TableState(columns, rows, tuple(_key(one) for one in found.days), opens=True)


def controls(found: Compared) -> dict[str, Control]:
    """Return for each till what comparing its days came to; nothing where nobody can tell yet."""
    tills: dict[str, list[DayProof]] = {}
    for one in found.days:
        tills.setdefault(one.till_id, []).append(one)
    said = {till_id: _of_till(days) for till_id, days in tills.items()}
    return {till_id: control for till_id, control in said.items() if control is not None}


def _of_till(days: Sequence[DayProof]) -> Control | None:
    """Say of a till what comparing its days came to; of a single day, as much as fits."""
    wrong = sum(one.verdict is Verdict.DIFFERENT for one in days)
    if wrong:
        return Control(tr_count(wrong, "{count} jour diffère", "{count} jours diffèrent"), wrong=True)
    if any(one.verdict in (Verdict.ALONE, Verdict.WAITING) for one in days):
        return None
    if len(days) == 1 and days[0].verdict is Verdict.EQUAL:
        return Control(tr("{tickets}, identiques", tickets=_tickets(days[0])))
    return Control(tr_count(len(days), "{count} jour identique", "{count} jours identiques"))


def limits(found: Compared, around: Surroundings, contact: datetime | None) -> str:
    """Say what could not be compared, empty where all was; ``contact`` is as above."""
    parts = []
    if not found.compared:
        parts.append(tr("journées {not_compared}", not_compared=_not_compared(around, contact, tr("comparées"))))
    if found.aside_here and found.compared:
        parts.append(
            tr_count(
                found.aside_here,
                "{count} écriture illisible sur cette caisse, hors contrôle",
                "{count} écritures illisibles sur cette caisse, hors contrôle",
            )
        )
    return " · ".join(parts)


def _row(one: DayProof, around: Surroundings, contact: datetime | None, *, compared: bool) -> tuple[Cell, ...]:
    words, tone = _result(one, around) if compared else (_not_compared(around, contact, tr("comparés")), "warn")
    known = one.rung or one.counted
    net = known.net if known else 0
    return (
        Cell(_day(one), one.day, strong=True),
        Cell(one.label, one.label),
        Cell(_tickets(one), known.tickets if known else 0),
        Cell(around.amount(net), net),
        Cell(words, words, tone),
        Cell(tr("Voir →") if _key(one) else "", 0, "brand", strong=True),
    )


def _day(one: DayProof) -> str:
    day = date.fromisoformat(one.day)
    return f"{text.weekday(day)} {text.day_short(day).partition(' ')[2]}"


def _tickets(one: DayProof) -> str:
    """Say how many of the till's tickets the server has."""
    if one.rung is None or one.counted is None:
        known = one.rung or one.counted
        return tr_count(known.tickets if known else 0, "{count} ticket", "{count} tickets")
    rung, counted = one.rung.tickets, one.counted.tickets
    if counted <= rung:
        of = text.whole(rung)
        return tr_count(counted, "{count} ticket sur", "{count} tickets sur") + f"{text.NO_BREAK_SPACE}{of}"
    return tr("{counted} pour {rung} en caisse", counted=text.whole(counted), rung=text.whole(rung))


def _key(one: DayProof) -> str:
    """Return the numbers of the tickets that differ and that this till can open."""
    return " ".join(two.receipt for two in one.differences or () if two.fault is not Fault.NOT_HERE)


def _result(one: DayProof, around: Surroundings) -> tuple[str, Tone]:
    by_verdict: Mapping[Verdict, Callable[[], tuple[str, Tone]]] = {
        Verdict.EQUAL: lambda: (tr("identiques"), "good"),
        Verdict.WAITING: lambda: (_named(one.differences or ()), "warn"),
        Verdict.SINCE: lambda: (_since(one, around), "good"),
        Verdict.ALONE: lambda: (tr("la caisse {label} n’a pas encore donné ses totaux", label=one.label), "muted"),
        Verdict.DIFFERENT: lambda: (_different(one, around), "bad"),
    }
    return by_verdict[one.verdict]()


def _since(one: DayProof, around: Surroundings) -> str:
    more = (one.counted.tickets if one.counted else 0) - (one.rung.tickets if one.rung else 0)
    received = tr_count(more, "{count} reçu depuis", "{count} reçus depuis")
    return tr("identiques à {time}, {received}", time=_told(one, around), received=received)


def _told(one: DayProof, around: Surroundings) -> str:
    return text.moment(around.local(one.told_at_ms or 0), around.today)


def _different(one: DayProof, around: Surroundings) -> str:
    if one.told_at_ms is not None:
        return tr(
            "différents : voyez lesquels sur la caisse {label} ({time})",
            time=_told(one, around), label=one.label,
        )  # fmt: skip
    if one.differences is None:
        return tr("différents : affichez ce jour seul pour savoir lesquels")
    return _named(one.differences) or tr("mêmes tickets, mais pas les mêmes totaux : appelez l’assistance")


def _named(differences: Sequence[Difference]) -> str:
    """Name the tickets that differ, those of one fault together."""
    parts = []
    for fault, (one, several) in _FAULTS.items():
        named = [each.receipt for each in differences if each.fault is fault]
        if named:
            parts.append(tr(one if len(named) == 1 else several, tickets=_listed(named)))
    return " ; ".join(parts)


def _listed(receipts: Sequence[str]) -> str:
    if len(receipts) == 1:
        return receipts[0]
    if len(receipts) <= NAMED:
        return tr("{first} et {last}", first=", ".join(receipts[:-1]), last=receipts[-1])
    more = tr_count(len(receipts) - NAMED, "{count} autre", "{count} autres")
    return tr("{first} et {last}", first=", ".join(receipts[:NAMED]), last=more)


def _not_compared(around: Surroundings, contact: datetime | None, compared: str) -> str:
    if contact is None:
        return tr("pas encore {compared} : le serveur n’a pas répondu", compared=compared)
    return tr("non {compared} depuis {time}", compared=compared, time=text.moment(contact, around.today))
