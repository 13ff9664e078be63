"""Messages are kept with what happened, tried again for days, delivered at least once, and never lost in silence."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from seraphine_pos.domain.event import Kind
from sync_server.errors import Missing, Refused
from sync_server.findings import analysis
from sync_server.outgoing import outbound, outbox
from sync_server.outgoing.outbound import Deliveries, NotDelivered
from sync_server.outgoing.outbox import DAY_CLOSED, INSIGHTS_REQUESTED, RETRY_MS, Receiver
from sync_server.upkeep import courier
from tests.sync_server.shop import DAY, Shop, Till
from tests.sync_server.test_drawer import closed, of_shift, opened

URL = "https://hooks.example/webhook"


@dataclass
class Receiving:
    """Takes what is sent and answers as told, one status after the other, the last one for ever."""

    answers: list[int | str] = field(default_factory=lambda: [204])
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((url, dict(headers), body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise NotDelivered(answer)
        return answer


def add(shop: Shop, *topics: str, url: str = URL) -> str:
    """Add a receiver and return its id."""
    with shop.server.write(shop.store_id, "test") as tx:
        return outbox.add(tx, url, topics or tuple(outbox.TOPICS))[0]


def enqueue(shop: Shop, about: str = "2026-11-22", topic: str = INSIGHTS_REQUESTED) -> int:
    """Put a message in a transaction of its own."""
    with shop.server.write(shop.store_id, "test") as tx:
        return outbox.enqueue(tx, topic, about, {"day": about})


def carry(shop: Shop, receiving: Receiving) -> Deliveries:
    """Send what is due."""
    return courier.carry(shop.server, shop.store_id, receiving)


def listed(shop: Shop) -> list[Receiver]:
    """Return the receivers."""
    with shop.database.read() as connection:
        return outbox.listed(connection, shop.store_id)


def actions(shop: Shop) -> list[str]:
    """Return what the audit trail says was done, in no order."""
    return [str(row["action"]) for row in shop.rows("audit")]


def test_a_message_is_delivered_once_when_all_goes_well(shop: Shop) -> None:
    add(shop)
    enqueue(shop)
    receiving = Receiving()
    assert carry(shop, receiving) == Deliveries(1, 0)
    assert carry(shop, receiving) == Deliveries(0, 0)
    ((url, headers, body),) = receiving.got
    assert url == URL
    assert headers["webhook-timestamp"] == str(shop.clock.now_ms() // 1000)
    assert json.loads(body) == {
        "type": INSIGHTS_REQUESTED, "timestamp": "2026-11-22T08:00:00.000Z", "data": {"day": "2026-11-22"},
    }  # fmt: skip
    (one,) = listed(shop)
    assert (one.waiting, one.delivered, one.given_up, one.problem) == (0, 1, 0, None)


def test_only_who_asked_for_a_topic_is_told(shop: Shop) -> None:
    assert enqueue(shop) == 0
    add(shop, DAY_CLOSED)
    assert enqueue(shop) == 0
    add(shop, INSIGHTS_REQUESTED)
    add(shop, INSIGHTS_REQUESTED, DAY_CLOSED)
    assert enqueue(shop) == 2


def test_the_same_thing_is_told_once_under_one_id(shop: Shop) -> None:
    add(shop)
    assert [enqueue(shop), enqueue(shop), enqueue(shop, "2026-11-23")] == [1, 0, 1]
    receiving = Receiving(["no connection", 500, 204])
    carry(shop, receiving)
    shop.clock.pass_ms(RETRY_MS[0])
    carry(shop, receiving)
    ids = [headers["webhook-id"] for _, headers, _ in receiving.got]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_a_message_is_tried_again_for_days_and_then_given_up_and_shown(shop: Shop) -> None:
    add(shop)
    enqueue(shop)
    receiving = Receiving([503])
    assert carry(shop, receiving) == Deliveries(0, 1)
    for pause in RETRY_MS:
        shop.clock.pass_ms(pause - 1)
        assert carry(shop, receiving) == Deliveries(0, 0)
        shop.clock.pass_ms(1)
        assert carry(shop, receiving) == Deliveries(0, 1)
    shop.clock.pass_ms(RETRY_MS[-1] * 10)
    assert carry(shop, receiving) == Deliveries(0, 0)
    assert len(receiving.got) == 1 + len(RETRY_MS) == 10
    assert len({headers["webhook-id"] for _, headers, _ in receiving.got}) == 1
    (one,) = listed(shop)
    assert (one.waiting, one.given_up, one.problem) == (0, 1, "given up: answered 503")
    assert actions(shop).count("message-given-up") == 1


def test_nothing_but_a_2xx_is_a_delivery(shop: Shop) -> None:
    add(shop)
    answers: list[int | str] = [199, 301, 302, 307, 400, 404, 429, 500, "no whole answer within 15 seconds"]
    for number, answer in enumerate(answers, 1):
        enqueue(shop, str(number))
        assert carry(shop, Receiving([answer])) == Deliveries(0, 1)
        (one,) = listed(shop)
        assert (one.waiting, one.delivered) == (number, 0)
        assert str(answer) in str([row["problem"] for row in shop.rows("outbox")])


def test_410_ends_it_for_all_that_waits(shop: Shop) -> None:
    add(shop)
    other = add(shop, DAY_CLOSED)
    for about in "abc":
        enqueue(shop, about)
    enqueue(shop, "d", DAY_CLOSED)
    receiving = Receiving([410, 204])
    assert carry(shop, receiving).delivered <= 1
    gone = next(one for one in listed(shop) if one.disabled_at_ms is not None)
    assert gone.waiting == 0
    assert gone.given_up >= 1
    assert "410" in str(gone.reason)
    assert enqueue(shop, "e", DAY_CLOSED) == 1
    assert {one.receiver_id for one in listed(shop)} >= {other}
    assert "receiver-disabled" in actions(shop)


def test_who_dies_with_a_message_gives_it_back(shop: Shop) -> None:
    add(shop)
    enqueue(shop)
    with shop.server.write(shop.store_id, "test") as tx:
        assert outbox.take(tx) is not None
    receiving = Receiving()
    assert carry(shop, receiving) == Deliveries(0, 0)
    shop.clock.pass_ms(outbox.HELD_MS)
    assert carry(shop, receiving) == Deliveries(1, 0)


def test_two_couriers_share_what_is_due(shop: Shop) -> None:
    add(shop)
    for number in range(20):
        enqueue(shop, str(number))
    both = threading.Barrier(2)
    receivings = [Receiving(), Receiving()]

    def work(receiving: Receiving) -> None:
        both.wait()
        carry(shop, receiving)

    threads = [threading.Thread(target=work, args=(one,)) for one in receivings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [headers["webhook-id"] for one in receivings for _, headers, _ in one.got]
    assert len(ids) == len(set(ids)) == 20


def test_a_message_is_small_and_one_whose_transaction_fails_was_never_put(shop: Shop) -> None:
    add(shop)

    def talk() -> None:
        with shop.server.write(shop.store_id, "test") as tx:
            outbox.enqueue(tx, INSIGHTS_REQUESTED, "x", {})
            outbox.enqueue(tx, INSIGHTS_REQUESTED, "y", {"words": "é" * outbox.BODY_BYTES_MAX})

    with pytest.raises(ValueError, match="at most"):
        talk()
    assert shop.rows("outbox") == []


def test_what_was_told_long_ago_is_forgotten(shop: Shop) -> None:
    add(shop)
    enqueue(shop)
    carry(shop, Receiving())
    shop.clock.pass_ms(outbox.KEPT_MS + 1)
    enqueue(shop, "later")
    assert len(shop.rows("outbox")) == 1


def test_the_end_of_a_day_is_told_with_its_figures_and_not_again_by_a_second_push(shop: Shop, till: Till) -> None:
    add(shop, DAY_CLOSED)
    opened(till)
    till.sell(1000, 500, till_id=till.enrolment.till_id)
    till.refund(500)
    end = closed(till, None)
    till.push()
    receiving = Receiving()
    assert carry(shop, receiving) == Deliveries(1, 0)
    assert json.loads(receiving.got[0][2])["data"] == {
        "store_id": shop.store_id, "till_id": till.enrolment.till_id, "shift_id": "shift-1", "business_day": DAY,
        "event_id": end.event_id, "closed_at_ms": end.at_ms, "sales": 1, "refunds": 1, "gross": 1500,
        "refunded": 500, "tax": 166,
    }  # fmt: skip


def test_a_closing_that_nobody_can_read_or_that_speaks_at_length_stops_no_push(shop: Shop, till: Till) -> None:
    add(shop, DAY_CLOSED)
    till.write(Kind.SHIFT_CLOSED, {"what": "ever"})
    till.write(Kind.SHIFT_CLOSED, {**of_shift(till, "x" * 100_000, reason="", counted=None), "business_day": "\0"})
    assert till.push().seq == 2
    assert [len(bytes(row["body"])) < outbox.BODY_BYTES_MAX for row in shop.rows("outbox")] == [True]  # type: ignore[call-overload]


def test_the_nights_analysis_asks_others_for_theirs(shop: Shop, till: Till) -> None:
    add(shop, INSIGHTS_REQUESTED)
    for _ in range(2):
        analysis.run(
            shop.database, shop.store_id, shop.clock.now_ms(), lambda: shop.server.write(shop.store_id, "job:insights")
        )
    receiving = Receiving()
    assert carry(shop, receiving) == Deliveries(1, 0)
    assert json.loads(receiving.got[0][2])["data"] == {
        "store_id": shop.store_id, "day": "2026-11-22", "start": "2026-10-25", "end": "2026-11-21",
    }  # fmt: skip


def test_receivers_are_added_with_care_and_removed_whole(shop: Shop) -> None:
    with pytest.raises(Refused, match="topics are"):
        add(shop, "sale.completed")
    with pytest.raises(Refused, match="no public address"):
        add(shop, url="https://10.0.0.1/")
    receiver_id = add(shop)
    enqueue(shop)
    with shop.server.write(shop.store_id, "test") as tx:
        outbox.remove(tx, receiver_id)
    assert listed(shop) == []
    assert shop.rows("outbox") == []
    with pytest.raises(Missing), shop.server.write(shop.store_id, "test") as tx:
        outbox.remove(tx, receiver_id)
    assert actions(shop).count("receiver-removed") == 1


def test_a_message_removed_while_it_was_sent_hurts_nobody(shop: Shop) -> None:
    receiver_id = add(shop)
    enqueue(shop)

    class Removing(Receiving):
        def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
            with shop.server.write(shop.store_id, "test") as tx:
                outbox.remove(tx, receiver_id)
            return super().send(url, headers, body)

    assert outbound.deliver(lambda: shop.server.write(shop.store_id, "courier"), Removing()) == Deliveries(1, 0)
    assert shop.rows("outbox") == []
