"""A store's first products and people from CSV files: good rows are kept, bad ones are named, whatever is in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_server import cli
from sync_server.rights import staff
from sync_server.seed import SeedRefused, seed
from sync_server.verify import verify
from tests.sync_server.shop import Shop, found_shop
from tests.sync_server.test_cli import reopened

PRODUCTS = """\
Code-barres;Désignation;Prix TTC;Rayon
6111242100992;Lait 1 L;7,50;Frais
3017620422003;"=HYPERLINK(""http://x"";""y"")";42,00;+Épicerie
;Sans code;1,00;
6111242100992;Lait encore;8,00;
2000000000017;@SUM(A1:A9);=1+1;
2000000000024;Thé;12,345;
2000000000031;"Pain";2;-
2000000000048;"ouvert;3;
"""
STAFF = """\
name,role,pin
Rim,cashier,9753
=cmd|'/c calc'!A1,caisse,8642
Nadia,owner,1111
Salma,owner,1111
Yanis,king,1234
Omar,owner,12
,cashier,1234
Léa,Gérant,4321
"""


def lists(folder: Path, **files: str | bytes) -> Path:
    """Write lists."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def products(shop: Shop) -> dict[str, object]:
    mirror = shop.till().mirror()
    return {key: body["name"] for (kind, key), body in mirror.items() if kind == "product"}


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Shop]:
    """Give a store for what no database has a part in."""
    made = found_shop(f"sqlite:///{tmp_path / 'server.db'}")
    yield made
    made.database.close()


def test_good_rows_are_kept_and_bad_ones_are_named(shop: Shop, tmp_path: Path) -> None:
    listed, people = seed(shop.server, shop.store_id, lists(tmp_path / "seed", products=PRODUCTS, staff=STAFF))
    assert listed.outcomes == {"created": 3}
    assert {one.line: one.reason for one in listed.wrong} == {
        4: "there is no barcode",
        5: "the same barcode as line 2",
        6: "“=1+1” is not a price",
        7: "“12,345” may mean thousands or decimals; write the price without a thousands separator",
        9: "broken CSV line, is a quote not closed? (unexpected end of data)",
    }
    assert sorted(map(str, products(shop).values())) == ['=HYPERLINK("http://x";"y")', "Lait 1 L", "Pain"]
    assert people.outcomes == {"created": 3, "unchanged": 1}
    assert {one.line: one.reason for one in people.wrong} == {
        5: "somebody called Salma is on the staff already; add what tells the two apart",
        6: "the role is none of owner, cashier",
        7: "a PIN has four to six digits",
        8: "the name is empty or longer than 200 characters",
    }
    with shop.database.read() as connection:
        names = {one.name for one in staff.members(connection, shop.store_id)}
        assert verify(connection, shop.store_id).problems == []
    assert names == {"Nadia", "Salma", "Rim", "=cmd|'/c calc'!A1", "Léa"}


def test_the_same_lists_again_change_nothing(shop: Shop, tmp_path: Path) -> None:
    folder = lists(tmp_path / "seed", products=PRODUCTS, staff=STAFF)
    seed(shop.server, shop.store_id, folder)
    before = shop.rows("documents")
    listed, people = seed(shop.server, shop.store_id, folder)
    assert (listed.outcomes, people.outcomes) == ({"unchanged": 3}, {"unchanged": 4})
    assert shop.rows("documents") == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "neither products.csv nor staff.csv"),
        ({"products": ""}, "its first row names the columns"),
        ({"products": "a,b\n1,2\n"}, "products.csv: no column for barcode, name, price"),
        ({"staff": "name,role\nRim,owner\n"}, "no column pin"),
        ({"products": b"\x81\x8d\x8f"}, "neither UTF-8"),
        ({"products": b"barcode,name,price\n" + b"x" * (21 << 20)}, "larger than 20 MiB"),
        (
            {"products": "barcode,name,price\n" + "1,n,1\n" * 200_001},
            "more than 200000 rows",
        ),
    ],
)
def test_what_is_no_list_is_refused_whole(
    on_sqlite: Shop, tmp_path: Path, files: dict[str, str | bytes], said: str
) -> None:
    before = on_sqlite.rows("documents")
    with pytest.raises(SeedRefused, match=said):
        seed(on_sqlite.server, on_sqlite.store_id, lists(tmp_path / "seed", **files))
    assert on_sqlite.rows("documents") == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_lists_come_as_programs_for_tables_write_them(on_sqlite: Shop, tmp_path: Path, encoding: str) -> None:
    text = "barcode,name,price\r\n2000000000017,Crème brûlée,3\r\n"
    (done,) = seed(on_sqlite.server, on_sqlite.store_id, lists(tmp_path / "seed", products=text.encode(encoding)))
    assert done.outcomes == {"created": 1}
    assert list(products(on_sqlite).values()) == ["Crème brûlée"]


def test_a_price_list_keeps_what_it_has_no_column_for(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "seed"
    seed(shop.server, shop.store_id, lists(folder, products="barcode,name,price,category\n2000000000017,Pain,3,Four\n"))
    seed(shop.server, shop.store_id, lists(folder, products="barcode,name,price\n2000000000017,Pain rond,4\n"))
    (body,) = [body for (kind, _), body in shop.till().mirror().items() if kind == "product"]
    assert (body["name"], body["price"], body["category"]) == ("Pain rond", 400, "Four")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["products", "staff"]))
def test_whatever_is_in_a_list_nothing_falls_over(home: Path, tmp_path: Path, body: bytes, name: str) -> None:
    header = b"barcode,name,price\n" if name == "products" else b"name,role,pin\n"
    folder = tmp_path / "seed"
    for old in folder.glob("*"):
        old.unlink()
    assert cli.main(["seed", str(lists(folder, **{name: header + body})), "--home", str(home)]) in (0, 1, 2)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a home that has a store, closed."""
    shop = found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    shop.database.close()
    return tmp_path


def test_the_command_says_what_it_left_out(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lists(tmp_path / "seed", products=PRODUCTS, staff=STAFF)
    assert cli.main(["seed", str(folder), "--home", str(home)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "products.csv line 4: there is no barcode" in said
    assert "products.csv: 3 created, 5 left out" in said
    assert "staff.csv: 3 created, 1 unchanged, 4 left out" in said
    assert not [line for line in said if "8642" in line or "1111" in line], "no PIN is ever printed"
    shop = reopened(home)
    assert len(products(shop)) == 3
    shop.database.close()
