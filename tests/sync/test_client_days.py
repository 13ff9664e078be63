"""The till's own HTTP client: the days, as the server proves them and as the till tells them."""

from seraphine_pos.domain.report import ReportQuery
from tests.fakes.talker import reply
from tests.sync.saying import SERVER, said


def test_the_days_are_held_against_the_server_s() -> None:
    proof = ["2026-03-14", "t1", 2, 900, "b" * 64]
    wire = {"server_id": SERVER, "counted": [proof], "told": [[*proof, 5, True]], "labels": {"t1": "A1"}, "aside": 1}
    found, talker = said(reply(200, wire), lambda server: server.proofs(ReportQuery("2026-03-14", "2026-03-15", "t1")))
    assert (found.counted[0].tickets, found.told[0].same, found.aside) == (2, True, 1)
    assert talker.heard[0].line == "GET /v1/proofs?start=2026-03-14&end=2026-03-15&till=t1 HTTP/1.1"
    wire = {"server_id": SERVER, "tickets": [["e1", "A1-7QK-000001", "m1"]], "aside": ["e2"]}
    page, talker = said(reply(200, wire), lambda server: server.day_tickets("t1", "2026-03-14", "e0"))
    assert ([one.receipt for one in page.tickets], page.aside) == (["A1-7QK-000001"], {"e2"})
    assert talker.heard[0].line == "GET /v1/proofs/tickets?till=t1&day=2026-03-14&after=e0 HTTP/1.1"
    _, talker = said(reply(200, {"server_id": SERVER}), lambda server: server.tell([found.counted[0]]))
    told = {"day": "2026-03-14", "tickets": 2, "net": 900, "digest": "b" * 64}
    assert talker.heard[0].json == {"proofs": [told]}
