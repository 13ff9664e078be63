"""The entries that count nowhere, in words: what each is, why it does not count, and what to do about it.

Pure: names, money and time are handed in.
"""

import json
from collections.abc import Mapping
from typing import Final

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.quarantine import Nature, Quarantine, SetAside
from seraphine_pos.domain.report import STORE
from seraphine_pos.domain.rollup import COUNTED, SILENT
from seraphine_pos.ui import text
from seraphine_pos.ui.facts import Fact
from seraphine_pos.ui.quarantine_state import QuarantineState, SetAsideState
from seraphine_pos.ui.report_words import Surroundings
from seraphine_pos.ui.table_state import Cell, Column, TableState
from seraphine_pos.ui.text import tr, tr_count

CONTENT_LETTERS_MAX: Final = 20_000
ID_LETTERS: Final = 8
KINDS: Final[Mapping[str, str]] = {
    Kind.JOURNAL_OPENED: "Nouveau journal",
    Kind.SHIFT_OPENED: "Ouverture de caisse",
    Kind.SHIFT_CLOSED: "Clôture de caisse",
    Kind.CASH_MOVED: "Mouvement d’espèces",
    Kind.DRAWER_OPENED: "Ouverture du tiroir",
    Kind.SALE_COMPLETED: "Vente",
    Kind.SALE_REFUNDED: "Remboursement",
    Kind.CART_VOIDED: "Vente annulée",
    Kind.LINE_REMOVED: "Ligne retirée",
    Kind.SALE_FLAGGED: "Vente signalée",
    Kind.RECEIPT_REPRINTED: "Copie de ticket",
    Kind.DOCUMENT_PROPOSED: "Modification d’une fiche",
    Kind.FEEDBACK_SUBMITTED: "Mot sur la caisse",
    Kind.STAFF_SIGNED_IN: "Arrivée au poste",
    Kind.STAFF_SIGNED_OUT: "Départ du poste",
    Kind.STAFF_REFUSED: "Code refusé",
    Kind.REPORT_EXPORTED: "Rapport exporté",
    Kind.CLOCK_CHANGED: "Changement d’heure",
    Kind.STORAGE_FAILED: "Panne d’enregistrement",
    Kind.BODIES_BLANKED: "Effacement de données",
    Kind.CHECKPOINT: "Point de contrôle",
}
# For the row, and for the entry that is open.
_REASONS: Final[Mapping[Nature, tuple[str, str]]] = {
    Nature.NEWER: ("Version plus récente", "Elle est écrite par une version plus récente du programme"),
    Nature.DAMAGED: ("Contenu abîmé", "Son contenu est abîmé : personne ne peut le lire"),
    Nature.INCOMPLETE: ("Information manquante", "Il y manque une information, ou elle n’a pas la bonne forme"),
    Nature.INCONSISTENT: ("Montants ou date impossibles", "Ses montants ne s’accordent pas, ou sa date est impossible"),
    Nature.REFUSED: ("Impossible à enregistrer", "Elle se lit, mais une de ses valeurs ne peut pas être enregistrée"),
}
_UPDATE: Final = {True: "Mettre le serveur à jour", False: "Mettre cette caisse à jour"}
_UPDATE_ADVICE: Final = {
    True: "Mettez à jour le programme sur le PC du serveur. À son démarrage, il relit cette écriture et la compte, "
    "une seule fois : il n’y a rien à ressaisir.",
    False: "Mettez à jour le programme de cette caisse : il saura lire cette écriture. Il n’y a rien à ressaisir.",
}
_BY_HAND: Final = "L’ajouter à vos comptes"
_BY_HAND_ADVICE: Final = (
    "Elle est gardée telle quelle, et relue à chaque démarrage : une mise à jour peut suffire à la compter. "
    "D’ici là, ajoutez-la vous-même à vos comptes d’après le ticket papier, sans la ressaisir à la caisse, "
    "et montrez cette page à l’assistance."
)
_ON_THE_SERVER: Final = "Rien, si le serveur la compte"
_ON_THE_SERVER_ADVICE: Final = (
    "Le disque de cette caisse l’a abîmée ; elle y est gardée telle quelle. Si elle avait été envoyée avant, "
    "le serveur en a une copie intacte, et les rapports de la boutique la comptent. "
    "Montrez cette page à l’assistance : un disque qui abîme une écriture en abîmera d’autres."
)
_HARMLESS: Final = "Rien : aucune vente n’y manque"
_HARMLESS_ADVICE: Final = (
    "Ce n’est ni une vente ni un remboursement : aucun montant ne manque à cause d’elle. Elle est gardée telle quelle, "
    "et relue à chaque démarrage."
)


def put_quarantine_in_words(found: Quarantine, around: Surroundings) -> QuarantineState:
    """Everything the page shows of the list."""
    whole_store = found.source == STORE
    keys = tuple(str(place) for place in range(len(found.entries)))
    return QuarantineState(
        source=_source(found),
        offline=not whole_store,
        table=_table(found, around, keys),
        opened={
            key: SetAsideState(
                _facts(one, around), tr(_REASONS[one.nature][1]), _advice(one, whole_store=whole_store), _content(one)
            )
            for key, one in zip(keys, found.entries, strict=True)
        },
        nothing=tr("Les rapports de la boutique comptent tout ce que ses caisses ont envoyé.")
        if whole_store
        else tr("Les rapports de cette caisse comptent tout ce qu’elle a vendu."),
    )


def _source(found: Quarantine) -> str:
    shown = len(found.entries)
    if found.source != STORE:
        return tr(
            "Le serveur est hors de portée : voici seulement ce que cette caisse ne peut pas compter elle-même. "
            "La liste de la boutique revient avec lui."
        )
    if found.count > shown:
        return tr(
            "Toute la boutique · les {shown} dernières sur {count}, gardées entières",
            shown=text.whole(shown),
            count=text.whole(found.count),
        )
    kept = tr_count(shown, "{count} écriture, gardée entière", "{count} écritures, gardées entières")
    return tr("Toute la boutique · {kept}", kept=kept) if shown else tr("Toute la boutique")


def _table(found: Quarantine, around: Surroundings, keys: tuple[str, ...]) -> TableState:
    columns = (
        Column(tr("Quand"), figures=False, px=166),
        Column(tr("Caisse"), figures=False, px=84),
        Column(tr("Écriture"), figures=False, wide=True),
        Column(tr("Montant indiqué"), px=140),
        Column(tr("Pourquoi"), figures=False, px=242),
        Column(tr("Que faire"), figures=False, px=252),
    )
    rows = tuple(_row(one, around, whole_store=found.source == STORE) for one in found.entries)
    return TableState(columns, rows, keys)


def _row(one: SetAside, around: Surroundings, *, whole_store: bool) -> tuple[Cell, ...]:
    named = f"{kind_words(one)} · {one.receipt}" if one.receipt else kind_words(one)
    amount = "" if one.total is None else around.amount(one.total)
    return (
        Cell(text.moment(around.local(one.at_ms), around.today), one.at_ms, "muted"),
        Cell(one.till or "?", one.till),
        Cell(named, named, strong=True),
        Cell(amount, one.total or 0),
        Cell(tr(_REASONS[one.nature][0]), one.nature, "warn"),
        Cell(tr(_to_do(one, whole_store=whole_store)), one.nature, "muted"),
    )


def kind_words(one: SetAside) -> str:
    """Name what an entry tells; one that this program does not know by its own name."""
    return tr(KINDS[one.kind]) if one.kind in KINDS else tr("Type « {kind} »", kind=text.shortened(one.kind))


def _to_do(one: SetAside, *, whole_store: bool) -> str:
    if one.nature is Nature.NEWER:
        return _UPDATE[whole_store]
    if one.nature is Nature.DAMAGED and not whole_store:
        return _ON_THE_SERVER
    return _HARMLESS if one.kind in SILENT else _BY_HAND


def _advice(one: SetAside, *, whole_store: bool) -> str:
    if one.nature is Nature.NEWER:
        return tr(_UPDATE_ADVICE[whole_store])
    if one.nature is Nature.DAMAGED and not whole_store:
        return tr(_ON_THE_SERVER_ADVICE)
    return tr(_HARMLESS_ADVICE if one.kind in SILENT else _BY_HAND_ADVICE)


def _facts(one: SetAside, around: Surroundings) -> tuple[Fact, ...]:
    """What is known, in an order in which a person looks; what nobody could read is left out."""
    written = around.local(one.at_ms)
    what = kind_words(one)
    if one.nature is Nature.NEWER and one.kind in KINDS:
        what = tr("{kind}, écrite d’une façon nouvelle (version {version})", kind=what, version=one.version)
    amount = "" if one.total is None else text.money(one.total, around.currency, around.decimals)
    ticket = " · ".join(part for part in (one.receipt, _signed(one, amount)) if part)
    person = around.names.get(one.operator_id, tr("Ancien membre de l’équipe")) if one.operator_id else ""
    told = (
        Fact(tr("Écriture"), what),
        Fact(tr("Ticket"), ticket),
        Fact(tr("Par"), person),
        Fact(tr("Écrite"), f"{text.day_long(written.date())} {written.year}, {text.clock_seconds(written)}"),
        Fact(tr("Journal"), tr("{journal}…, n° {seq}", journal=one.journal_id[:ID_LETTERS], seq=text.whole(one.seq))),
        Fact(tr("Assistance"), text.shortened(one.reason, 120), "muted"),
    )
    return tuple(fact for fact in told if fact.value)


def _signed(one: SetAside, amount: str) -> str:
    if not amount or one.kind not in COUNTED:
        return amount
    return tr("{amount} rendus", amount=amount) if one.kind == Kind.SALE_REFUNDED else amount


def _content(one: SetAside) -> str:
    """What stands in the entry: spread out where it can be read, else as it is, without what no screen can show."""
    if len(one.excerpt) < one.letters:
        rest = tr("… et {count} lettres de plus", count=text.whole(one.letters - len(one.excerpt)))
        return f"{_showable(one.excerpt)}\n{rest}"
    try:
        spread = json.dumps(json.loads(one.excerpt), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return _showable(one.excerpt)
    return spread if len(spread) <= CONTENT_LETTERS_MAX else _showable(one.excerpt)


def _showable(raw: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in raw)
