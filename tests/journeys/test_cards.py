"""Ten thousand card numbers are typed into a shop, everywhere where words are: none is on any disk afterwards."""

import base64
import hmac
import json
import random
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.domain.sale import Method
from seraphine_pos.shop import Shop
from tests.domain.cards import digits_in, planted, random_card, typed
from tests.journeys.conftest import OWNER_ID, PRODUCTS, JoinedTill, StoreServer

CARDS: Final = 10_000
WORDS_MAX: Final = 1900
RUN: Final = re.compile(r"\d(?:[^0-9A-Za-z]{0,3}\d){12,}")
LENGTHS: Final = range(13, 20)


class Typist:
    """Somebody who types a card number into every sentence, and remembers each."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.cards: set[str] = set()

    def sentence(self) -> str:
        """A sentence with a card number."""
        card = random_card(self._chance)
        self.cards.add(card)
        return planted(self._chance, typed(self._chance, card))

    def page(self) -> str:
        """As many sentences as a message holds."""
        said: list[str] = []
        while sum(map(len, said)) + 3 * len(said) < WORDS_MAX - 60:
            said.append(self.sentence())
        return " ; ".join(said)


def found_in(folder: Path, cards: set[str]) -> Iterator[str]:
    """Give every planted number that stands in a file, spaced or not, and where."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        for run in RUN.finditer(path.read_bytes().decode(errors="replace")):
            digits = digits_in(run.group())
            for at in range(len(digits)):
                yield from (f"{path.name}: {digits[at : at + n]}" for n in LENGTHS if digits[at : at + n] in cards)


def tell(url: str, secret: str, words: str) -> None:
    """Send a signed insight."""
    body = json.dumps({
        "category": "watchlist", "sourceRunId": words[:20].encode().hex(), "title": words[:100], "detail": words,
        "confidence": 0.5, "createdAt": int(time.time() * 1000),
    }).encode()  # fmt: skip
    stamp = str(int(time.time()))
    signed = hmac.digest(
        base64.b64decode(secret.removeprefix("whsec_")), b".".join([b"a", stamp.encode(), body]), "sha256"
    )
    headers = {
        "webhook-id": "a", "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }  # fmt: skip
    urllib.request.urlopen(urllib.request.Request(f"{url}/v1/webhooks/n8n/insights", body, headers), timeout=30).close()  # noqa: S310


def ask_in_vain(url: str) -> None:
    """Ask for something that is not there, which the log tells."""
    try:
        urllib.request.urlopen(url, timeout=30).close()  # noqa: S310  our own server
    except urllib.error.HTTPError as answer:
        answer.close()


def test_no_planted_card_number_is_on_a_disk(
    shop: Shop, joined_till: JoinedTill, store_server: StoreServer, tmp_path: Path
) -> None:
    typist, messages = Typist(11), 0
    for _ in range(25):
        shop.checkout.scan(PRODUCTS[0][0])
        shop.checkout.note(typist.sentence())
        assert shop.checkout.pay(Method.CASH) is not None
        shop.checkout.scan(PRODUCTS[1][0])
        shop.checkout.void(typist.sentence())
    while len(typist.cards) < CARDS:
        shop.feedback.submit(Message(Scope.POS, Sentiment.NEGATIVE, typist.page()))
        messages += 1
    notes = Product("p-1", "Savon", 100, "TVA20", (PackCode("S-1"),), notes=typist.page())
    shop.server.import_products(OWNER_ID, [ImportRow("p-1", to_body(notes))], dry_run=False)
    assert shop.exchange().problem is None
    command = [sys.executable, "-m", "sync_server", "webhook-secret", "--home", str(store_server.home.root)]
    secret = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    tell(store_server.url, secret, typist.page())
    card = random_card(random.Random(12))
    typist.cards.add(card)
    ask_in_vain(f"{store_server.url}/v1/nowhere/{card}")
    remarks = shop.server.feedback()
    told = digits_in(" ".join(remark.text for remark in remarks))
    store_server.stop()

    assert len(typist.cards) > CARDS
    assert len(remarks) == messages
    assert told
    assert list(found_in(tmp_path, typist.cards)) == []


def test_the_search_for_planted_numbers_finds_one(tmp_path: Path) -> None:
    card = random_card(random.Random(1))
    (tmp_path / "a").write_bytes(b"\x00\xff" + typed(random.Random(3), card).encode() + b"\xff1")
    assert list(found_in(tmp_path, {card})) == [f"a: {card}"]
