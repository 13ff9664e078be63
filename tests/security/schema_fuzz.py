"""The server under whatever its own OpenAPI document allows, and forbids: no answer is a fault.

    python -m tests.security.schema_fuzz [--cases 2000] [--first-seed S]

A real server on a socket, called by Schemathesis as an owner who has just given the PIN and as a till, in the phases
examples, coverage and fuzzing, until it has answered so many requests. Every answer has to fit the document, too.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client.parser import text_string_to_metric_families

from sync_server.app import build
from sync_server.routes import till
from sync_server.settings import LimitSettings, Settings
from sync_server.store_server import StoreServer
from tests import harness
from tests.sync_server.shop import OWNER, Shop, found_shop

CHECKS: Final = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
PHASES: Final = "examples,coverage,fuzzing"
OK: Final = 200
FAULT_FROM: Final = 500
# It takes a code that nobody guesses.
CODE_WANTED: Final = "/v1/enrol"
ROUNDS_MAX: Final = 20
# One route is called so many times less often than all of them together, about.
EXAMPLES_OF: Final = 500
TOLD_LINES: Final = 120
TELLING: Final = re.compile(r"_+ [A-Z]+ /|- ST\d|\s+(Received|Documented): |\s+curl |\[\d\d\d\] ")
NO_LIMIT: Final = LimitSettings(device_per_minute=10**9, address_per_minute=10**9, guesses_per_minute=10**9)
# These end the caller's own session, or make everybody's token worthless: what comes after would say nothing.
SPARED: Final = ("DELETE /v1/sessions", "DELETE /v1/sessions/{session_id}")


@dataclass(frozen=True, slots=True)
class Target:
    """A listening server with a little of everything in it, and the tokens of those who may call it."""

    app: FastAPI
    url: str
    shop: Shop

    def tokens(self) -> Iterator[str]:
        """Give the token of each caller, each a new one: what another did may have ended those before."""
        yield self.shop.till().enrolment.device_key
        yield self.shop.token(OWNER)

    def answers(self) -> tuple[int, int]:
        """Return how many requests were answered, and how many of them with a fault."""
        every = sum(count for _, _, count in self._counted())
        return every, sum(count for _, status, count in self._counted() if status >= FAULT_FROM)

    def unheard(self) -> list[str]:
        """Return the calls of a till that were never answered with what they are for."""
        heard = {route for route, status, _ in self._counted() if status == OK}
        return sorted(
            {route.path for route in till.router.routes if isinstance(route, APIRoute)} - heard - {CODE_WANTED}
        )

    def _counted(self) -> Iterator[tuple[str, int, int]]:
        for family in text_string_to_metric_families(self.app.state.metrics.text().decode()):
            for one in family.samples:
                if one.name == "seraphine_requests_total":
                    yield one.labels["route"], int(one.labels["status"]), int(one.value)


@contextmanager
def listening(folder: Path, seed: int) -> Iterator[Target]:
    """Give a target on a socket of this machine."""
    shop = found_shop(f"sqlite:///{folder / 'server.db'}", seed)
    server = StoreServer(shop.database, shop.clock, shop.random_bytes, Settings(limits=NO_LIMIT))
    shop = Shop(server, shop.clock, shop.random_bytes, shop.store_id, shop.first_code)
    _stock(shop)
    app = build(server)
    process = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=process.run)
    thread.start()
    while not process.started:
        thread.join(0.01)
    port = process.servers[0].sockets[0].getsockname()[1]
    try:
        yield Target(app, f"http://127.0.0.1:{port}", shop)
    finally:
        process.should_exit = True
        thread.join()
        shop.database.close()


def _stock(shop: Shop) -> None:
    """Let a till sell, give back and wish for something."""
    first = shop.till()
    for amount in (100, 250, 999):
        first.sell(amount)
    first.refund(100)
    first.propose("product", "06111234567890", 0, {"name": "Thé", "price": 1250, "tax_code": "TVA20", "codes": []})
    first.push()


def run(folder: Path, cases: int, seed: int) -> tuple[int, int, str]:
    """Return how many requests were answered, how many with a fault, and what Schemathesis found."""
    every = faults = 0
    with listening(folder, seed) as target:
        for round_ in range(ROUNDS_MAX):
            for token in target.tokens():
                done = _schemathesis(target.url, token, folder, seed + round_, 1 + cases // EXAMPLES_OF)
                every, faults = target.answers()
                if done.returncode or faults:
                    return every, faults, _failures(done.stdout + done.stderr)
            if every >= cases:
                unheard = target.unheard()
                return every, faults, f"never answered with what they are for: {unheard}" if unheard else ""
    return every, faults, f"only {every} requests were answered"


def _schemathesis(url: str, token: str, folder: Path, seed: int, examples: int) -> "subprocess.CompletedProcess[str]":
    spared = [part for one in SPARED for part in ("--exclude-name", one)]
    return subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", CHECKS,
            "--phases", PHASES, "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure",
            "--header", f"Authorization: Bearer {token}", "--no-color", "--workers", "1",
            "--generation-database", "none", *spared,
        ],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _failures(said: str) -> str:
    """Return the lines of what Schemathesis said that tell which route failed, how, and the call that shows it."""
    at = re.search(r"=+ (FAILURES|ERRORS) =+", said)
    lines = said[at.start() if at else 0 :].splitlines()
    telling = [line.strip() for line in lines if TELLING.match(line)]
    return "\n".join(telling[:TOLD_LINES] or lines[-TOLD_LINES:])


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.schema_fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cases", type=int, default=2000, metavar="N")
    parser.add_argument("--first-seed", type=int, default=1, metavar="S")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="seraphine-fuzz-") as folder:
        every, faults, found = run(Path(folder), given.cases, given.first_seed)
    sys.stdout.write(f"seed {given.first_seed}: {every} requests answered, {faults} with a fault\n")
    if found or faults:
        again = f"python -m tests.security.schema_fuzz --cases {given.cases} --first-seed {given.first_seed}"
        harness.failure(given.first_seed, found or "an answer was a fault", again)
    return harness.finish(every if not found and not faults else 0, max(faults, int(bool(found))))


if __name__ == "__main__":
    sys.exit(main())
