"""Several stores in one database: none sees another's, and who means one says which."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync_server import cli, founding
from sync_server.app import build
from sync_server.errors import Conflict, Missing, Problem, Refused
from sync_server.verify import verify
from tests.sync_server.caller import Caller
from tests.sync_server.shop import OWNER, REQUEST, Shop, found_shop
from tests.sync_server.test_webhooks import body_of, signed


@pytest.fixture
def chain(empty_postgres: str) -> Iterator[tuple[Shop, Shop]]:
    """Give two stores of one database."""
    first = found_shop(empty_postgres)
    request = founding.StoreRequest.model_validate({**REQUEST, "name": "Épicerie Sud"})
    made = founding.found(first.database, request, first.clock.now_ms(), first.random_bytes, another=True)
    yield first, replace(first, store_id=made.store_id, first_code=made.code)
    first.database.close()


def of(shop: Shop) -> Shop:
    """Let a shop mean its own store."""
    shop.server.named = shop.store_id
    return shop


def test_stores_count_apart(chain: tuple[Shop, Shop]) -> None:
    north, south = chain
    one, other = of(north).till(), of(south).till()
    assert (one.enrolment.till_label, other.enrolment.till_label) == ("A1", "A1")
    sold = one.sell(100)
    one.push()
    other.sell(300, event_id=sold.event_id)
    other.write(sold.kind, {**json.loads(sold.body), "till_id": other.enrolment.till_id}, event_id=sold.event_id)
    other.push()
    gross = [sum(cell.gross for cell in till.report().cells if cell.facet == "total") for till in (one, other)]
    assert gross[0] == 100
    assert gross[1] > 0
    assert one.server.hashes(other.journal_id, [1]) == {}
    assert one.server.entries(other.journal_id, 0) == []
    with north.database.read() as connection:
        assert verify(connection, north.store_id).problems == []
        assert verify(connection, south.store_id).problems == []


def test_a_code_enrols_in_its_own_store(chain: tuple[Shop, Shop]) -> None:
    for shop in chain:
        assert shop.server.enrol(shop.first_code, "m").store_id == shop.store_id


def test_who_means_a_store_says_which(chain: tuple[Shop, Shop]) -> None:
    north, south = chain
    server = north.server
    assert server.is_chain()
    with pytest.raises(Refused, match="--store ID"):
        server.new_code()
    assert server.only_store(south.store_id) == south.store_id
    with pytest.raises(Missing, match="no store other"):
        server.only_store("other")
    server.named = south.store_id
    assert not server.is_chain()
    assert server.enrol(server.new_code(), "m").store_id == south.store_id


def test_who_signs_in_is_told_where_to_name_the_store(chain: tuple[Shop, Shop]) -> None:
    _, south = chain
    caller = Caller(build(south.server))
    person = {"staff_id": OWNER, "pin": "2604"}
    told = caller.post("/v1/sessions", json=person)
    message = told.json()["error"]["message"]
    assert (told.status_code, "store_id in the body" in message, "--store" in message) == (400, True, False)
    assert caller.post("/v1/sessions", json={**person, "store_id": south.store_id}).status_code == 201
    unsaid = caller.post("/v1/webhooks/n8n/insights", content=b"{}").json()["error"]["message"]
    assert ("?store=ID" in unsaid, "--store" in unsaid) == (True, False)


def test_a_webhook_says_which_store_it_is_for(chain: tuple[Shop, Shop]) -> None:
    north, south = chain
    secret = of(south).server.new_webhook_secret()
    north.server.named = ""
    body = body_of()
    headers = signed(north, secret, body)
    caller = Caller(build(north.server))

    def told(store: str) -> int:
        path = f"/v1/webhooks/n8n/insights{store}"
        return caller.post(path, content=body, headers=headers).status_code

    assert told("") == Refused.status
    assert told("?store=other") == Missing.status
    assert told("?store=%00") == 400
    assert told(f"?store={north.store_id}") in {401, 403}
    assert [row["store_id"] for row in north.rows("insights")] == []
    assert told(f"?store={south.store_id}") == 201
    assert [row["store_id"] for row in north.rows("insights")] == [south.store_id]


def test_commands_take_a_store(chain: tuple[Shop, Shop], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    north, south = chain
    url, home = north.database.url, str(tmp_path)
    assert cli.main(["stores", "--home", home, "--database-url", url]) == 0
    assert [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()] == sorted(
        [[north.store_id, "Épicerie Nour"], [south.store_id, "Épicerie Sud"]]
    )
    assert cli.main(["enrol-code", "--home", home, "--database-url", url]) == cli.REFUSED
    assert "--store ID" in capsys.readouterr().err
    assert cli.main(["enrol-code", "--home", home, "--database-url", url, "--store", south.store_id]) == 0
    code = capsys.readouterr().out.strip()
    assert north.server.enrol(code, "m").store_id == south.store_id


def test_a_further_store_is_made_and_all_are_served(empty_postgres: str, tmp_path: Path) -> None:
    shop = found_shop(empty_postgres)
    shop.database.close()
    place = ("--home", str(tmp_path), "--database-url", empty_postgres)
    program = (sys.executable, "-m", "sync_server")
    making = (*program, "create-store", *place)
    refused = subprocess.run(making, input=json.dumps(REQUEST).encode(), capture_output=True, check=False)
    assert (refused.returncode, b"--another" in refused.stderr) == (2, True)
    made = json.loads(
        subprocess.run(
            (*making, "--another"), input=json.dumps(REQUEST).encode(), capture_output=True, check=True
        ).stdout
    )
    assert made["store_id"] != shop.store_id
    serving = (*program, "serve", "--exit-with-stdin", *place)
    served = subprocess.run(serving, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    assert b"several stores are served" in served.stderr


def test_on_sqlite_a_store_is_alone(tmp_path: Path) -> None:
    shop = found_shop(f"sqlite:///{tmp_path / 'server.db'}")
    request = founding.StoreRequest.model_validate(REQUEST)
    for another, told in ((True, "share a PostgreSQL"), (False, "its store already")):
        with pytest.raises(Conflict, match=told):
            founding.found(shop.database, request, 0, shop.random_bytes, another=another)
    assert isinstance(Conflict(""), Problem)
    shop.database.close()


def test_the_script_for_citus_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["citus-sql"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("-- Spreads the tables")
    assert "SELECT create_distributed_table('entries', 'store_id', colocate_with => 'stores');" in told
