"""What the till's strips say: what happened, what it means for this sale, what to press. Knows no page."""

from collections.abc import Callable

from seraphine_pos.domain.barcode import CODE_MAX
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.refusal import EmptyCart, Failure, Unavailable
from seraphine_pos.ui import keys, text
from seraphine_pos.ui.failure_words import failure_words
from seraphine_pos.ui.strip import Choice, Notice, Tone
from seraphine_pos.ui.text import tr


def problem(failure: Failure, currency: str, decimals: int) -> Notice:
    """Return the strip of a failure; what the world refuses stays until it is read."""
    tone: Tone = "info" if isinstance(failure, EmptyCart) else "bad"
    return Notice(failure_words(failure, currency, decimals), tone=tone, stays=isinstance(failure, Unavailable))


def unknown(code: str, choices: tuple[Choice, ...]) -> Notice:
    """Return the strip of a code that no product has."""
    return Notice(
        tr("Code inconnu : {code}", code=text.shortened(code)), tr("L’article n’est pas dans la vente."),
        choices=choices, leave=tr("Ignorer"), stays=True,
    )  # fmt: skip


def not_on_ticket(code: str) -> Notice:
    """Return the strip of an article scanned for a refund that this ticket did not sell."""
    title = tr("L’article {code} n’est pas sur ce ticket", code=text.shortened(code))
    return Notice(title, tr("Rien n’a été choisi. Échap deux fois pour revenir à la vente et le vendre."), tone="warn")


def all_chosen(name: str, *, is_left: bool) -> Notice:
    """Return the strip of an article scanned for a refund once more than can come back."""
    if is_left:
        return Notice(tr("« {name} » : déjà tout choisi", name=name), tr("Le retour n’a pas changé."), tone="warn")
    detail = tr("Rien n’a été choisi : tout ce qui a été vendu est déjà revenu.")
    return Notice(tr("« {name} » : déjà remboursé", name=name), detail, tone="warn")


def too_long(length: int) -> Notice:
    """Return the strip of a scan that is no code."""
    detail = tr("{length} caractères lus, {most} au plus. Rien n’a été ajouté : scannez de nouveau l’article.",
                length=text.whole(length), most=CODE_MAX)  # fmt: skip
    return Notice(tr("Code illisible"), detail, stays=True)


def odd(failure: Failure, currency: str, decimals: int, confirm: Callable[[], None]) -> Notice:
    """Return the question about an amount far above the total."""
    choice = Choice(tr("Encaisser quand même"), keys.FIRST_CHOICE, confirm)
    return Notice(failure_words(failure, currency, decimals), tone="warn", choices=(choice,), leave=tr("Corriger"))


def void(cart: Cart, currency: str, decimals: int, give_up: Callable[[str], None]) -> Notice:
    """Return the question before a sale is given up; each answer is also the reason."""
    total = text.money(cart.total, currency, decimals)
    articles = text.tr_count(len(cart.lines), "{count} article", "{count} articles")
    gone, mistake = tr("Le client renonce"), tr("Erreur de saisie")
    detail = tr("{articles}, {total}. L’annulation est notée.", articles=articles, total=total)
    if cart.tenders:
        paid = text.money(cart.paid, currency, decimals)
        detail = tr("Rendez au client les {paid} déjà reçus. L’annulation est notée.", paid=paid)
    return Notice(
        tr("Annuler la vente ?"), detail,
        tone="warn",
        choices=(
            Choice(gone, keys.FIRST_CHOICE, lambda: give_up(gone), "danger"),
            Choice(mistake, keys.SECOND_CHOICE, lambda: give_up(mistake), "danger"),
        ),
        leave=tr("Continuer"),
    )  # fmt: skip


def uncovered(cart: Cart, currency: str, decimals: int) -> Notice:
    """Return the strip of a sale that stood behind another page when it was to be paid."""
    due = text.money(cart.due, currency, decimals)
    detail = tr("La vente était cachée par une autre page. Vérifiez-la, puis encaissez.")
    return Notice(tr("Rien n’est encaissé : reste {due} à payer", due=due), detail, tone="warn")


def no_ticket() -> Notice:
    """Return the strip of a receipt asked for before there is any."""
    detail = tr("Le ticket d’une vente se lit ici dès qu’elle est payée.")
    return Notice(tr("Aucune vente sur cette caisse pour l’instant"), detail, tone="info")


def give_back(cart: Cart, currency: str, decimals: int) -> Notice:
    """Return the strip that reminds of the money of a sale that was given up."""
    paid = text.money(cart.paid, currency, decimals)
    detail = tr("La vente est annulée ; ces paiements n’ont plus d’objet.")
    return Notice(tr("Rendez {paid} au client", paid=paid), detail, tone="warn", stays=True, leave=tr("C’est rendu"))


def part_paid(cart: Cart, currency: str, decimals: int) -> Notice:
    """Return the strip after a payment that leaves something due."""
    paid, due = (text.money(amount, currency, decimals) for amount in (cart.paid, cart.due))
    return Notice(
        tr("{paid} reçus, reste {due} à payer", paid=paid, due=due),
        tr("La vente continue jusqu’au paiement complet."),
        tone="info",
    )
