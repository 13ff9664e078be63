"""A list of products from a spreadsheet: good rows are set, bad ones told by their line, all of it or nothing."""

import gzip
import io
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.protocol import ImportRow
from sync_server import catalogue, price_list, product_names, store
from sync_server.app import build
from sync_server.errors import Problem, Refused, TooLarge
from sync_server.exports import products_csv
from sync_server.price_list import Checked, Taken
from sync_server.routes import upload
from tests.sync_server.described import DescribedCaller
from tests.sync_server.shop import OWNER, Shop, found_shop

LIST = """code barres;désignation;prix;TVA;fournisseur
6111111111111;Crème brûlée;9,50;TVA20;A
6111111111128;Œufs;12;;B
;sans code;1;;
6111111111111;Encore;1;;

6111243000017;Lait;cher;;
6111243000017;'=Lait;7;;
"""


def rules(shop: Shop) -> Rules:
    """Return what the store expects of a row."""
    with shop.database.read() as connection:
        return price_list.rules(connection, shop.store_id)


def checked(shop: Shop, text: str) -> Checked:
    """Check a list."""
    return price_list.check(text.splitlines(keepends=True), rules(shop))


def put(shop: Shop, text: str, *, dry_run: bool = False) -> Taken:
    """Import a list as the owner."""
    found = checked(shop, text)
    with shop.server.write(shop.store_id, OWNER) as tx:
        return price_list.put(tx, OWNER, found, dry_run=dry_run)


def prices(shop: Shop) -> dict[str, object]:
    """Return the prices of all products by name."""
    return {
        str(one.body["name"]): one.body["price"]
        for one in shop.till().pull().documents
        if one.kind == "product" and not one.deleted
    }


def test_good_rows_are_set_and_bad_ones_told_by_their_line(shop: Shop) -> None:
    for dry_run in (True, False):
        taken = put(shop, LIST, dry_run=dry_run)
        assert (taken.rows, taken.outcomes, taken.unused_columns) == (6, {"created": 3}, ("fournisseur",))
        assert [(one.line, one.reason) for one in taken.wrong] == [
            (4, "there is no barcode"), (5, "the same barcode as line 2"), (7, "“cher” is not a price"),
        ]  # fmt: skip
        assert prices(shop) == ({} if dry_run else {"Crème brûlée": 950, "Œufs": 1200, "=Lait": 700})
    assert put(shop, LIST).outcomes == {"unchanged": 3}
    assert [row["action"] for row in shop.rows("audit")].count("import-list") == 2


def test_what_excel_is_told_before_the_header_is_no_row(shop: Shop) -> None:
    for number, said in enumerate(("sep=;\r\n", '"SEP=;"\n', "sep=,\n", "sep=\t\n")):
        sign = {2: ",", 3: "\t"}.get(number, ";")
        text = f"{said}barcode;name;price\n611111111111{number};Lait, entier\n".replace(";", sign)
        assert [one.line for one in checked(shop, text).wrong] == [3]
    taken = put(shop, "sep=;\nbarcode;name;price\nA-1;Lait;9,50\nA-2;;1\n")
    assert (taken.outcomes, [(one.line, one.reason) for one in taken.wrong]) == (
        {"created": 1}, [(4, "there is no name")],
    )  # fmt: skip
    for text, said in (
        ("sep=;\n", "the list is empty: its first row names the columns"),
        (
            "ean;nom\n",
            "no column for price: the first row has to name it so, as “barcode;name;price” (it has: ean",
        ),
        ("prix;Prix;ean;nom\n", "two columns may be the price: prix (1), Prix (2); call the other one something else"),
    ):
        with pytest.raises(Refused) as refused:
            checked(shop, text)
        assert refused.value.message.startswith(said)
        assert "--" not in refused.value.message


def test_a_wrong_check_digit_is_taken_and_remarked_upon(shop: Shop) -> None:
    owner = DescribedCaller(build(shop.server), shop.token())
    body = {"name": "Lait", "price": 950, "tax_code": "TVA20"}
    wrong = owner("PUT", "/v1/products/6111111111112", json=body)
    said = "the check digit is wrong: the barcode is kept as written"
    assert (wrong.status_code, wrong.json()["remarks"]) == (201, [f"6111111111112: {said}"])
    assert owner("PUT", "/v1/products/6111111111111", json=body).json()["remarks"] == []
    text = "ean,name,price\n6111111111112,Lait,1\n6111111111128,Pain,0\n6111111111113,,1\n"
    taken = owner("POST", "/v1/products/import.csv", content=text.encode()).json()
    assert taken["remarks"] == [{"line": 2, "remark": said}, {"line": 3, "remark": "the price is zero"}]
    assert [one["line"] for one in taken["wrong"]] == [4]


def test_a_product_is_known_by_its_code_whatever_its_key(shop: Shop) -> None:
    owner = DescribedCaller(build(shop.server), shop.token())
    body = {"name": "Crème", "price": 5, "tax_code": "TVA20", "notes": "fait maison"}
    owner("PUT", "/v1/products/creme", json={**body, "codes": [{"code": "6111111111111"}, {"code": "C1"}]})
    taken = put(shop, "ean,name,price\n6111111111111,Crème brûlée,9.50\nC1,Crème,1\n")
    assert (taken.outcomes, [one.line for one in taken.wrong]) == ({"updated": 1}, [3])
    product = owner("GET", "/v1/products/creme").json()["product"]
    assert (product["name"], product["price"], product["notes"]) == ("Crème brûlée", 950, "fait maison")
    assert [one["code"] for one in product["codes"]] == ["06111111111111", "C1"]


def test_what_is_exported_is_imported_unchanged(shop: Shop) -> None:
    put(shop, LIST)
    owner = DescribedCaller(build(shop.server), shop.token())
    content = owner("GET", "/v1/products.csv").content
    assert content.startswith(b"\xef\xbb\xbfbarcode;")
    assert b";'=Lait;" in content
    said = owner(
        "POST", "/v1/products/import.csv", content=gzip.compress(content), headers={"content-encoding": "gzip"}
    )
    assert (said.json()["unchanged"], said.json()["refused"]) == (3, 0)


def test_a_list_of_many_blocks_is_one_transaction(shop: Shop) -> None:
    text = "ean,name,price\n" + "".join(f"K{no},Article {no},1\n" for no in range(600))
    with shop.server.write(shop.store_id, OWNER) as tx, tx.connection.begin_nested() as nested:
        taken = price_list.put(tx, OWNER, checked(shop, text), dry_run=False)
        nested.rollback()
    assert taken.outcomes == {"created": 600}
    assert prices(shop) == {}
    rev = shop.till().pull().rev
    put(shop, text)
    assert shop.till().pull().rev == rev
    with shop.database.read() as connection:
        assert price_list.check(["ean,name,price\n"], price_list.rules(connection, shop.store_id)).rows == 0


@pytest.mark.parametrize("text", ["", "\n", "a,b\n", "ean,name\n1,x\n", 'ean,"name,price\n', "ean,ean,name,price\n"])
def test_a_list_whose_header_says_too_little_is_refused(shop: Shop, text: str) -> None:
    with pytest.raises(Refused):
        checked(shop, text)


def endless() -> Iterator[str]:
    """Give a list that does not end."""
    yield "ean,name,price\n"
    while True:
        yield "1,x,1\n"


def test_a_list_without_end_is_refused(shop: Shop) -> None:
    with shop.database.read() as connection:
        expected = price_list.rules(connection, shop.store_id)
    with pytest.raises(TooLarge, match="50 rows"):
        price_list.check(endless(), expected, rows_max=50)


def test_files_that_are_no_list_are_refused_and_nothing_is_kept(shop: Shop) -> None:
    owner = DescribedCaller(build(shop.server), shop.token())
    bomb = gzip.compress(bytes(upload.FILE_BYTES_MAX * 2), mtime=0)
    lines = gzip.compress(b"ean,name,price\n" + (b"x" * 60_000 + b"\n") * 360, mtime=0)
    cut = gzip.compress(LIST.encode(), mtime=0)[:-9]
    packed = {"content-encoding": "gzip"}
    for content, headers, status in (
        (b"", {}, 400), (b"PK\x03\x04", {}, 400), (b"\xff\xfee\0", {}, 400), (b"ean,name,price\n\xff,x,1\n", {}, 400),
        (b"x" * (upload.LINE_BYTES_MAX + 1), {}, 400), (bytes(upload.FILE_BYTES_MAX + 1), {}, 413),
        (bomb, packed, 400), (lines, packed, 413), (b"no gzip", packed, 400), (cut, packed, 400),
        (b"a", {"content-encoding": "br"}, 400),
    ):  # fmt: skip
        answer = owner("POST", "/v1/products/import.csv", content=content, headers=headers)
        assert answer.status_code == status, (content[:20], answer.text)
    assert prices(shop) == {}
    old = "code;nom;prix\n1;Crème;1\n".encode("cp1252")
    assert owner("POST", "/v1/products/import.csv?encoding=cp1252", content=old).json()["created"] == 1


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Give the application over one shop for many lists."""
    shop = found_shop(f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'server.db'}")
    made = build(shop.server)
    made.state.shop = shop
    yield made
    shop.database.close()


CELLS = st.sampled_from(
    [
        "6111111111111",
        "",
        "x",
        "1,5",
        "12",
        "-1",
        "9" * 30,
        '"',
        '""',
        "=1+1",
        "\0",
        "é",
        "TVA20",
        "\r",
        "\ufeff",
        "'",
        "a\nb",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=st.lists(st.lists(CELLS, max_size=5), max_size=6), sign=st.sampled_from(",;\t|"), head=st.booleans())
def test_whatever_a_list_holds_it_is_taken_or_refused(
    app: FastAPI, rows: list[list[str]], sign: str, head: bool
) -> None:
    shop: Shop = app.state.shop
    text = (sign.join(["ean", "nom", "prix", "tva"]) + "\n" if head else "") + "\n".join(map(sign.join, rows))
    before = len(shop.rows("documents"))
    try:
        taken = put(shop, text)
    except Problem:
        assert len(shop.rows("documents")) == before
        return
    assert sum(taken.outcomes.values()) + len(taken.wrong) == taken.rows


SHORT_TEXT = st.text(st.sampled_from("aé'=- 1;\n\""), max_size=6)
CODES = st.sampled_from(
    ["6111111111111", "6111111111128", "6111243000017", "36000291452", "2589855", "C1", "C2", "00042", "96385074"]
)
PRODUCTS = st.lists(
    st.fixed_dictionaries({
        "name": SHORT_TEXT.map("x{}".format), "price": st.integers(0, 10**6),
        "tax_code": st.sampled_from(["", "TVA20"]),
        "codes": st.lists(
            st.fixed_dictionaries({"code": CODES, "quantity": st.sampled_from([1000, 6000, 500])}), max_size=4
        ),
        "category": SHORT_TEXT, "unit": SHORT_TEXT, "by_weight": st.booleans(), "notes": SHORT_TEXT,
        "active": st.booleans(),
    }),
    min_size=1, max_size=5,
)  # fmt: skip


@given(bodies=PRODUCTS, salt=st.integers(0, 3))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
def test_whatever_the_catalogue_holds_its_export_changes_nothing(
    shop: Shop, bodies: list[dict[str, object]], salt: int
) -> None:
    with shop.server.write(shop.store_id, OWNER) as tx:
        rows = [ImportRow(f"k{salt}{no}", body) for no, body in enumerate(bodies)]
        catalogue.import_rows(tx, OWNER, rows, dry_run=False)
        setting = store.read(tx.connection, shop.store_id)
    blocks = product_names.all_blocks(shop.database.read, shop.store_id)
    text = "".join(products_csv.lines(blocks, setting)).removeprefix("\ufeff")
    found = price_list.check(io.StringIO(text, newline=""), rules(shop))
    with shop.server.write(shop.store_id, OWNER) as tx:
        taken = price_list.put(tx, OWNER, found, dry_run=False)
    assert taken.wrong == ()
    assert set(taken.outcomes) == {"unchanged"}


def test_a_price_in_another_currency_is_refused(shop: Shop) -> None:
    taken = put(shop, "ean,name,price,currency\nA,Thé,1,usd\nB,Café,1,MAD\nC,Sel,1,\n")
    assert [(one.line, one.reason) for one in taken.wrong] == [(2, "the price is in USD, the store counts in MAD")]
    assert taken.outcomes == {"created": 2}
    assert len(put(shop, "ean,name,price (USD)\nA,Thé,1\n").wrong) == 1


def test_a_list_takes_a_product_off_sale_and_back(shop: Shop) -> None:
    put(shop, "ean,name,price\nA,Thé,1\n")
    for answer, active in (("non", False), ("oui", True)):
        assert put(shop, f"ean,name,price,actif\nA,Thé,1,{answer}\n").outcomes == {"updated": 1}
        assert shop.till().mirror()["product", "A"]["active"] is active
    assert [one.line for one in put(shop, "ean,name,price,actif\nA,Thé,1,peut-être\n").wrong] == [2]
