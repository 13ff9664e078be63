"""Which key does what, and how the key is printed on its button; one table, no bare letter and no bare Enter."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """A key by Qt's name for it, as it is printed, and what it does (both in French, for `tr`)."""

    sequence: str
    printed: str
    does: str


HELP: Final = Key("F1", "F1", "Afficher ou cacher cette aide")
SCAN_LINE: Final = Key("F2", "F2", "Revenir à la ligne de scan")
SEARCH: Final = Key("Ctrl+K", "Ctrl K", "Chercher un article par son nom")
QUANTITY: Final = Key("F3", "F3", "Quantité : le nombre d’abord, puis F3 ou ×")
REFUND: Final = Key("F7", "F7", "Retour d’articles")
CASH: Final = Key("F9", "F9", "Espèces : compte juste, ou le montant saisi")
CARD: Final = Key("F10", "F10", "Carte")
OTHER: Final = Key("F11", "F11", "Autre paiement, avec une note")
LOCK: Final = Key("F12", "F12", "Verrouiller la caisse ; la vente en cours est gardée")
NOTES: Final = (
    Key("Shift+F9", "Maj F9", "Premier billet rapide"),
    Key("Shift+F10", "Maj F10", "Deuxième billet rapide"),
    Key("Shift+F11", "Maj F11", "Troisième billet rapide"),
    Key("Shift+F12", "Maj F12", "Quatrième billet rapide"),
)
FIRST_CHOICE: Final = Key("Shift+F3", "Maj F3", "Premier choix d’un bandeau")
SECOND_CHOICE: Final = Key("Shift+F4", "Maj F4", "Deuxième choix d’un bandeau ; créer l’article")
RECEIPT: Final = Key("Ctrl+P", "Ctrl P", "Ticket de la dernière vente, en PDF")
REMOVE: Final = Key("Del", "Suppr", "Retirer la ligne choisie, ou la dernière")
VOID: Final = Key("Ctrl+Del", "Ctrl Suppr", "Annuler la vente")
BACK: Final = Key("Esc", "Échap", "Revenir d’un pas")

CHOOSE: Final = Key("F2", "F2", "Prendre le ticket choisi")

HELP_SHEET: Final = (
    (SCAN_LINE, SEARCH, QUANTITY, REMOVE, VOID, BACK),
    (CASH, CARD, OTHER, *NOTES),
    (REFUND, RECEIPT, FIRST_CHOICE, SECOND_CHOICE, LOCK, HELP),
)
