"""Somebody without the secret guesses enrolment codes, a million times; none of them ever opens anything.

    python -m tests.security.pairing_guesses --tries 1000000 [--first-seed 1] [--database-url URL]

The guesses go to the server's own ``enrol``, behind the limit of an address, which would let 60 a minute through; one
in a hundred goes the whole way over HTTP, with that limit set aside (``--per-minute``). The owner makes one code after
the other, as pairing does; the attacker knows its letters, its length, and every code that was ever used, burnt or old.
In turn a code is used by its till and then tried again, is burnt by guesses and then tried, grows too old and is then
tried, and is guessed at by what differs from it in one letter. The right till's own use must succeed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from fastapi import FastAPI

from seraphine_pos.domain.refusal import CodeRefused
from sync_server.app import build
from sync_server.rights import auth
from sync_server.settings import LimitSettings, Settings
from sync_server.store_server import StoreServer
from tests import harness
from tests.faults.server_kills import own_postgres
from tests.sync_server.shop import Shop, found_shop

A_ROUND: Final = 400
OVER_HTTP_ONE_IN: Final = 100
PER_MINUTE: Final = 10**9
REFUSED: Final = (401, 422)
STALE_KEPT: Final = 200
STALE_ONE_IN: Final = 10


class Stranger:
    """Somebody at an address that is not this machine's, who speaks HTTP to the application."""

    def __init__(self, app: FastAPI) -> None:
        """Open one client for all requests."""
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=("192.0.2.1", 50_000)), base_url="http://server"
        )

    def enrol(self, code: str) -> int:
        """Return the status of the answer to a code."""
        asked = {"code": code, "machine": "the attacker"}
        return self._runner.run(self._client.post("/v1/enrol", json=asked)).status_code

    def close(self) -> None:
        """Let go of the client and its loop."""
        self._runner.run(self._client.aclose())
        self._runner.close()


@dataclass(slots=True)
class Attack:
    """An attacker before a server; ``opened`` are the guesses that were taken, ``kept_out`` the right ones refused."""

    shop: Shop
    stranger: Stranger
    chance: random.Random
    length: int = auth.LONG_CODE_LENGTH
    a_round: int = A_ROUND
    tries: int = 0
    over_http: int = 0
    opened: list[str] = field(default_factory=list)
    kept_out: int = 0
    stale: list[str] = field(default_factory=list)

    def rounds(self) -> Iterator[None]:
        """Attack for ever, one code after the other, in each of the ways in turn."""
        ways: Sequence[Callable[[str], None]] = (self._used, self._burnt, self._aged, self._neared)
        while True:
            for way in ways:
                code = self.shop.server.new_code(length=self.length)
                way(code)
                self.stale = [*self.stale[-STALE_KEPT:], code]
                for _ in range(self.a_round - auth.TRIES_MAX):
                    # A code whose time is over is nobody's guess: it burns nothing, and opens nothing.
                    is_stale = not self.chance.randrange(STALE_ONE_IN)
                    self._guess(self.chance.choice(self.stale) if is_stale else self._made_up())
                yield

    def _used(self, code: str) -> None:
        """Let the right till in before its code is burnt, then come second."""
        for _ in range(auth.TRIES_MAX - 1):
            self._guess(self._made_up())
        try:
            self.shop.server.enrol(code, "the right till")
        except CodeRefused:
            self.kept_out += 1
        self._guess(code)

    def _burnt(self, code: str) -> None:
        """Guess as often as burns a code, then come with the right one."""
        for _ in range(auth.TRIES_MAX):
            self._guess(self._made_up())
        self._guess(code)

    def _aged(self, code: str) -> None:
        """Come with the right one when its time is just over."""
        self.shop.clock.pass_ms(auth.CODE_LIFE_MS + 1)
        self._guess(code)

    def _neared(self, code: str) -> None:
        """Guess what is nearly the right one: a letter changed, missing or more; then burnt, the right one."""
        letters = code.replace("-", "")
        for _ in range(auth.TRIES_MAX):
            at = self.chance.randrange(len(letters))
            others = [letter for letter in auth.CODE_LETTERS if letter != letters[at]]
            put = self.chance.choice([self.chance.choice(others), "", letters[at] + self.chance.choice(others)])
            self._guess(letters[:at] + put + letters[at + 1 :])
        self._guess(code)

    def _made_up(self) -> str:
        """Return letters as a code has them."""
        return "".join(self.chance.choices(auth.CODE_LETTERS, k=self.length))

    def _guess(self, code: str) -> None:
        self.tries += 1
        if self.tries % OVER_HTTP_ONE_IN:
            try:
                self.shop.server.enrol(code, "the attacker")
            except CodeRefused:
                return
        else:
            self.over_http += 1
            status = self.stranger.enrol(code)
            if status in REFUSED:
                return
            code = f"{code} (answered {status})"
        self.opened.append(code)


def attack(
    database_url: str, tries: int, seed: int, *, length: int = auth.LONG_CODE_LENGTH, a_round: int = A_ROUND,
    per_minute: int = PER_MINUTE, said: Callable[[int, int], None] = lambda _done, _every: None,
) -> Attack:  # fmt: skip
    """Found a store, guess at least so many times, and return what came of it."""
    founded = found_shop(database_url, seed)
    limits = LimitSettings(address_per_minute=per_minute, guesses_per_minute=per_minute)
    server = StoreServer(founded.database, founded.clock, founded.random_bytes, Settings(limits=limits))
    shop = Shop(server, founded.clock, founded.random_bytes, founded.store_id, founded.first_code)
    with closing(shop.database), closing(Stranger(build(server))) as stranger:
        made = Attack(shop, stranger, random.Random(seed), length, a_round)
        for _ in made.rounds():
            said(made.tries, max(tries, made.tries))
            if made.tries >= tries or made.opened or made.kept_out:
                return made
    raise AssertionError


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.pairing_guesses", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--tries", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--first-seed", type=int, default=1, metavar="S")
    parser.add_argument("--per-minute", type=int, default=PER_MINUTE, metavar="N", help="the limits of the server")
    parser.add_argument("--length", type=int, default=auth.LONG_CODE_LENGTH, help="letters of a code; control: 2")
    parser.add_argument("--database-url", metavar="URL", help="an empty database, or postgres (default: SQLite)")
    given = parser.parse_args(words)
    with ExitStack() as stack, harness.progress("guesses") as bar:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seraphine-guesses-")))
        url = given.database_url or f"sqlite:///{folder / 'server.db'}"
        if url == "postgres":
            url = stack.enter_context(own_postgres(folder / "postgres"))
        came = attack(
            url, given.tries, given.first_seed, length=given.length, per_minute=given.per_minute, said=bar
        )  # fmt: skip
    sys.stdout.write(f"{came.tries:,} guesses were evaluated, {came.over_http:,} of them over HTTP\n")
    if wrong := len(came.opened) + came.kept_out:
        why = f"{came.opened[:1]} was taken" if came.opened else "the right till was kept out"
        again = f"python -m tests.security.pairing_guesses --tries {given.tries} --first-seed {given.first_seed}"
        again += f" --length {given.length}" if given.length != auth.LONG_CODE_LENGTH else ""
        harness.failure(given.first_seed, why, again)
    return harness.finish(came.tries - len(came.opened), wrong)


if __name__ == "__main__":
    sys.exit(main())
