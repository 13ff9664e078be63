"""What a question over HTTP may say: days by one rule, each thing once, and a place in its own list alone."""

import pytest

from sync_server.app import build
from tests.sync_server.described import DescribedCaller
from tests.sync_server.shop import CASHIER, DAY, Shop, Till
from tests.sync_server.test_reading_and_writing import code

DAYS = f"start={DAY}&end={DAY}"
WITH_DAYS = ("/v1/sales", "/v1/sales.csv", "/v1/feedback", "/v1/feedback.csv", "/v1/reports/range", "/v1/report")
WRONG_DAYS = (
    ("start=2026-11-30&end=2026-11-01", "end: 2026-11-01 is before start, 2026-11-30"),
    ("start=2026-13-01&end=2026-11-01", "start: “2026-13-01” is no day of the calendar, write YYYY-MM-DD"),
    ("start=2026-11-01&end=20261102", "end: “20261102” is no day of the calendar, write YYYY-MM-DD"),
    ("start=&end=", "start: “” is no day of the calendar, write YYYY-MM-DD"),
)


@pytest.fixture
def owner(shop: Shop) -> DescribedCaller:
    """Give an owner who has signed in."""
    return DescribedCaller(build(shop.server), shop.token())


def test_a_place_belongs_to_the_question_whose_page_ended_there(till: Till, owner: DescribedCaller) -> None:
    for amount in range(100, 500, 100):
        till.sell(amount)
    till.push()
    asked = f"/v1/sales?{DAYS}&limit=1"
    after = owner("GET", asked).json()["next"]
    assert owner("GET", f"/v1/sales?{DAYS}&limit=2&after={after}").status_code == 200
    for other in ("&order=newest", "&kind=sale", "&method=cash", "&flagged=false", "&till=A1", f"&operator={CASHIER}"):
        answer = owner("GET", f"{asked}{other}&after={after}")
        assert code(answer) == (400, "VALIDATION_ERROR"), other
        assert "another question" in answer.json()["error"]["message"]
    assert code(owner("GET", f"/v1/sales?start=2026-11-19&end={DAY}&after={after}")) == (400, "VALIDATION_ERROR")


def test_a_parameter_that_is_given_twice_is_400(owner: DescribedCaller) -> None:
    answer = owner("GET", f"/v1/sales?{DAYS}&method=cash&method=card")
    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["message"] == "method: given more than once, one value is taken"


def test_a_field_that_is_given_twice_is_400(owner: DescribedCaller) -> None:
    said = b'{"name": "Lait", "price": 1, "price": 2, "tax_code": "TVA20"}'
    answer = owner("PUT", "/v1/products/6111111111111", content=said)
    assert code(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"]["message"] == "price: given more than once"
    assert code(owner("GET", "/v1/products/6111111111111")) == (404, "NOT_FOUND")


def test_days_are_read_by_one_rule_and_refused_in_words_that_name_the_parameter(owner: DescribedCaller) -> None:
    def refused(path: str) -> str:
        answer = owner("GET", path)
        assert code(answer) == (422, "INVALID_PERIOD"), path
        return str(answer.json()["error"]["message"])

    for path in WITH_DAYS:
        for asked, said in WRONG_DAYS:
            assert refused(f"{path}?{asked}") == said
    assert refused("/v1/feedback?start=x").startswith("start: “x” is no day")
    assert refused("/v1/reports/daily?date=x").startswith("date: “x” is no day")
    assert refused("/v1/reports/daily?date=0001-01-01").startswith("date: the calendar has no days before")
    assert "at most 3660" in refused("/v1/sales?start=2016-01-01&end=2026-11-01")
