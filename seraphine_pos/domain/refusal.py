"""The failures a person may meet, in one tree.

    Failure
    ├── Refusal       the shop says no: shown as text, nothing happened
    └── Unavailable   the world says no: retried, or shown as a state

Anything else is a bug: it is caught only in ``app.py`` and ``cli.py``, logged whole and shown once.
Each class carries one sentence in French, the source language of what shop people read.
"""

from typing import ClassVar


class Failure(Exception):
    """A failure with a sentence for people.

    ``template`` is the translation key, ``details`` fill its places.
    """

    template: ClassVar[str] = "L’opération n’a pas abouti."

    def __init__(self, **details: object) -> None:
        """Keep the details that fill the template."""
        super().__init__()
        self.details = details

    def __str__(self) -> str:
        """Return the sentence in French."""
        return self.template.format(**self.details)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with the details."""
        return (_revive, (type(self), self.details))


def _revive(kind: type[Failure], details: dict[str, object]) -> Failure:
    return kind(**details)


class Refusal(Failure):
    """The shop says no."""


class Unavailable(Failure):
    """The world says no."""


class UnknownCode(Refusal):
    """No product has this code."""

    template = "Code inconnu : {code}"


class InvalidCode(Refusal):
    """The text read is not a code."""

    template = "Code illisible ({reason}). Rien n’a été ajouté : scannez de nouveau l’article."


class InvalidAmount(Refusal):
    """The text is not an amount of this currency."""

    template = "« {text} » n’est pas un montant. Saisissez par exemple 12,50."


class InvalidQuantity(Refusal):
    """The quantity is not above zero, or too large."""

    template = "La quantité doit être supérieure à zéro et raisonnable ; la ligne n’a pas changé."


class InvalidPrice(Refusal):
    """The price is below zero or beyond what a till counts."""

    template = "Le prix doit être positif ou nul ; rien n’a été enregistré."


class EmptyCart(Refusal):
    """There is nothing to pay."""

    template = "La vente est vide : scannez un article."


class UnknownLine(Refusal):
    """The line is not, or no longer, in the cart or on the ticket."""

    template = "Cette ligne n’est plus dans la vente."


class TicketFull(Refusal):
    """A ticket holds no more lines."""

    template = "Ce ticket est plein ({lines} lignes) : encaissez-le, puis continuez sur un autre."


class PartlyPaid(Refusal):
    """The cart holds part payments, so it cannot change."""

    template = "Un acompte est déjà encaissé : terminez le paiement ou annulez la vente."


class CardAboveTotal(Refusal):
    """Only cash can exceed what is due."""

    template = "Le montant dépasse ce qui reste dû ({due}). Seules les espèces rendent la monnaie."


class OddTender(Refusal):
    """The cash given is more than ten times the total."""

    template = "{given} reçus pour {due} dus : vérifiez le montant, puis confirmez."


class NotAllowed(Refusal):
    """The role may not do this."""

    template = "Réservé au gérant : demandez son code pour continuer."


class WrongPin(Refusal):
    """The PIN is not this person's."""

    template = "Code incorrect. Essais restants : {left}."


class LockedOut(Refusal):
    """Too many wrong PINs."""

    template = "Trop d’essais. Réessayez dans {seconds} s."


class InvalidPin(Refusal):
    """A PIN has four to six digits."""

    template = "Le code doit avoir de 4 à 6 chiffres."


class UnknownStaff(Refusal):
    """The person is not, or no longer, on the staff."""

    template = "Cette personne ne fait plus partie de l’équipe."


class NotSignedIn(Refusal):
    """Nobody is signed in."""

    template = "Personne n’est connecté : identifiez-vous d’abord."


class UnknownReceipt(Refusal):
    """No ticket has this number here."""

    template = "Ticket {receipt} introuvable sur cette caisse."


class RefundReceipt(UnknownReceipt):
    """The number is a refund's, and only a sale is given back."""

    template = "Le ticket {receipt} est déjà un retour. Rien n’a changé : scannez le ticket de la vente."


class RefundTooMuch(Refusal):
    """More would be given back than was sold."""

    template = "« {name} » : il reste {left} à rembourser sur ce ticket."


class NothingToRefund(Refusal):
    """No line was chosen."""

    template = "Choisissez au moins une ligne à rembourser."


class AlreadyRecorded(Refusal):
    """The event is already in the journal."""

    template = "Cette opération est déjà enregistrée : rien n’a été compté deux fois."


class InvalidText(Refusal):
    """The text is empty or too long."""

    template = "Le texte est vide ou trop long : {longest} caractères au plus."


class InvalidFile(Refusal):
    """The file cannot be used."""

    template = "Fichier {path} : {reason}."


class InvalidPeriod(Refusal):
    """The days are none, or the last comes before the first."""

    template = "Pas de période du {start} au {end} : le premier jour avant le dernier, dix ans au plus."


class InvalidSetting(Refusal):
    """A setting cannot be used."""

    template = "Réglage {name} : {reason}."


class Enrolled(Refusal):
    """This till already belongs to a store."""

    template = "Cette caisse appartient déjà à « {store} »."


class CodeRefused(Refusal):
    """The enrolment code is unknown, used or too old."""

    template = "Ce code n’est plus valable : demandez-en un nouveau sur le serveur du magasin."


class ServerRefused(Refusal):
    """The server says no to what was asked, in its own words."""

    template = "Le serveur du magasin refuse : {reason}"


class ServerUnavailable(Unavailable):
    """The store's server is out of reach; selling goes on."""

    template = "Serveur injoignable ({reason}). Les ventes continuent et partiront au retour."


class AnswerNotOurs(ServerUnavailable):
    """Something answered that is not the store's server."""

    template = "La réponse ne vient pas du serveur du magasin ({reason}). Les ventes continuent."


class RecoveryRefused(Unavailable):
    """What the server sends of this till's journals does not verify."""

    template = "Le journal venu du serveur ne se vérifie pas ({reason}) : rien n’est repris. Appelez l’assistance."


class NotEnrolled(Unavailable):
    """The server no longer knows this till's key."""

    template = "Cette caisse doit être rattachée de nouveau. Les ventes continuent et sont gardées."


class UpgradeNeeded(Unavailable):
    """The server is newer than this till can follow."""

    template = "Une mise à jour de la caisse est nécessaire. Les ventes continuent et sont gardées."


class StorageFull(Unavailable):
    """The disk has no room."""

    template = "Disque plein : la vente n’est pas enregistrée. Libérez de la place, puis reprenez."


class NoRoom(StorageFull):
    """The disk has too little room to begin a sale; what was begun can be ended."""

    template = (
        "Plus que {free} Mo libres sur le disque : aucune nouvelle vente ne commence. "
        "La vente en cours et la fin de journée restent possibles. Libérez de la place, puis scannez à nouveau."
    )


class StorageFailed(Unavailable):
    """The disk refused a write or a sync."""

    template = (
        "Le disque n’a pas confirmé l’écriture ({reason}). Ne refaites pas la vente : elle est vérifiée à la reprise."
    )


class StorageRefused(StorageFailed):
    """The disk refused a write, and nothing of it is there."""

    template = (
        "Le disque a refusé l’écriture ({reason}) : rien n’est enregistré, et le ticket en cours est intact. "
        "Vérifiez le disque, puis encaissez à nouveau."
    )


class StorageDamaged(Unavailable):
    """The till's data cannot be read."""

    template = (
        "Le fichier de la caisse est abîmé ({reason}). Fermez la caisse et rouvrez-la : "
        "elle se répare à l’ouverture et dit ce qui est sauvé."
    )


class NothingSaved(StorageDamaged):
    """The till's data cannot be read, and nothing of it can be carried into a new file."""

    template = (
        "Le fichier de la caisse ne peut plus être lu ({reason}) ; il n’a pas été modifié. "
        "Appelez l’assistance : la caisse se récupère depuis le serveur ou une sauvegarde."
    )


class StorageBusy(Unavailable):
    """Another process holds the file for too long."""

    template = "Le fichier de la caisse est occupé par un autre programme. Réessayez."


class StorageInUse(Unavailable):
    """A till is already running on this data folder."""

    template = "La caisse est déjà ouverte sur ce dossier ({path}). Utilisez l’autre fenêtre."


class NetworkFolder(Unavailable):
    """The till's data lies on another machine's disk."""

    template = (
        "Le dossier de la caisse ({path}) est sur un disque du réseau, où une vente pourrait se perdre. "
        "Choisissez un dossier de cet ordinateur ; rien n’a été modifié."
    )


class NewerDatabase(Unavailable):
    """The data was written by a newer program."""

    template = (
        "Ces données viennent d’une version plus récente ({found}) que ce programme ({known}). "
        "Installez la mise à jour ; rien n’a été modifié."
    )


class OldLibrary(Unavailable):
    """The SQLite library has a known fault."""

    template = "SQLite {version} peut abîmer les données ; il faut 3.51.3 ou plus récent."


class HomeUnusable(Unavailable):
    """The data folder cannot be made or written to."""

    template = "Le dossier {path} ne peut pas être créé ({reason}). Choisissez un autre dossier pour les données."


class NoStore(Unavailable):
    """No store has been made in this data folder."""

    template = "Aucun magasin dans {path} : ouvrez la caisse pour en créer un."


class KeysUnavailable(Unavailable):
    """The key store of the system cannot be opened."""

    template = "Le trousseau du système est fermé ({reason}). Les ventes continuent sans envoi."


class ServerTimedOut(ServerUnavailable):
    """The server took the request, or part of it, and did not answer in time."""

    template = "Le serveur n’a pas répondu à temps ({reason}). Les ventes continuent et partiront au retour."


class PushTooLarge(ServerUnavailable):
    """The server, or something before it, takes no request of this size."""

    template = "Le serveur refuse un envoi de cette taille. Les ventes continuent et partiront par morceaux."


class PushDamaged(Unavailable):
    """The entries to be sent do not agree with their hashes, here or on arrival."""

    template = (
        "Le journal de la caisse ne peut pas être envoyé ({reason}). Les ventes continuent ; appelez l’assistance."
    )


class PushStuck(Unavailable):
    """The server answers, and takes none of the entries."""

    template = "Le serveur ne prend pas l’entrée {seq} du journal. Les ventes continuent ; appelez l’assistance."


class Revoked(Unavailable):
    """The owner has withdrawn this till's key."""

    template = "Cette caisse a été retirée du magasin. Tout est gardé ici ; demandez au gérant de la rattacher."


class ServerFailed(Unavailable):
    """The server of this PC cannot be started."""

    template = "Le serveur de ce PC ne démarre pas ({reason}). Les ventes continuent ; détails dans {log}."


class SyncFailed(Unavailable):
    """The exchange stopped on a fault of this program."""

    template = "L’envoi s’est arrêté sur une erreur du programme ({reason}). Les ventes continuent ; l’envoi reprendra."
