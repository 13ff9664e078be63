"""The first run for real: a server as a child process, a store in it, goods, and the owner's pages over them."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import MemoryKeys
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.journal import parse
from seraphine_pos.domain.refusal import InvalidFile, ServerUnavailable, UnknownReceipt
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.sync.sidecar import Sidecar
from seraphine_pos.ui import first_run, pages
from seraphine_pos.ui.founding import Founding, Goods
from seraphine_pos.ui.receipts import Receipts
from seraphine_pos.ui.report_state import Tab
from seraphine_pos.ui.sales_state import SalesQuery
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.theme import RESOURCES

NOBODY = "http://127.0.0.1:9"
LIST = """code;nom;prix;tva
2000000000015;Bougie;12,50;TVA20
2000000000022;Savon;8,00;TVA20
;;;
2000000000039;Sans prix;;TVA20
"""
FOUNDING = Founding(name=" Épicerie Nour ", owner="Nadia El Idrissi", pin="2604", pin_again="2604", goods=Goods.FILE)


class Place:
    """A home with its secrets, and what was said while it was made."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.keys = MemoryKeys()
        self.said: list[str] = []
        self.list = root / "liste.csv"
        self.list.write_text(LIST, encoding="utf-8")

    def found(self, founding: Founding) -> str:
        """Found a store with this list."""
        return first_run.found(self.home, self.keys, replace(founding, file=self.list), self.said.append)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("first-run"))


@pytest.fixture(scope="module")
def summary(place: Place) -> str:
    return place.found(FOUNDING)


@pytest.fixture
def shop(place: Place, summary: str) -> Iterator[Shop]:
    assert summary
    with open_shop(place.home, keys=place.keys) as shop:
        shop.staff.take_over(shop.staff.members()[0].operator)
        yield shop


def today(shop: Shop) -> Span:
    day = pages.today(shop)
    return Span(day, day)


def test_a_file_that_holds_no_article_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    wrong = Place(tmp_path)
    wrong.list.write_text("code;nom;prix\n2000000000039;Sans prix;\n", encoding="utf-8")
    with pytest.raises(InvalidFile):
        wrong.found(FOUNDING)
    assert not wrong.home.root.exists()


def test_a_store_is_made_with_the_good_rows_and_the_others_are_kept(place: Place, summary: str) -> None:
    assert place.said[0] == "Le fichier est vérifié…"
    assert "Le serveur du magasin se prépare…" in place.said
    assert "2 articles sur 2…" in place.said
    assert summary.startswith("1 ligne n’est pas importée. ligne 5 : ")
    kept = next(place.home.root.glob("*.refused.csv"))
    assert str(kept) in summary
    assert "Sans prix" in kept.read_text(encoding="utf-8-sig")


def test_founding_again_makes_no_second_store(place: Place, summary: str) -> None:
    server_id = own.load(place.home.settings).server_id
    assert place.found(replace(FOUNDING, goods=Goods.LATER)) == ""
    assert own.load(place.home.settings).server_id == server_id


def test_the_store_is_as_it_was_asked_for(shop: Shop) -> None:
    assert (shop.store.name, shop.store.currency.code, shop.store.time_zone) == (
        "Épicerie Nour",
        "MAD",
        "Africa/Casablanca",
    )
    assert shop.staff.sign_in(shop.staff.members()[0].staff_id, "2604").name == "Nadia El Idrissi"
    bougie = shop.catalogue.find("2000000000015")
    assert bougie is not None
    assert (bougie.name, bougie.price) == ("Bougie", 1250)


def test_the_pages_read_what_was_sold(qtbot: QtBot, shop: Shop, tmp_path: Path) -> None:
    shop.checkout.scan("2000000000015")
    ticket = shop.checkout.pay(Method.CASH)
    assert ticket is not None
    shop.feedback.submit(Message(Scope.POS, Sentiment.POSITIVE, "Rapide !"))
    shop.exchange()
    day = pages.read_day(shop, today(shop))
    assert day.figures[0].value == "12,50"
    assert not day.offline
    assert day.matters[-1].text == "«\xa0Rapide !\xa0»"
    report = pages.read_report(shop, today(shop))
    assert report.source.startswith("Toute la boutique, complète jusqu’à")
    assert report.tables[Tab.OPERATORS].rows[0][0].words == "Nadia El Idrissi"
    log = pages.read_sales(shop, SalesQuery(span=today(shop)), None)
    assert log.table.keys == (ticket.where.receipt,)
    assert pages.read_sales(shop, SalesQuery(named=(ticket.event_id,)), None).table.keys == log.table.keys
    receipts = Receipts(shop, RESOURCES / "fonts")
    assert pages.open_ticket(shop, receipts, ticket.where.receipt).refundable
    assert pages.keep_ticket(shop, receipts, ticket.where.receipt).read_bytes().startswith(b"%PDF")
    with pytest.raises(UnknownReceipt):
        pages.open_ticket(shop, receipts, "A1-ZZZ-000009")


def test_an_export_is_a_file_and_an_entry(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "rapport.csv"
    pages.export(shop, today(shop), file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    net = pages.read_report(shop, today(shop)).figures[2].value
    assert (rows[0]["section"], rows[0]["net"]) == ("total", net)
    entry = shop.stored.journal.unsent(100, 1 << 20)[-1]
    assert (entry.kind, parse(entry.body)["format"]) == (Kind.REPORT_EXPORTED, "csv")
    with pytest.raises(InvalidFile):
        pages.export(shop, today(shop), tmp_path / "nowhere" / "rapport.csv")


def test_without_the_server_every_page_reads_this_till(place: Place, summary: str) -> None:
    assert summary
    settings = own.load(place.home.settings)
    own.save(place.home.settings, replace(settings, server_url=NOBODY))
    with open_shop(place.home, keys=place.keys) as alone:
        alone.staff.take_over(alone.staff.members()[0].operator)
        alone.checkout.scan("2000000000022")
        assert alone.checkout.pay(Method.CARD) is not None
        day = pages.read_day(alone, today(alone))
        report = pages.read_report(alone, today(alone))
    own.save(place.home.settings, settings)
    assert day.offline
    assert "cette caisse seulement, complet jusqu’à" in day.subtitle
    assert report.source.startswith("Cette caisse seulement, complet jusqu’à")
    assert report.tables[Tab.TENDERS].rows[0][0].words == "Carte"


def test_settings_are_kept(shop: Shop) -> None:
    pages.keep_mode(shop, "dark")
    pages.keep_language(shop, "fr")
    state = pages.read_standing(shop)
    assert (state.mode, state.language) == ("dark", "fr")
    assert own.load(shop.home.settings).theme == "dark"
    assert {fact.name for fact in state.about} == {"Seraphine POS", "SQLite", "Qt"}
    assert [fact.name for fact in state.people] == ["Nadia El Idrissi"]
    assert pages.sees_all_sales(shop)
    shop.staff.sign_out()
    assert not pages.sees_all_sales(shop)
    assert pages.read_standing(shop).people == ()


def test_joining_names_what_is_wrong(tmp_path: Path) -> None:
    place = Place(tmp_path)
    founding = Founding(joining=True, server=NOBODY, code="ABCD")
    with pytest.raises(ServerUnavailable):
        first_run.join(place.home, place.keys, founding, place.said.append)
    assert place.said == ["La caisse se présente au serveur du magasin…"]
    assert not own.load(place.home.settings).enrolled


def test_joining_with_a_code_for_a_lost_till_brings_it_back(place: Place, summary: str, tmp_path: Path) -> None:
    assert summary
    old, new = Home(tmp_path / "old"), Place(tmp_path)
    shutil.copytree(place.home.root, old.root)
    with open_shop(old, keys=place.keys) as shop:
        shop.staff.take_over(shop.staff.members()[0].operator)
        shop.checkout.scan("2000000000015")
        sold = shop.checkout.pay(Method.CASH)
        assert shop.exchange().problem is None
        tickets = len(shop.stored.ledger.tickets(TicketFilter()))
    asked = (sys.executable, "-m", "sync_server", "enrol-code", "--till", "A1", "--home", str(old.root))
    code = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    with Sidecar(old, own.load(old.settings).server_id) as server:
        founding = Founding(joining=True, server=server.url(), code=code)
        said = first_run.join(new.home, new.keys, founding, new.said.append)
        assert first_run.join(new.home, new.keys, founding, new.said.append) == ""
    assert "La caisse A1 est reconstituée sur ce PC" in said
    assert str(tickets) in said
    assert any(one.startswith("Journal de la caisse") for one in new.said)
    assert sold is not None
    with open_shop(new.home, keys=new.keys) as shop:
        assert shop.stored.ledger.ticket(sold.where.receipt) == sold
