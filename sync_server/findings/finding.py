"""What an analysis found, in the words that the owner reads; amounts are written as on a receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.money import Currency, written, written_quantity
from seraphine_pos.domain.shift import local_time
from sync_server.findings.drawer import Candidate, Count
from sync_server.findings.selling import Product
from sync_server.findings.trends import RISING_DAYS, SLOWING_DAYS, TOP_DAYS, Stopped, Trend

Category = Literal["cashVariance", "topSeller", "watchlist"]
Ids = Mapping[str, Sequence[str]]

WHOLE: Final = 1000
PERCENT: Final = 100
DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
NAME_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One card: ``key`` and ``day`` name it for ever, ``confidence`` in thousandths, ``sales`` by event id."""

    key: str
    day: str
    category: Category
    title: str
    detail: str
    confidence: int
    sales: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """How this shop writes amounts and times, and what its tills and people are called."""

    currency: Currency
    time_zone: str
    tills: Mapping[str, str]
    people: Mapping[str, str]

    def amount(self, minor: int) -> str:
        """Write an amount with its currency: "1 234,50 MAD"."""
        return f"{written(minor, self.currency.decimals)}\xa0{self.currency.code}"

    def hour(self, at_ms: int) -> str:
        """Write a moment of the day: "14 h 05"."""
        local = local_time(at_ms, self.time_zone)
        return f"{local.hour}\xa0h\xa0{local.minute:02d}"


def cash(count: Count, words: Words) -> Finding:
    """Tell a difference between a drawer and its tickets."""
    what = "manque" if count.difference < 0 else "excédent"
    till = words.tills.get(count.till_id, count.till_id)
    amount = words.amount(abs(count.difference))
    parts = [
        f"Fond {words.amount(count.float)}",
        f"ventes en espèces {words.amount(count.sold)}",
        f"remboursements {words.amount(count.refunded)}",
        f"mouvements {words.amount(count.moved)}",
    ]
    who = words.people.get(count.operator_id, count.operator_id)
    detail = (
        f"{' ; '.join(parts)} : {words.amount(count.expected)} attendus, {words.amount(count.counted)} comptés"
        f" par {who} le {day_in_words(count.business_day)}."
    )
    if count.candidates:
        detail += "\nÀ vérifier : " + " ; ".join(_candidate(one, words) for one in count.candidates) + "."
    else:
        detail += "\nAucune vente, annulation ou ouverture du tiroir n’explique cet écart."
    related = tuple(one.event_id for one in count.candidates if one.is_ticket)
    title = f"Caisse {till} : {what} de {amount}"
    return Finding(
        f"cash:{count.shift_id}", count.business_day, "cashVariance", title, detail, count.confidence, related
    )


def best(day: str, by_net: Sequence[tuple[Product, int]], by_quantity: Sequence[tuple[Product, int]],
         confidence: int, sales: Ids, words: Words) -> Finding:  # fmt: skip
    """Tell what sold most."""
    first, net = by_net[0]
    amounts = " ; ".join(f"{shown(one)} {words.amount(sum_)}" for one, sum_ in by_net)
    quantities = " ; ".join(f"{shown(one)} ×\xa0{written_quantity(sum_)}" for one, sum_ in by_quantity)
    detail = f"Sur {TOP_DAYS} jours, remboursements déduits. En montant : {amounts}.\nEn quantité : {quantities}."
    title = f"{shown(first)} : meilleure vente, {words.amount(net)} en {TOP_DAYS} jours"
    named = {product.product_id for product, _ in (*by_net, *by_quantity)}
    return Finding("top", day, "topSeller", title, detail, confidence, _together(sales, sorted(named)))


def rise(day: str, trend: Trend, sales: Ids) -> Finding:
    """Tell a product that sells more."""
    product = trend.product
    surely = round(PERCENT * (trend.bound - 1))
    detail = (
        f"{_lines(trend.recent)} en {RISING_DAYS} jours, pour {trend.expected} attendues au rythme des quatre semaines"
        f" d’avant et avec la fréquentation d’aujourd’hui. La hausse est d’au moins {surely}\xa0%."
        " À réapprovisionner avant que le rayon ne soit vide."
    )
    title = f"{shown(product)} : les ventes montent"
    return Finding(
        f"rising:{product.product_id}", day, "topSeller", title, detail, _thousandths(trend.confidence),
        tuple(sales.get(product.product_id, ())),
    )  # fmt: skip


def fall(day: str, trend: Trend, sales: Ids) -> Finding:
    """Tell a product that sells less."""
    product = trend.product
    surely = round(PERCENT * (1 - trend.bound))
    detail = (
        f"{_lines(trend.recent)} en {SLOWING_DAYS} jours, pour {trend.expected} attendues au rythme des quatre semaines"
        f" d’avant. La baisse est d’au moins {surely}\xa0%. Prix, place en rayon ou saison : à vous de voir."
    )
    title = f"{shown(product)} : se vend moins"
    return Finding(
        f"slowing:{product.product_id}", day, "watchlist", title, detail, _thousandths(trend.confidence),
        tuple(sales.get(product.product_id, ())),
    )  # fmt: skip


def silence(day: str, one: Stopped, sales: Ids) -> Finding:
    """Tell a product that sold regularly and no longer does."""
    usual = f"vendu {one.sale_days} jours sur {one.open_days}"
    longest = f"jamais plus de {_days(one.longest_gap)} d’ouverture sans vente"
    detail = (
        f"Dernière vente le {day_in_words(one.last_day)}, puis {_days(one.silent)} d’ouverture sans une seule. Avant :"
        f" {usual}, {longest if one.longest_gap else 'sans un jour de pause'}."
        " Vérifiez le rayon, la réserve et l’étiquette."
    )
    title = f"{shown(one.product)} : rupture possible"
    return Finding(
        f"stopped:{one.product.product_id}", day, "watchlist", title, detail, _thousandths(one.confidence),
        tuple(sales.get(one.product.product_id, ())),
    )  # fmt: skip


def shown(product: Product) -> str:
    """Return a product's name, cut where it is very long."""
    name = product.name or product.product_id
    return name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"


def day_in_words(day: str) -> str:
    """Write a day: "samedi 21 novembre"."""
    on = date.fromisoformat(day)
    number = "1er" if on.day == 1 else str(on.day)
    return f"{DAYS[on.weekday()]} {number} {MONTHS[on.month - 1]}"


def _candidate(one: Candidate, words: Words) -> str:
    amount, hour = words.amount(one.amount), words.hour(one.at_ms)
    match one.kind:
        case Kind.DRAWER_OPENED:
            said = f"tiroir ouvert sans vente à {hour}"
        case Kind.CART_VOIDED:
            said = f"panier de {amount} annulé à {hour}"
        case Kind.LINE_REMOVED:
            said = f"ligne de {amount} retirée à {hour}"
        case Kind.SALE_REFUNDED:
            said = f"remboursement {one.receipt} de {amount} à {hour}"
        case _:
            said = f"ticket {one.receipt} de {amount} à {hour}"
    if one.flagged:
        said += ", signalé"
    return said if one.is_ticket else f"{said} (écriture {one.event_id})"


def _days(count: int) -> str:
    return f"{count} jours" if count > 1 else "1 jour"


def _lines(count: int) -> str:
    return f"{count} ventes" if count > 1 else "1 vente"


def _together(sales: Ids, products: Sequence[str]) -> tuple[str, ...]:
    """Return the sales of several products, each once, the newest first."""
    return tuple(sorted({one for product in products for one in sales.get(product, ())}, reverse=True))


def _thousandths(confidence: float) -> int:
    return round(WHOLE * confidence)
