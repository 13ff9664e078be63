"""One row of a product list as people and programs write it, read into a product or refused with a reason.

It sees a row at a time; files, and what other rows say, are not known here.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from seraphine_pos.domain import barcode
from seraphine_pos.domain.money import AMOUNT_MAX, Currency, parse_amount, parse_quantity
from seraphine_pos.domain.product import NAME_MAX, NOTES_MAX, PackCode, Product, tidy
from seraphine_pos.domain.product_columns import Columns
from seraphine_pos.domain.reason import Reason, Wording, because
from seraphine_pos.domain.refusal import InvalidAmount, InvalidQuantity
from seraphine_pos.domain.tax import Tax

SHOWN_MAX: Final = 40
KEY_MAX: Final = 200

WRONG_WIDTH = Wording(
    "{found} colonnes au lieu de {expected}",
    "the row has {found} columns, the header has {expected}",
    kind="not as many columns as the header",
)
NO_CODE = Wording("pas de code-barres", "there is no barcode")
CODE_TOO_LONG = Wording(
    "le code a {length} caractères, {limit} au plus",
    "the barcode has {length} characters, at most {limit} are possible",
    kind="the barcode is too long",
)
CODE_UNREADABLE = Wording(
    "le code contient un caractère invisible (NUL ou autre)", "the barcode holds an unprintable character (NUL or such)"
)
CODE_AS_NUMBER = Wording(
    "un tableur a changé le code en nombre ({text}) ; mettez la colonne au format texte",
    "a spreadsheet turned the barcode into a number ({text}); format that column as text and export again",
    kind="a spreadsheet turned the barcode into a number",
)
NO_NAME = Wording("pas de nom", "there is no name")
NAME_UNREADABLE = Wording("le nom contient un caractère NUL", "the name holds a NUL character")
NAME_TOO_LONG = Wording(
    "le nom a {length} caractères, {limit} au plus",
    "the name has {length} characters, at most {limit} are possible",
    kind="the name is too long",
)
TEXT_TOO_LONG = Wording(
    "la catégorie, l'unité ou la note dépasse {limit} caractères",
    "the category, the unit or the note is longer than {limit} characters",
    kind="the category, the unit or the note is too long",
)
NO_PRICE = Wording("pas de prix", "there is no price")
PRICE_UNREADABLE = Wording(
    "« {text} » n'est pas un prix",
    "“{text}” is not a price",
    kind="the price cannot be read",
)
PRICE_NEGATIVE = Wording(
    "le prix est négatif ({text})",
    "the price is negative ({text})",
    kind="the price is negative",
)
PRICE_AMBIGUOUS = Wording(
    "« {text} » : milliers ou décimales ? Écrivez le prix sans séparateur de milliers",
    "“{text}” may mean thousands or decimals; write the price without a thousands separator",
    kind="the price may mean thousands or decimals",
)
PRICE_TOO_FINE = Wording(
    "« {text} » a plus de décimales que {currency} ({decimals})",
    "“{text}” has more decimals than {currency} ({decimals})",
    kind="the price has more decimals than the currency",
)
PRICE_TOO_LARGE = Wording(
    "le prix est trop grand ({text})",
    "the price is too large ({text})",
    kind="the price is too large",
)
UNKNOWN_TAX = Wording(
    "taxe « {text} » inconnue ; le magasin a {known}",
    "tax “{text}” is unknown; the store has {known}",
    kind="the tax is unknown",
)
WEIGHT_UNREADABLE = Wording(
    "« {text} » : vendu au poids, oui ou non ?",
    "“{text}”: sold by weight, yes (1) or no (0)?",
    kind="by weight or not cannot be read",
)
ACTIVE_UNREADABLE = Wording(
    "« {text} » : en vente, oui ou non ?",
    "“{text}”: on sale, yes (1) or no (0)?",
    kind="on sale or not cannot be read",
)
PACK_QUANTITY = Wording(
    "« {text} » n'est pas la quantité d'un lot",
    "“{text}” is not how many a pack holds",
    kind="the pack's quantity cannot be read",
)

ZERO_RESTORED = Wording(
    "le code avait perdu ses zéros de tête ; ils sont remis, et l'ancien code reste valable",
    "the barcode had lost its leading zeros: restored, and the code as written is kept beside it",
)
WRONG_CHECK_DIGIT = Wording(
    "la clé de contrôle est fausse ; code gardé tel quel", "the check digit is wrong: the barcode is kept as written"
)
FREE = Wording("le prix est zéro", "the price is zero")
OTHER_CURRENCY = Wording(
    "prix en {currency}, montant repris tel quel", "the price is in {currency}, the amount is taken as it is"
)
WRONG_CURRENCY = Wording(
    "prix en {currency}, or le magasin compte en {counted}",
    "the price is in {currency}, the store counts in {counted}",
    kind="the price is in another currency",
)

_LOST_ZEROS: Final[Mapping[int, int]] = {7: 8, 10: 12, 11: 12}
_AS_NUMBER: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d+|\d{6,}[.,]0+", re.IGNORECASE)
_AS_TEXT: Final = re.compile(r"""="(.*)"|'(.*)""", re.DOTALL)
_INVISIBLE: Final = "\ufeff\u200b\u200e\u200f\u202a\u202c"
_SPACED: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?")
_ENGLISH: Final = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")
_CONTINENTAL: Final = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_PLAIN: Final = re.compile(r"(\d{0,15})(?:[.,](\d{0,15}))?")
_THOUSANDS_DIGITS: Final = 3
_YES: Final = frozenset({"1", "oui", "o", "yes", "y", "true", "vrai", "x", "כן"})
_NO: Final = frozenset({"", "0", "non", "n", "no", "false", "faux", "לא"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a store expects of a row: its currency, its taxes by code, the tax of a row that names none.

    With ``one_currency`` a price in another currency is refused; without, it is taken as it is and remarked upon,
    for whoever reads the remarks before anything is set.
    """

    currency: Currency
    taxes: Mapping[str, Tax]
    tax_code: str
    one_currency: bool = False


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A good row: the product to set, keyed by its code, and what a person should know about it.

    ``key`` is the product's as the row names it, which an export does; then the row need have no code.
    """

    product: Product
    remarks: tuple[Reason, ...] = ()
    key: str = ""


class RowRefused(Exception):
    """The row cannot become a product; it carries the reason."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def read_row(fields: Sequence[str], columns: Columns, rules: Rules) -> ProductRow:
    """Return the product that the fields of a row describe; raise RowRefused."""
    found = _of_width(fields, columns.width)
    if found is None:
        raise RowRefused(because(WRONG_WIDTH, found=len(fields), expected=columns.width))
    key = _key(columns.text(found, "key"))
    codes, code_remarks = read_code(columns.text(found, "barcode")) if _has_code(found, columns, key) else ((), ())
    pack = _pack(columns.text(found, "pack_barcode"), columns.text(found, "pack_quantity"))
    codes += tuple(one for one in pack if not codes or one.code != codes[0].code)
    by_weight = _by_weight(columns.text(found, "by_weight"))
    product = Product(
        product_id=codes[0].code if codes else key,
        name=_name(columns.text(found, "name")),
        price=read_price(columns.text(found, "price"), rules.currency),
        # An export says of each product what it is: an empty cell is no tax and no unit there.
        tax_code=_tax(columns.text(found, "tax"), replace(rules, tax_code="") if key else rules),
        codes=codes,
        category=_short(columns.text(found, "category"), NAME_MAX),
        unit=_short(columns.text(found, "unit"), NAME_MAX) or ("kg" if by_weight and not key else ""),
        by_weight=by_weight,
        notes=_short(columns.text(found, "notes"), NOTES_MAX),
        active=_active(columns.text(found, "active")),
    )
    remarks = [*code_remarks, *([because(FREE)] if product.price == 0 else [])]
    currency = columns.text(found, "currency").strip().upper() or columns.price_currency
    if currency and currency != rules.currency.code:
        if rules.one_currency:
            raise RowRefused(because(WRONG_CURRENCY, currency=currency[:SHOWN_MAX], counted=rules.currency.code))
        remarks.append(because(OTHER_CURRENCY, currency=currency))
    return ProductRow(product, tuple(remarks), key)


def completed(product: Product, known: Product | None, columns: Columns) -> Product:
    """Return a listed product with what the store knows of it besides and the list has no column for.

    A price list changes names and prices; the tax, the shelf and the further codes that the shop
    gave a product are not its business.
    """
    if known is None:
        return product
    kept = {
        name: getattr(known, name)
        for name, column in (
            ("tax_code", "tax"), ("category", "category"), ("unit", "unit"), ("by_weight", "by_weight"),
            ("notes", "notes"), ("active", "active"),
        )
        if column not in columns.places and not (name == "unit" and product.by_weight)
    }  # fmt: skip
    # A cell holds one line: notes of several that stand in it stay what they are.
    if tidy(known.notes) == product.notes:
        kept["notes"] = known.notes
    return replace(product, codes=_codes(product.codes, known.codes), **kept)


def _codes(listed: tuple[PackCode, ...], known: tuple[PackCode, ...]) -> tuple[PackCode, ...]:
    """Return the codes of a product that a list names some of, in the order they were in when it adds none."""
    have = {pack.code: pack for pack in known}
    # What lost its zeros, or was given some by mistake, is the code that the shop knows.
    bare = {pack.code.lstrip("0"): pack.code for pack in reversed(known)}
    named: dict[str, PackCode] = {}
    for place, pack in enumerate(listed):
        code = pack.code if pack.code in have else bare.get(pack.code.lstrip("0"), pack.code)
        # A row says nothing of the quantity that its own code sells.
        quantity = have[code].quantity if place == 0 and code in have else pack.quantity
        named.setdefault(code, PackCode(code, quantity))
    listed = tuple(named.values())
    if all(have.get(pack.code) == pack for pack in listed) and (not listed or listed[0] == known[0]):
        return known
    return (*listed, *(pack for pack in known if pack.code not in named))


def read_code(text: str) -> tuple[tuple[PackCode, ...], tuple[Reason, ...]]:
    """Return the codes a printed code is found by, the product's key first; raise RowRefused.

    A code that lost its leading zeros on its way through a spreadsheet is known by its right check
    digit once they are back. A short code of the shop's own passes that test by chance one time in
    ten, so what was written stays a code of the product as well.
    """
    written = _unwrapped(text)
    if not written:
        raise RowRefused(because(NO_CODE))
    if len(written) > barcode.CODE_MAX:
        raise RowRefused(because(CODE_TOO_LONG, length=len(written), limit=barcode.CODE_MAX))
    if not written.isprintable():
        raise RowRefused(because(CODE_UNREADABLE))
    if _AS_NUMBER.fullmatch(written):
        raise RowRefused(because(CODE_AS_NUMBER, text=written[:SHOWN_MAX]))
    if not (written.isascii() and written.isdigit()):
        return (PackCode(barcode.key_of(written)),), ()
    restored = written.zfill(_LOST_ZEROS.get(len(written), 0))
    if restored != written and barcode.is_gtin(restored):
        return (PackCode(barcode.key_of(restored)), PackCode(written)), (because(ZERO_RESTORED),)
    remarks = (because(WRONG_CHECK_DIGIT),) if barcode.has_wrong_digit(written) else ()
    return (PackCode(barcode.key_of(written)),), remarks


def read_price(text: str, currency: Currency) -> int:
    """Return a price in minor units, from "12.5", "12,50", "1 234,50" or "1,234.50"; raise RowRefused.

    What could be read in two ways, as thousands or as decimals, is refused rather than guessed.
    """
    shown = text[:SHOWN_MAX]
    bare = text.strip(f"{_INVISIBLE} \t\r\n\u00a0\u202f₪$€£")
    if not bare:
        raise RowRefused(because(NO_PRICE))
    negative = bare.startswith(("-", "\u2212", "("))
    whole, fraction = _whole_and_fraction(bare.strip("-\u2212()"), shown, currency)
    if negative:
        raise RowRefused(because(PRICE_NEGATIVE, text=shown))
    if len(fraction) > currency.decimals:
        raise RowRefused(because(PRICE_TOO_FINE, text=shown, currency=currency.code, decimals=currency.decimals))
    amount = int((whole or "0") + fraction.ljust(currency.decimals, "0"))
    if amount > AMOUNT_MAX:
        raise RowRefused(because(PRICE_TOO_LARGE, text=shown))
    return amount


def _whole_and_fraction(bare: str, shown: str, currency: Currency) -> tuple[str, str]:
    """Split at the decimal mark, without thousands separators and without idle zeros at the end."""
    if _SPACED.fullmatch(bare):
        bare = re.sub(r"[^\d.,]", "", bare)
    elif _ENGLISH.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _CONTINENTAL.fullmatch(bare):
        bare = bare.replace(".", "")
    match = _PLAIN.fullmatch(bare) if bare.isascii() else None
    if match is None or not (match[1] or match[2]):
        raise RowRefused(because(PRICE_UNREADABLE, text=shown))
    whole, fraction = match[1], match[2] or ""
    like_thousands = len(fraction) == _THOUSANDS_DIGITS and whole.strip("0") and len(whole) <= _THOUSANDS_DIGITS
    if like_thousands and currency.decimals < _THOUSANDS_DIGITS:
        raise RowRefused(because(PRICE_AMBIGUOUS, text=shown))
    return whole, fraction.rstrip("0")


def _of_width(fields: Sequence[str], width: int) -> Sequence[str] | None:
    if len(fields) > width and not any(fields[width:]):
        return fields[:width]
    return fields if len(fields) == width else None


def _unwrapped(text: str) -> str:
    """Return a code without the spaces, marks and quotes that spreadsheets put around it."""
    bare = text.strip().strip(_INVISIBLE).strip()
    wrapped = _AS_TEXT.fullmatch(bare)
    return (wrapped[1] or wrapped[2] or "").strip() if wrapped else bare


def _name(text: str) -> str:
    if "\0" in text:
        raise RowRefused(because(NAME_UNREADABLE))
    name = tidy(text)
    if not name:
        raise RowRefused(because(NO_NAME))
    if len(name) > NAME_MAX:
        raise RowRefused(because(NAME_TOO_LONG, length=len(name), limit=NAME_MAX))
    return name


def _short(text: str, longest: int) -> str:
    """Return a tidy text that a product can hold."""
    bare = tidy(text) if text else ""
    if len(bare) > longest:
        raise RowRefused(because(TEXT_TOO_LONG, limit=longest))
    return bare


def _by_weight(text: str) -> bool:
    answer = text.strip().casefold()
    if answer not in _YES | _NO:
        raise RowRefused(because(WEIGHT_UNREADABLE, text=text[:SHOWN_MAX]))
    return answer in _YES


def _active(text: str) -> bool:
    answer = text.strip().casefold()
    if answer not in _YES | _NO:
        raise RowRefused(because(ACTIVE_UNREADABLE, text=text[:SHOWN_MAX]))
    return not answer or answer in _YES


def _key(text: str) -> str:
    """Return the key that a row names its product by, empty for none."""
    if len(text) > KEY_MAX:
        raise RowRefused(because(CODE_TOO_LONG, length=len(text), limit=KEY_MAX))
    if not text.isprintable():
        raise RowRefused(because(CODE_UNREADABLE))
    return text


def _has_code(found: Sequence[str], columns: Columns, key: str) -> bool:
    return not key or bool(_unwrapped(columns.text(found, "barcode")))


def _pack(code: str, quantity: str) -> tuple[PackCode, ...]:
    """Return the code of a pack of several, when the row has one."""
    if not _unwrapped(code):
        return ()
    (pack, *_), _remarks = read_code(code)
    try:
        return (PackCode(pack.code, parse_quantity(quantity)),)
    except InvalidQuantity:
        raise RowRefused(because(PACK_QUANTITY, text=quantity[:SHOWN_MAX])) from None


def _tax(text: str, rules: Rules) -> str:
    """Return the code of the tax that a row names by its code or its rate ("20", "5,5 %")."""
    named = text.strip()
    if not named:
        return rules.tax_code
    if named in rules.taxes:
        return named
    with suppress(InvalidAmount):
        rate = parse_amount(named.rstrip("% \u00a0\u202f"), 2)
        for tax in rules.taxes.values():
            if tax.rate == rate:
                return tax.code
    raise RowRefused(because(UNKNOWN_TAX, text=named[:SHOWN_MAX], known=", ".join(sorted(rules.taxes))))
