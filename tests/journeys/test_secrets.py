"""No key, session, code or PIN is written anywhere but where it must be: every file of a journey is searched."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seraphine_pos.domain.sale import Method
from seraphine_pos.shop import Shop
from tests.journeys.conftest import OWNER_ID, OWNER_PIN, PRODUCTS, StoreServer

# A PIN of six digits is told from the other figures of a log; those of four are not.
PIN = "902761"
WRONG_PIN = "830194"
LOG_SETTINGS = '[log]\nformat = "json"\n'
BIN = -1


def command(server: StoreServer, *words: str, given: str = "") -> str:
    """Run a command on the store and return what it printed."""
    line = [sys.executable, "-m", "sync_server", *words, "--home", str(server.home.root)]
    return subprocess.run(line, input=given, capture_output=True, text=True, check=True, timeout=60).stdout


def ask(url: str, method: str, path: str, token: str = "", body: object = None) -> tuple[int, bytes]:
    """Call the server and return its answer, whatever it is."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, content, headers, method=method)  # noqa: S310  our own server
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def found_in(folder: Path, secrets: dict[str, str]) -> Iterator[str]:
    """Give every file that holds a secret, and which."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for name, secret in secrets.items():
            # A hash of random bytes may hold six digits by chance: beside letters they are none of ours.
            at = content.find(secret.encode())
            while at != BIN:
                beside = content[max(0, at - 1) : at] + content[at + len(secret) : at + len(secret) + 1]
                if not beside.isalnum():
                    yield f"{path.relative_to(folder)}: {name}"
                    break
                at = content.find(secret.encode(), at + 1)


def test_no_secret_is_in_any_file(shop: Shop, store_server: StoreServer, tmp_path: Path) -> None:
    (store_server.home.root / "server" / "settings.toml").write_text(LOG_SETTINGS, encoding="utf-8")
    secrets = {"another till's code": command(store_server, "enrol-code").strip()}
    command(store_server, "staff", "pin", OWNER_ID, given=PIN + "\n")
    key = command(store_server, "service-key", "new", "--name", "n8n", "--scope", "sales:read")
    secrets["service key"] = next(word for word in key.split() if word.startswith("svc_"))
    secrets |= {"PIN": PIN, "wrong PIN": WRONG_PIN, "device key": str(_device_key(shop))}
    url = store_server.url

    status, said = ask(url, "POST", "/v1/sessions", body={"staff_id": OWNER_ID, "pin": PIN})
    assert status == 201
    token = secrets["session"] = str(json.loads(said)["token"])
    for method, path, shown, body in _dirt(token, secrets):
        status, said = ask(url, method, path, shown, body)
        assert status != 500
        assert not [
            name for name in ("PIN", "wrong PIN", "service key", "device key") if secrets[name].encode() in said
        ]
    for code, _, _ in PRODUCTS:
        shop.checkout.scan(code)
    assert shop.checkout.pay(Method.CASH) is not None
    assert shop.exchange().problem is None
    command(store_server, "backup", str(tmp_path))
    store_server.stop()

    log = (store_server.home.logs / "server.log").read_text(encoding="utf-8")
    assert '"message": "POST /v1/sessions 401"' in log
    assert list(found_in(tmp_path, secrets)) == []


def _dirt(token: str, secrets: dict[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    """Give calls that are refused, each with a secret where somebody may put it by mistake."""
    yield "POST", "/v1/sessions", "", {"staff_id": OWNER_ID, "pin": WRONG_PIN}
    yield "POST", "/v1/sessions/proof", token, {"pin": WRONG_PIN}
    yield "POST", "/v1/sessions", "", {"staff_id": OWNER_ID, "pin": PIN, "more": token}
    yield "POST", "/v1/enrol", "", {"code": secrets["another till's code"] + "x", "machine": "m"}
    yield "GET", "/v1/sales?start=2026-01-01&end=2026-12-31", secrets["service key"], None
    yield "GET", "/v1/staff", secrets["service key"], None
    yield "GET", "/v1/staff", secrets["device key"], None
    yield "GET", f"/v1/staff?token={token}", token, None
    yield "GET", f"/v1/nowhere/{token}", token, None
    yield "GET", "/v1/reports/daily?date=2026-11-20&format=csv", token, None
    yield "DELETE", f"/v1/service-keys/{secrets['service key']}", token, None


def test_the_search_finds_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00pin=902761\xff")
    (tmp_path / "b").write_bytes(b"a9027610")
    found = list(found_in(tmp_path, {"PIN": PIN}))
    (tmp_path / "a").unlink()  # the search of this very run would find it, too
    assert found == ["a: PIN"]
    assert OWNER_PIN != PIN


def _device_key(shop: Shop) -> object:
    """Return the key that the till shows."""
    key = shop.server._device_key  # noqa: SLF001  it is kept nowhere else on purpose
    return key if isinstance(key, str) else key()
