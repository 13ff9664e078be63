"""A product list from a file into the store's catalogue: check all of it, tell all that is wrong, then send.

The list goes through the store's server, which decides; nothing is kept on this till from here.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from seraphine_pos.domain.csv_rows import Row, parse
from seraphine_pos.domain.product import Product, to_body
from seraphine_pos.domain.product_columns import Columns, ColumnsRefused, find_columns
from seraphine_pos.domain.product_row import ProductRow, RowRefused, Rules, completed, read_row
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow, Server
from seraphine_pos.domain.reason import Reason, Wording, because
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.till.csv_file import CsvFile, refused

ROWS_MAX: Final = 1_000_000
PROGRESS_ROWS: Final = 1000
SHOPS_NAMED_MAX: Final = 50
REFUSED_FILES_MAX: Final = 1000

HEADER_ONLY = Wording("il n'a qu'une ligne d'en-tête", "there is a header and nothing below it")
TOO_MANY_ROWS = Wording(
    "plus de {limit} lignes ; coupez-le en plusieurs fichiers", "more than {limit} rows; split it into several files"
)
NO_SHOPS = Wording(
    "aucune colonne de magasin ; retirez --shop", "there is no column that names a shop; leave --shop out"
)
UNKNOWN_SHOP = Wording(
    "aucune ligne pour le magasin « {shop} » ; le fichier a {known}",
    "no row is of the shop “{shop}”; the file has {known}",
)
SEVERAL_SHOPS = Wording(
    "« {shop} » désigne plusieurs magasins : {known} ; donnez le nom entier",
    "“{shop}” may be any of {known}; give the whole name",
)
CODE_TAKEN = Wording(
    "le code de lot {code} est déjà celui d'un autre produit ({line})",
    "the pack barcode {code} is another product's already (line {line})",
    kind="the pack barcode is another product's",
)
SERVER_REFUSED = Wording(
    "refusé par le serveur : {why}",
    "the server refused it: {why}",
    kind="the server refused it",
)

CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"
OUTCOMES: Final = (CREATED, UPDATED, UNCHANGED)

OnProgress = Callable[[int, int], None]
Known = Callable[[str], Product | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person wants the file read; all of it may be left to the file."""

    columns: Mapping[str, str] = field(default_factory=dict)
    shop: str = ""
    delimiter: str | None = None
    encoding: str = "utf-8"
    header: bool = True


@dataclass(frozen=True, slots=True)
class Good:
    """A row to be imported, by the line it stands on, with the fields as they were read."""

    line: int
    fields: tuple[str, ...]
    row: ProductRow


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is not imported, by its line, with the fields as they were read and the reason."""

    line: int
    fields: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole file after the check: good and bad rows, the rows passed over, and what to know.

    ``rows`` is good + bad + superseded + of other shops + empty, always.
    """

    path: Path
    header: tuple[str, ...]
    columns: Columns
    good: tuple[Good, ...]
    bad: tuple[Bad, ...]
    rows: int
    superseded: int
    elsewhere: int
    empty: int
    shops: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the good rows: how many by outcome, and the ones that the server refused."""

    outcomes: Mapping[str, int]
    refused: tuple[Bad, ...]


def check(path: Path, reading: Reading, rules: Rules, on_progress: OnProgress) -> Checked:
    """Read and check the whole file; raise InvalidFile when it cannot be used at all."""
    with CsvFile(path, encoding=reading.encoding) as file:
        rows = parse(file.lines(), reading.delimiter)
        header, first = _header(path, rows, reading)
        try:
            columns = find_columns(header, reading.columns)
        except ColumnsRefused as error:
            raise InvalidFile(path=str(path), reason=error.reason) from None
        if reading.shop and "shop" not in columns.places:
            raise refused(path, NO_SHOPS)
        sorting = _Sorting(columns, rules, reading.shop)
        for row in first:
            sorting.take(row)
        for row in rows:
            sorting.take(row)
            if sorting.rows % PROGRESS_ROWS == 0:
                on_progress(file.position, file.size)
            if sorting.rows > ROWS_MAX:
                raise refused(path, TOO_MANY_ROWS, limit=ROWS_MAX)
        on_progress(file.size, file.size)
    checked = sorting.finish(path, header)
    if not checked.rows:
        raise refused(path, HEADER_ONLY)
    if reading.shop and len(sorting.picked) != 1:
        known = sorted(sorting.picked or checked.shops)[:SHOPS_NAMED_MAX]
        wording = SEVERAL_SHOPS if sorting.picked else UNKNOWN_SHOP
        raise refused(path, wording, shop=reading.shop, known=", ".join(known))
    return checked


def nothing(_product_id: str) -> Product | None:
    """Know no product, as a new store does."""
    return None


def send(
    server: Server,
    operator_id: str,
    checked: Checked,
    on_progress: OnProgress,
    *,
    dry_run: bool,
    known: Known = nothing,
) -> Imported:
    """Hand the good rows to the store's server in blocks; raise Unavailable when it is out of reach.

    ``known`` gives the products that the shop has, whose tax, shelf and further codes are kept.
    What was sent before a failure stays: the same import again finds those rows unchanged.
    """
    outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
    turned_down: list[Bad] = []
    for start in range(0, len(checked.good), IMPORT_ROWS_MAX):
        block = checked.good[start : start + IMPORT_ROWS_MAX]
        products = [completed(good.row.product, known(good.row.product.product_id), checked.columns) for good in block]
        rows = [ImportRow(product.product_id, to_body(product)) for product in products]
        results = {result.key: result for result in server.import_products(operator_id, rows, dry_run=dry_run)}
        for good in block:
            result = results[good.row.product.product_id]
            if result.outcome in OUTCOMES:
                outcomes[result.outcome] += 1
            else:
                turned_down.append(Bad(good.line, good.fields, because(SERVER_REFUSED, why=result.reason)))
        on_progress(start + len(block), len(checked.good))
    return Imported(outcomes, tuple(turned_down))


def write_refused(checked: Checked, bad: Sequence[Bad], place: Path) -> Path:
    """Write the rows that were not imported, with line and reason before them; return the file.

    ``place`` is a file that is not there yet, or a folder, in which a name is found. The file can
    be corrected and imported as it is; raise OSError.
    """
    path, file = _fresh(place, checked.path) if place.is_dir() else (place, _create(place))
    with file:
        writer = csv.writer(file)
        writer.writerow(("line", "reason", *checked.header))
        writer.writerows((row.line, row.reason.english, *row.fields) for row in bad)
    return path


def _fresh(folder: Path, source: Path) -> tuple[Path, TextIO]:
    stem = source.name.removesuffix(".gz").removesuffix(".csv")
    path = folder / f"{stem}.refused.csv"
    for number in range(2, REFUSED_FILES_MAX):
        try:
            return path, _create(path)
        except FileExistsError:
            path = folder / f"{stem}.refused-{number}.csv"
    return path, _create(path)


def _create(path: Path) -> TextIO:
    """Open a new file; the byte order mark is for spreadsheets that would not know UTF-8 without it."""
    return path.open("x", encoding="utf-8-sig", newline="")


class _Sorting:
    """The rows of one file, being told apart."""

    def __init__(self, columns: Columns, rules: Rules, shop: str) -> None:
        self.rows = 0
        self._columns = columns
        self._rules = rules
        self._shop = shop
        self._good: dict[str, Good] = {}
        self._bad: list[Bad] = []
        self._superseded = 0
        self._elsewhere = 0
        self._empty = 0
        self._shops: Counter[str] = Counter()
        self.picked: set[str] = set()

    def take(self, row: Row) -> None:
        """Put one row where it belongs."""
        self.rows += 1
        if row.fault is not None:
            self._bad.append(Bad(row.line, row.fields, row.fault))
        elif not any(map(str.strip, row.fields)):
            self._empty += 1
        elif self._is_elsewhere(row.fields):
            self._elsewhere += 1
        else:
            self._read(row)

    def _is_elsewhere(self, fields: tuple[str, ...]) -> bool:
        if len(fields) != self._columns.width or "shop" not in self._columns.places:
            return False
        names = _names_of_shop(fields, self._columns)
        self._shops[names[0]] += 1
        if self._shop not in names:
            return bool(self._shop)
        self.picked.add(names[0])
        return False

    def _read(self, row: Row) -> None:
        try:
            read = read_row(row.fields, self._columns, self._rules)
        except RowRefused as error:
            self._bad.append(Bad(row.line, row.fields, error.reason))
            return
        self._superseded += read.product.product_id in self._good
        self._good[read.product.product_id] = Good(row.line, row.fields, read)

    def finish(self, path: Path, header: tuple[str, ...]) -> Checked:
        """Return everything, after a look at the codes that one product would take from another."""
        self._refuse_taken_codes()
        return Checked(
            path, header, self._columns, tuple(self._good.values()),
            tuple(sorted(self._bad, key=lambda bad: bad.line)), self.rows,
            self._superseded, self._elsewhere, self._empty, self._shops,
        )  # fmt: skip

    def _refuse_taken_codes(self) -> None:
        owners = {key: good.line for key, good in self._good.items()}
        for key, good in list(self._good.items()):
            for pack in good.row.product.codes[1:]:
                line = owners.setdefault(pack.code, good.line)
                if line != good.line:
                    reason = because(CODE_TAKEN, code=pack.code, line=line)
                    self._bad.append(Bad(good.line, good.fields, reason))
                    del self._good[key]
                    break


def _header(path: Path, rows: Iterator[Row], reading: Reading) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Return the header and the rows already taken; a file without one gets its columns' numbers."""
    first = next(rows, None)
    if first is None:
        raise refused(path, HEADER_ONLY)
    if first.fault is not None:
        raise InvalidFile(path=str(path), reason=first.fault)
    if reading.header:
        return first.fields, ()
    return tuple(str(number) for number in range(1, len(first.fields) + 1)), (first,)


def _names_of_shop(fields: Sequence[str], columns: Columns) -> tuple[str, ...]:
    """Return every way to name a row's shop, the fullest first: "chain id/shop", then its parts."""
    shop = columns.text(fields, "shop").strip()
    chains = [columns.text(fields, name).strip() for name in ("chain_id", "chain")]
    return (*(f"{chain}/{shop}" for chain in chains if chain), shop, *chains)


def remarks(checked: Checked) -> Iterator[tuple[Reason, list[int]]]:
    """Yield what should be known about rows that are imported, each with the lines it is about."""
    lines: dict[str, tuple[Reason, list[int]]] = {}
    for good in checked.good:
        for reason in good.row.remarks:
            lines.setdefault(reason.english, (reason, []))[1].append(good.line)
    for reason, found in lines.values():
        yield reason, sorted(found)
