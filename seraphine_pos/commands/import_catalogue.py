"""The command ``import-catalogue``: a product list from a file into the store's catalogue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.commands.exchange import exchange
from seraphine_pos.commands.opening import Place, opened
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal, Unusable
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.shop import Shop
from seraphine_pos.till.importing import Bad, Checked, Imported, Reading, check, remarks, send, write_refused

LINES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    path: Path
    reading: Reading = field(default_factory=Reading)
    tax_code: str = ""
    operator: str = ""
    dry_run: bool = False
    refused_to: Path | None = None


def run(wish: Wish, place: Place, terminal: Terminal) -> int:
    """Check the whole file, show all that is wrong, import the good rows; return the exit code."""
    with opened(place, terminal, operator=wish.operator, beside=True) as shop:
        rules = rules_of(shop, wish.tax_code)
        with terminal.progress("Checking") as progress:
            checked = check(wish.path, wish.reading, rules, progress)
        _tell_remarks(checked, rules, terminal)
        _tell_bad(checked.bad, terminal)
        if shop.stored.database.writable:
            # What the list does not say stays as the shop has it, so that must be known first.
            exchange(shop, terminal, "Fetching what the shop has")
        operator = shop.session.require()
        with terminal.progress("Trying" if wish.dry_run else "Importing") as progress:
            imported = send(
                shop.server, operator.staff_id, checked, progress, dry_run=wish.dry_run, known=shop.catalogue.get
            )
        _tell_bad(imported.refused, terminal)
        _tell_table(checked, imported, terminal, dry_run=wish.dry_run)
        if not wish.dry_run and shop.stored.database.writable:
            exchange(shop, terminal, "Fetching the catalogue to this till")
    bad = sorted((*checked.bad, *imported.refused), key=lambda one: one.line)
    if bad and not wish.dry_run:
        _keep(checked, bad, wish.refused_to, terminal)
    return FOUND if bad else DONE


def rules_of(shop: Shop, tax_code: str) -> Rules:
    """Return what the store expects of a row; raise Unusable when the tax is none of its own."""
    taxes = {tax.code: tax for tax in shop.catalogue.taxes()}
    if tax_code and tax_code not in taxes:
        raise Unusable(f"the store has no tax “{tax_code}”; it has {', '.join(taxes) or 'none'}")
    return Rules(shop.store.currency, taxes, tax_code or next(iter(taxes), ""))


def _tell_remarks(checked: Checked, rules: Rules, terminal: Terminal) -> None:
    for reason, lines in remarks(checked):
        shown = ", ".join(map(str, lines[:LINES_SHOWN]))
        more = f" and {len(lines) - LINES_SHOWN:,} more" if len(lines) > LINES_SHOWN else ""
        terminal.tell(f"note: {reason.english}: {len(lines):,} rows (line {shown}{more})")
    if checked.superseded:
        shops = f" The file holds {len(checked.shops)} shops; pick one with --shop." if len(checked.shops) > 1 else ""
        terminal.tell(f"note: {checked.superseded:,} rows repeat a code; the last row of a code wins.{shops}")
    if checked.columns.unused:
        terminal.tell(f"note: columns not used: {', '.join(checked.columns.unused)}")
    if "tax" not in checked.columns.places and rules.tax_code:
        terminal.tell(f"note: new products bear the tax {rules.tax_code} (another one: --tax CODE)")


def _tell_bad(bad: Sequence[Bad], terminal: Terminal) -> None:
    for one in bad:
        terminal.tell(f"line {one.line}: {one.reason.english}")


def _tell_table(checked: Checked, imported: Imported, terminal: Terminal, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    reasons = Counter(f"refused: {_kind(one)}" for one in (*checked.bad, *imported.refused))
    rows = [
        *((f"{would}{outcome}", count) for outcome, count in imported.outcomes.items()),
        ("superseded by a later row of the same code", checked.superseded),
        ("of another shop", checked.elsewhere),
        ("empty", checked.empty),
        *reasons.most_common(),
    ]
    total = sum(count for _, count in rows)
    shown = [(name, f"{count:,}") for name, count in rows if count]
    terminal.table([*shown, ("rows of the file", f"{checked.rows:,}")])
    if total != checked.rows:
        raise AssertionError(f"{total} rows are accounted for, the file has {checked.rows}")


def _kind(bad: Bad) -> str:
    """Return what a reason is about, without the details of the row."""
    return bad.reason.wording.kind or bad.reason.english


def _keep(checked: Checked, bad: Sequence[Bad], wanted: Path | None, terminal: Terminal) -> None:
    try:
        path = write_refused(checked, bad, wanted or Path.cwd())
    except OSError as error:
        raise Unusable(
            f"the good rows are imported, but the bad ones could not be written to {error.filename}: "
            f"{error.strerror}; name another place with --refused FILE"
        ) from None
    terminal.tell(
        f"The {len(bad):,} rows that were not imported are in {path}: correct them there and import that file."
    )
