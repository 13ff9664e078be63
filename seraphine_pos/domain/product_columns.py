"""Which column of a product list means what: by its header in French, English or Hebrew, or as a person says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seraphine_pos.domain.reason import Reason, Wording, because

NO_COLUMN = Wording(
    "pas de colonne pour {missing} ; indiquez-la (colonnes du fichier : {header})",
    "no column for {missing}; name it with --columns, for example --columns {example} (the file has: {header})",
)
TWO_COLUMNS = Wording(
    "deux colonnes peuvent être {field} : {names} ; indiquez laquelle",
    "two columns may be the {field}: {names}; say which one with --columns {field}=…",
)
UNKNOWN_FIELD = Wording(
    "champ inconnu « {field} » ; les champs sont {known}", "there is no field “{field}”; the fields are {known}"
)
UNKNOWN_COLUMN = Wording(
    "pas de colonne « {column} » (colonnes du fichier : {header})",
    "there is no column “{column}” (the file has: {header})",
)

REQUIRED: Final = ("barcode", "name", "price")

# The names of a field, best first: a file with "designation" and "description" is read by the first.
# As `_plain` writes them: lower case, no accents, no punctuation, no brackets.
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "barcode": (
        "barcode", "code barre", "code barres", "codebarre", "codebarres", "gtin", "ean", "ean13", "ean 13", "ean8",
        "upc", "upc a", "gencod", "gencode", "ברקוד", "bar code", "code produit", "code article", "item code",
        "product code", "stockcode", "stock code", "reference", "ref", "sku", "plu", "code",
    ),
    "name": (
        "name", "nom", "product name", "item name", "nom du produit", "nom produit", "nom article", "designation",
        "libelle", "שם מוצר", "שם פריט", "produit", "product", "article", "item", "intitule", "description",
    ),
    "price": (
        "price", "prix", "prix ttc", "prix de vente", "prix de vente ttc", "prix vente", "pv ttc", "pv", "ppv",
        "prix public", "selling price", "sale price", "retail price", "unit price", "unitprice", "prix unitaire",
        "pu", "tarif", "מחיר",
    ),
    "currency": ("currency", "devise", "monnaie", "מטבע"),
    "tax": ("tax code", "code tva", "tax", "tva", "taux tva", "taux de tva", "vat", "vat rate", "taxe", "מע מ"),
    "category": ("category", "categorie", "famille", "rayon", "department", "departement", "קטגוריה", "מחלקה"),
    "unit": ("unit", "unite", "unite de vente", "sale unit"),
    "by_weight": (
        "sold by weight", "by weight", "au poids", "vendu au poids", "pesable", "weighable", "a peser", "שקיל",
    ),
    "notes": ("notes", "note", "remarque", "remarques", "remark", "commentaire", "הערות"),
    "pack_barcode": ("pack barcode", "code barres lot", "code lot", "code carton", "pack code"),
    "pack_quantity": ("pack quantity", "quantite lot", "quantite par lot", "quantite carton"),
    "key": ("product key", "cle produit"),
    "active": ("active", "actif", "en vente"),
    "chain": ("chain", "enseigne", "רשת"),
    "chain_id": ("chain id", "id enseigne", "מזהה רשת"),
    "shop": ("shop", "store id", "shop id", "store", "magasin", "id magasin", "מזהה חנות"),
}  # fmt: skip

# A column of this name says how much a pack holds, so "unit" beside it is grams, not the unit of sale.
_CONTENT: Final = frozenset({"quantity", "quantite", "contenance", "content", "כמות"})
_SIGNS: Final[Mapping[str, str]] = {"₪": "ILS", "€": "EUR", "£": "GBP", "$": "USD", "dh": "MAD", "dhs": "MAD"}
_BRACKETED: Final = re.compile(r"\(([^)]*)\)|\[([^]]*)\]")
_CURRENCY_CODE: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field of a row stands; ``price_currency`` is what the price's header says, or empty."""

    width: int
    places: Mapping[str, int]
    price_currency: str = ""
    unused: tuple[str, ...] = field(default=())

    def text(self, fields: Sequence[str], name: str) -> str:
        """Return the text of a field of a row, empty when the file has no such column."""
        place = self.places.get(name)
        return "" if place is None else fields[place]


class ColumnsRefused(Exception):
    """The header does not say which column is which; it carries the reason."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def find_columns(header: Sequence[str], named: Mapping[str, str] | None = None) -> Columns:
    """Return where the fields stand in a file with this header; raise ColumnsRefused.

    ``named`` is what a person said: a field to a header or to a column's number from 1. It goes
    before what the headers seem to mean.
    """
    places = {name: _named_place(header, name, column) for name, column in (named or {}).items()}
    plain = [_plain(title) for title in header]
    for name in SYNONYMS:
        if name not in places:
            place = _place(plain, header, name, taken=set(places.values()))
            if place is not None:
                places[name] = place
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        example = ",".join(f"{name}=…" for name in missing)
        raise ColumnsRefused(because(NO_COLUMN, missing=", ".join(missing), example=example, header=_listed(header)))
    used = set(places.values())
    unused = tuple(title for place, title in enumerate(header) if place not in used and title.strip())
    return Columns(len(header), places, _currency_in(header[places["price"]]), unused)


def _place(plain: Sequence[str], header: Sequence[str], name: str, taken: set[int]) -> int | None:
    if name == "unit" and not _CONTENT.isdisjoint(plain):
        return None
    for synonym in SYNONYMS[name]:
        found = [place for place, title in enumerate(plain) if title == synonym and place not in taken]
        if len(found) > 1:
            names = ", ".join(f"{header[place].strip()} ({place + 1})" for place in found)
            raise ColumnsRefused(because(TWO_COLUMNS, field=name, names=names))
        if found:
            return found[0]
    return None


def _named_place(header: Sequence[str], name: str, column: str) -> int:
    if name not in SYNONYMS:
        raise ColumnsRefused(because(UNKNOWN_FIELD, field=name, known=", ".join(SYNONYMS)))
    titles = [title.strip().casefold() for title in header]
    wanted = column.strip()
    if wanted.casefold() in titles:
        return titles.index(wanted.casefold())
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    raise ColumnsRefused(because(UNKNOWN_COLUMN, column=wanted, header=_listed(header)))


def _plain(title: str) -> str:
    """Return a header without case, accents, punctuation and what stands in brackets."""
    bare = unicodedata.normalize("NFD", _BRACKETED.sub(" ", title).casefold())
    return " ".join(re.sub(r"[^\w]|_", " ", "".join(sign for sign in bare if not unicodedata.combining(sign))).split())


def _currency_in(title: str) -> str:
    """Return the currency that a header like "Prix (MAD)" or "מחיר (₪)" names, or nothing."""
    for match in _BRACKETED.finditer(title):
        said = (match[1] or match[2] or "").strip()
        if said.casefold() in _SIGNS:
            return _SIGNS[said.casefold()]
        if _CURRENCY_CODE.fullmatch(said) and said not in {"TTC", "TVA"}:
            return said
    return ""


def _listed(header: Sequence[str]) -> str:
    return ", ".join(title.strip()[:40] for title in header[:40])
