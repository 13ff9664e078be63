"""The workflows in a real n8n, against a real server: they pull the sales, post an insight, and its card is there.

Runs with --n8n; N8N_DIR names a folder with n8n installed from npm, as docs/insights.md says.
"""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Draft, canonical, seal
from seraphine_pos.sync.client import HttpServer
from tests.journeys.watching import Watcher
from tests.sync_server.shop import REQUEST, ticket

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / "resources" / "n8n"
SALES = 40
ODD = 17
UNSIGNED = 401

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(600)]


@dataclass
class Scene:
    """A store's server with one till's sales, and an n8n that knows its keys."""

    home: Path
    n8n_dir: Path
    n8n_port: int
    environment: dict[str, str]
    url: str = ""
    running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    till: HttpServer | None = None
    odd_sale: str = ""

    def command(self, *words: str, given: str = "") -> str:
        """Run an operator's command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "sync_server", *words, "--home", str(self.home)],
            input=given, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT,
        )  # fmt: skip
        return done.stdout.strip()

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        ready = self.home / "ready.json"
        where = ["--home", str(self.home), "--ready-file", str(ready)]
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-m", "sync_server", "serve", *where], cwd=ROOT, stderr=subprocess.DEVNULL
            )
        )
        Watcher.until(ready.exists)
        self.url = json.loads(ready.read_text(encoding="utf-8"))["url"]

    def sell(self) -> None:
        """Enrol a till and push a week's sales, one of them far above the others."""
        enrolment = HttpServer(self.url, "", "").enrol(self.command("enrol-code"), "machine")
        self.till = HttpServer(self.url, enrolment.device_key, "")
        now = datetime.now(UTC)
        at_ms = int(now.timestamp() * 1000)
        journal_id, previous, entries = new_id(at_ms, os.urandom), FIRST_HASH, []
        for number in range(SALES):
            day = (now.date() - timedelta(days=1 + number % 7)).isoformat()
            facts = {"till_id": enrolment.till_id, "business_day": day, "receipt": f"A1-7QK-{number:06}"}
            body = ticket([99_000 if number == ODD else 1000 + 10 * number], **facts)
            event_id = new_id(at_ms + number, os.urandom)
            draft = Draft(event_id, Kind.SALE_COMPLETED, 1, at_ms, os.urandom(16), canonical(body), None)
            entries.append(seal(journal_id, number + 1, previous, draft))
            previous = entries[-1].hash
        self.odd_sale = entries[ODD].event_id
        assert self.till.push(journal_id, 0, bytes(32), entries).seq == SALES

    def n8n(self, *words: str) -> None:
        """Run a command of n8n to its end."""
        done = subprocess.run(
            [*N8N, *words], capture_output=True, text=True, check=False, timeout=180, cwd=self.n8n_dir,
            env=self.environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def cards(self) -> list[Mapping[str, object]]:
        """Return the insights of n8n that the till is shown."""
        assert self.till is not None
        documents = self.till.pull("", 0, "").documents
        return [
            one.body for one in documents if one.kind == "insight" and str(one.body["source_run_id"]).startswith("n8n:")
        ]

    def assert_the_card_is_there(self) -> None:
        """Look at the one card, and at the sale that it names."""
        (card,) = self.cards()
        assert card["category"] == "watchlist"
        assert card["title"] == "Un ticket hors de l’ordinaire"
        assert card["related_sales"] == [self.odd_sale]
        assert f"A1-7QK-{ODD:06}" in str(card["detail"])


N8N = ("node", "node_modules/n8n/bin/n8n")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a serving store with sales, and an n8n of its own beside it."""
    named = os.environ.get("N8N_DIR", "")
    if not (named and (Path(named) / N8N[1]).is_file()):
        pytest.fail("N8N_DIR names no folder with n8n in it: docs/insights.md says how to make one")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    home = tmp_path / "home"
    (home / "server").mkdir(parents=True)
    (home / "server" / "settings.toml").write_text(f'[outbound]\nallow = ["127.0.0.1:{port}"]\n', encoding="utf-8")
    environment = {
        **os.environ, "N8N_EXPRESSION_ENGINE": "legacy", "N8N_LISTEN_ADDRESS": "127.0.0.1", "N8N_PORT": str(port),
        "N8N_USER_FOLDER": str(tmp_path), "N8N_DIAGNOSTICS_ENABLED": "false", "DB_SQLITE_POOL_SIZE": "2",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false", "N8N_BLOCK_ENV_ACCESS_IN_NODE": "false",
    }  # fmt: skip
    made = Scene(home, Path(named), port, environment)
    made.command("create-store", given=json.dumps(REQUEST))
    made.serve()
    made.sell()
    environment["SERAPHINE_URL"] = made.url
    environment["SERAPHINE_KEY"] = made.command("service-key", "new", "--name", "n8n", "--scope", "sales:read")
    environment["SERAPHINE_WEBHOOK_SECRET"] = made.command("webhook-secret")
    yield made
    for process in reversed(made.running):
        process.terminate()
        process.wait(60)


def test_the_nightly_workflow_pulls_the_sales_and_posts_what_it_found(scene: Scene) -> None:
    scene.n8n("import:workflow", f"--input={WORKFLOWS / 'nightly.json'}")
    scene.n8n("execute", "--id=seraphineNightly")
    scene.assert_the_card_is_there()
    scene.n8n("execute", "--id=seraphineNightly")  # the same day's run was told before, and that is no failure
    scene.assert_the_card_is_there()


def test_the_servers_request_is_verified_and_answered_with_an_insight(scene: Scene) -> None:
    hook = f"http://127.0.0.1:{scene.n8n_port}/webhook/seraphine"
    secret = scene.command("receiver", "add", hook, "--topic", "insights.requested")
    scene.environment["SERAPHINE_RECEIVER_SECRET"] = secret
    scene.n8n("import:workflow", f"--input={WORKFLOWS / 'on_request.json'}")
    scene.n8n("update:workflow", "--id=seraphineOnRequest", "--active=true")
    scene.running.append(
        subprocess.Popen(
            [*N8N, "start"], cwd=scene.n8n_dir, env=scene.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )  # fmt: skip
    Watcher.until(lambda: _status(hook) == UNSIGNED)
    assert scene.cards() == []
    scene.command("jobs", "run", "insights")
    Watcher.until(lambda: bool(scene.cards()))
    scene.assert_the_card_is_there()
    assert "1 delivered, 0 waiting, 0 given up" in scene.command("receiver", "list")


def _status(url: str) -> int:
    """Return what an unsigned request is answered, 0 while nobody answers."""
    request = urllib.request.Request(url, b'{"type":"insights.requested"}', {"content-type": "application/json"})  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  loopback
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except OSError:
        return 0
