"""The sample store made for real: a server of its own, three days rung up, sent, and talked about."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from seraphine_pos import settings
from seraphine_pos.demo import making, sample
from seraphine_pos.demo.history import Progress
from seraphine_pos.demo.making import NotOurs
from seraphine_pos.domain.refusal import StorageInUse
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.shop import Shop, SystemClock, open_shop


class Made:
    """A sample store, and what its making told."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.steps: dict[str, list[tuple[int, int]]] = {}
        self.tickets: list[Ticket] = making.make(home, SystemClock(), self.watch, days=3)

    def watch(self, label: str) -> AbstractContextManager[Progress]:
        steps = self.steps.setdefault(label, [])
        return nullcontext(lambda done, total: steps.append((done, total)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(Home(tmp_path_factory.mktemp("demo")))


@pytest.fixture
def shop(made: Made) -> Iterator[Shop]:
    with open_shop(made.home, keys=making.keys_of(made.home)) as opened:
        yield opened


def test_it_is_whole_and_says_so(made: Made) -> None:
    assert making.is_made(made.home)
    assert len(made.tickets) > 150
    assert {label: steps[-1][0] for label, steps in made.steps.items()} == {
        label: steps[-1][1] for label, steps in made.steps.items()
    }
    assert len(made.steps) == 2


def test_the_server_has_every_sale_and_the_till_agrees(shop: Shop, made: Made) -> None:
    shop.staff.sign_in("nadia", sample.read().owner.pin)
    days = sorted({ticket.where.business_day for ticket in made.tickets})
    query = ReportQuery(days[0], days[-1])
    report = shop.reports.report(query)
    assert report.data.source == "store"
    assert report.total.gross == sum(ticket.total for ticket in made.tickets)
    assert report.total == shop.reports.own(query).total
    assert shop.engine.look().waiting <= 1  # the sign-in of this test


def test_goods_and_people_came_through_the_feed(shop: Shop) -> None:
    assert shop.catalogue.find("2010004512346") is not None
    assert [member.name for member in shop.staff.members()][:2] == ["Nadia El Idrissi", "Omar El Idrissi"]


def test_a_signed_insight_stands_on_the_owners_screen(shop: Shop, made: Made) -> None:
    shop.staff.sign_in("omar", "7913")
    (card,) = [one for one in shop.insights.latest() if one.category == "cashVariance"]
    assert card.title.startswith("Caisse de Karim")
    assert set(card.related_sales) <= {ticket.event_id for ticket in made.tickets}


def test_a_till_at_work_keeps_its_home_from_being_cleared(shop: Shop, made: Made) -> None:
    assert shop.home == made.home
    with pytest.raises(StorageInUse):
        making.clear(made.home)
    assert making.is_made(made.home)


def test_a_home_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    settings.save(home.settings, Settings(store_name="Chez nous"))
    with pytest.raises(NotOurs, match=str(tmp_path)):
        making.is_made(home)
    with pytest.raises(NotOurs):
        making.make(home, SystemClock(), lambda _label: nullcontext(lambda _done, _total: None))
    assert settings.load(home.settings).store_name == "Chez nous"


def test_a_home_left_half_made_is_cleared(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (home.root / making.MARK).write_text("{", "utf-8")
    (home.server / "server.db").write_bytes(b"half")
    (home.root / "notes.txt").write_text("not the demo's", "utf-8")
    assert not making.is_made(home)
    making.clear(home)
    assert [path.name for path in home.root.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("environ", [{}, {"SERAPHINE_HOME": "  "}])
def test_without_a_name_the_demo_lives_apart_from_a_persons_till(environ: dict[str, str]) -> None:
    home = making.home_of(environ)
    assert home.root.name == "seraphine-pos-demo"
    assert home.root != Home.from_environment(environ).root


def test_a_named_home_is_taken(tmp_path: Path) -> None:
    assert making.home_of({"SERAPHINE_HOME": str(tmp_path)}).root == tmp_path


def test_the_pins_are_shown_with_their_people() -> None:
    words = making.pin_words(sample.read())
    assert words.startswith("Nadia 2604 · ")
    assert words.count("·") == 4
