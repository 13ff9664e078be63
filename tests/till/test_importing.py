"""A product list on its way into the catalogue: every row is imported or listed, and the numbers add up."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.product import PackCode, Product, from_body
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, Head, ImportRow, Page, RowResult
from seraphine_pos.domain.reason import Reason
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.domain.tax import Tax
from seraphine_pos.till.importing import Checked, Reading, check, remarks, send, write_refused

RULES = Rules(currency_of("MAD"), {"TVA20": Tax("TVA20", "TVA 20 %", 2000)}, "TVA20")
PLAIN = Reading()


class CatalogueServer:
    """A store's server that knows importing alone: it keeps bodies by key and refuses some keys."""

    def __init__(self, refuses: Mapping[str, str] | None = None) -> None:
        self.products: dict[str, Mapping[str, object]] = {}
        self.refuses = refuses or {}
        self.blocks: list[int] = []

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        assert operator_id == "owner"
        self.blocks.append(len(rows))
        return [self._one(row, dry_run=dry_run) for row in rows]

    def _one(self, row: ImportRow, *, dry_run: bool) -> RowResult:
        if row.key in self.refuses:
            return RowResult(row.key, "refused", self.refuses[row.key])
        known = self.products.get(row.key)
        if not dry_run:
            self.products[row.key] = row.body
        return RowResult(row.key, "created" if known is None else "unchanged" if known == row.body else "updated")

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        raise AssertionError("an import only imports")

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        raise AssertionError("an import only imports")

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        raise AssertionError("an import only imports")

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        raise AssertionError("an import only imports")

    def journals(self) -> list[Head]:
        raise AssertionError("an import only imports")

    def report(self, query: ReportQuery) -> ReportData:
        raise AssertionError("an import only imports")


def unseen(done: int, total: int) -> None:
    assert done <= total


def made(folder: Path, *lines: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def checked(folder: Path, *lines: str, reading: Reading = PLAIN) -> Checked:
    found = check(made(folder, *lines), reading, RULES, unseen)
    assert found.rows == len(found.good) + len(found.bad) + found.superseded + found.elsewhere + found.empty
    return found


def refusal(path: Path, reading: Reading = PLAIN) -> str:
    with pytest.raises(InvalidFile) as refused:
        check(path, reading, RULES, unseen)
    reason = refused.value.details["reason"]
    assert isinstance(reason, Reason)
    return reason.english


DIRTY = (
    "ean,nom,prix",
    "3017620422003,Pâte,32.90",
    ",sans code,1.00",
    "96385074,négatif,-4",
    "036000291452,Mouchoirs,12.50",
    ",,",
    '85123A,"ouvert,1.00',
    "42,Pain,3.00,trop",
    "3017620422003,Pâte à tartiner,33.90",
)


def test_good_rows_are_told_from_bad_ones_and_the_last_of_a_code_wins(tmp_path: Path) -> None:
    found = checked(tmp_path, *DIRTY)
    assert [(good.line, good.row.product.name, good.row.product.price) for good in found.good] == [
        (9, "Pâte à tartiner", 3390),
        (5, "Mouchoirs", 1250),
    ]
    assert [(bad.line, bad.reason.english[:22]) for bad in found.bad] == [
        (3, "there is no barcode"),
        (4, "the price is negative "),
        (7, "broken CSV line, is a "),
        (8, "the row has 4 columns,"),
    ]
    assert (found.rows, found.superseded, found.empty) == (8, 1, 1)


def test_a_bad_last_row_does_not_take_the_good_one_with_it(tmp_path: Path) -> None:
    found = checked(tmp_path, "ean,nom,prix", "42,Pain,3.00", "42,Pain,cher")
    assert [good.row.product.price for good in found.good] == [300]
    assert [bad.line for bad in found.bad] == [3]


SHOPS = ("chain,chain id,store id,ean,nom,prix", "Rami,729,39,42,a,1", "Rami,729,40,42,b,2", "Victory,730,39,42,c,3")


@pytest.mark.parametrize(("shop", "name"), [("729/39", "a"), ("Rami/40", "b"), ("40", "b"), ("Victory", "c")])
def test_one_shop_of_a_list_is_picked(tmp_path: Path, shop: str, name: str) -> None:
    found = checked(tmp_path, *SHOPS, reading=Reading(shop=shop))
    assert [good.row.product.name for good in found.good] == [name]
    assert (found.elsewhere, found.superseded) == (2, 0)


def test_without_a_shop_the_last_row_wins_and_the_shops_are_counted(tmp_path: Path) -> None:
    found = checked(tmp_path, *SHOPS)
    assert [good.row.product.name for good in found.good] == ["c"]
    assert found.superseded == 2
    assert found.shops == {"729/39": 1, "729/40": 1, "730/39": 1}


def test_a_shop_that_is_none_or_several_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, *SHOPS)
    assert "may be any of 729/39, 730/39" in refusal(path, Reading(shop="39"))
    assert "no row is of the shop “9”; the file has 729/39, 729/40, 730/39" in refusal(path, Reading(shop="9"))
    assert "leave --shop out" in refusal(made(tmp_path, "ean,nom,prix", "1,a,1"), Reading(shop="9"))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("ean,nom,prix",), "nothing below it"),
        (("", ""), "nothing below it"),
        (("nom,prix", "a,1"), "no column for barcode"),
        (('"open,b,c', "1,2,3"), "broken CSV line"),
    ],
)
def test_a_file_that_cannot_be_a_list_is_refused_whole(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    assert why in refusal(made(tmp_path, *lines))


def test_a_file_without_header_is_read_by_the_numbers_of_its_columns(tmp_path: Path) -> None:
    reading = Reading(columns={"barcode": "2", "name": "1", "price": "3"}, header=False)
    found = checked(tmp_path, "Pain,42,3.00", "Lait,43,7.00", reading=reading)
    assert [good.row.product.name for good in found.good] == ["Pain", "Lait"]


def test_a_pack_code_belongs_to_one_product(tmp_path: Path) -> None:
    found = checked(
        tmp_path, "ean,nom,prix,code lot,quantite lot", "42,a,1,900,6", "43,b,1,900,12", "44,c,1,42,2", "45,d,1,,"
    )
    assert [good.row.product.name for good in found.good] == ["a", "d"]
    assert [(bad.line, "another product's already (line 2)" in bad.reason.english) for bad in found.bad] == [
        (3, True),
        (4, True),
    ]


def test_remarks_are_gathered_with_their_lines(tmp_path: Path) -> None:
    found = checked(tmp_path, "ean,nom,prix", "7290003444009,a,1", "10181040009,b,0", "42,c,0")
    assert [(reason.english[:20], lines) for reason, lines in remarks(found)] == [
        ("the check digit is w", [2]),
        ("the barcode had lost", [3]),
        ("the price is zero", [3, 4]),
    ]


def test_blocks_are_sent_and_a_second_import_changes_nothing(tmp_path: Path) -> None:
    found = checked(tmp_path, "ean,nom,prix", *(f"A{number},a,1" for number in range(IMPORT_ROWS_MAX + 1)))
    server = CatalogueServer()
    tried = send(server, "owner", found, unseen, dry_run=True)
    assert (tried.outcomes["created"], server.products) == (501, {})
    assert send(server, "owner", found, unseen, dry_run=False).outcomes["created"] == 501
    again = send(server, "owner", found, unseen, dry_run=False)
    assert again.outcomes == {"created": 0, "updated": 0, "unchanged": 501}
    assert server.blocks == [500, 1] * 3


def test_what_a_list_does_not_say_stays_as_the_shop_has_it(tmp_path: Path) -> None:
    codes = (PackCode("42"), PackCode("4200", 12_000))
    ours = Product("42", "Pain", 300, "TVA7", codes, "Boulangerie", "pièce", notes="croûte", active=False)
    server = CatalogueServer()
    plain = checked(tmp_path, "ean,nom,prix", "42,Pain complet,3.50")
    send(server, "owner", plain, unseen, dry_run=False, known={"42": ours}.get)
    assert from_body("42", server.products["42"]) == replace(ours, name="Pain complet", price=350)
    said = checked(tmp_path, "ean,nom,prix,rayon,tva,note", "42,Pain,3.50,Epicerie,TVA20,")
    send(server, "owner", said, unseen, dry_run=False, known={"42": ours}.get)
    expected = replace(ours, price=350, category="Epicerie", tax_code="TVA20", notes="")
    assert from_body("42", server.products["42"]) == expected
    weighed = checked(tmp_path, "ean,nom,prix,au poids", "42,Pain,3.50,1")
    send(server, "owner", weighed, unseen, dry_run=False, known={"42": ours}.get)
    assert from_body("42", server.products["42"]) == replace(ours, price=350, unit="kg", by_weight=True)


def test_what_the_server_refuses_is_listed_with_its_line(tmp_path: Path) -> None:
    found = checked(tmp_path, "ean,nom,prix", "42,Pain,3.00", "43,Lait,7.00")
    sent = send(CatalogueServer({"43": "no such tax"}), "owner", found, unseen, dry_run=False)
    assert sent.outcomes["created"] == 1
    assert [(bad.line, bad.reason.english) for bad in sent.refused] == [(3, "the server refused it: no such tax")]


def test_bad_rows_are_written_as_they_were_and_can_be_imported_once_corrected(tmp_path: Path) -> None:
    found = checked(tmp_path, *DIRTY)
    path = write_refused(found, found.bad, tmp_path)
    assert path.name == "list.refused.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert written[0] == ["line", "reason", "ean", "nom", "prix"]
    assert [row[0] for row in written[1:]] == ["3", "4", "7", "8"]
    assert written[2][2:] == ["96385074", "négatif", "-4"]
    assert written[3][2:] == ['85123A,"ouvert,1.00']
    path.write_text(path.read_text("utf-8-sig").replace(",-4", ",4"), encoding="utf-8")
    assert [good.row.product.name for good in check(path, PLAIN, RULES, unseen).good] == ["négatif"]


def test_an_older_file_of_bad_rows_is_left_alone(tmp_path: Path) -> None:
    found = checked(tmp_path, *DIRTY)
    names = [write_refused(found, found.bad, tmp_path).name for _ in range(3)]
    assert names == ["list.refused.csv", "list.refused-2.csv", "list.refused-3.csv"]


def test_the_whole_catalogue_is_taken(data_dir: Path) -> None:
    found = check(data_dir / "catalogue.csv", PLAIN, RULES, unseen)
    assert (found.rows, len(found.good), found.bad, found.superseded) == (40_940, 40_940, (), 0)


def test_the_original_price_lists_are_taken_dirt_and_all(data_dir: Path) -> None:
    path = data_dir / "pricelist_original_2026-08-10.csv.gz"
    found = check(path, PLAIN, RULES, unseen)
    assert (found.rows, len(found.good), len(found.bad), found.superseded) == (75_202, 39_535, 0, 35_667)
    said = {reason.english[:20]: len(lines) for reason, lines in remarks(found)}
    assert said == {
        "the barcode had lost": 761,
        "the price is in ILS,": 39_535,
        "the check digit is w": 160,
        "the price is zero": 2,
    }
    one = check(path, Reading(shop="רמי לוי"), RULES, unseen)
    assert (len(one.good), one.elsewhere, one.superseded) == (15_991, 75_202 - 15_991, 0)
