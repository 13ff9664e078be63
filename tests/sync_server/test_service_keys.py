"""The keys of programs: told once, good for their scopes, gone at once."""

import os
from pathlib import Path

import pytest

from sync_server import cli
from sync_server.database import open_database
from sync_server.errors import Forbidden, Missing, Refused, Unauthenticated
from sync_server.rights import service_keys
from sync_server.rights.callers import Needs, Scope
from sync_server.rights.service_keys import Made
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock
from tests.sync_server.shop import Shop, found_shop


def made(shop: Shop, *scopes: Scope, name: str = "n8n") -> Made:
    """Make a key."""
    with shop.server.write(shop.store_id, "owner") as tx:
        return service_keys.new(tx, name, scopes)


def test_a_key_opens_its_scopes_alone(shop: Shop) -> None:
    key = made(shop, Scope.SALES_READ, Scope.INSIGHTS_WRITE)
    caller = shop.server.caller(key.token)
    assert (caller.store_id, caller.actor, caller.person, caller.device) == (
        shop.store_id, key.key.key_id, None, None,
    )  # fmt: skip
    assert caller.scopes == {Scope.SALES_READ, Scope.INSIGHTS_WRITE}
    Needs(scope=Scope.SALES_READ).check(caller)
    for needs in (Needs(scope=Scope.REPORTS_READ), Needs(till=True), Needs(person=True), Needs()):
        with pytest.raises(Forbidden):
            needs.check(caller)


def test_a_revoked_key_opens_nothing_from_the_next_request_on(shop: Shop) -> None:
    key = made(shop, Scope.SALES_READ)
    with shop.server.write(shop.store_id, "owner") as tx:
        assert service_keys.revoke(tx, key.key.key_id).revoked_at_ms == tx.now_ms
    with pytest.raises(Forbidden, match="revoked"):
        shop.server.caller(key.token)
    with pytest.raises(Missing), shop.server.write(shop.store_id, "owner") as tx:
        service_keys.revoke(tx, key.key.key_id)


def test_keys_are_listed_without_their_secrets(shop: Shop) -> None:
    keys = [made(shop, Scope.SALES_READ, name=name) for name in ("n8n", "compta")]
    with shop.database.read() as connection:
        found = service_keys.listed(connection, shop.store_id)
    assert {one.name for one in found} == {"n8n", "compta"}
    stored = "".join(str(row) for table in ("service_keys", "audit") for row in shop.rows(table))
    for key in keys:
        secret = key.token.rpartition("_")[2]
        assert secret not in stored
        assert str(bytes.fromhex(secret)) not in stored


def test_a_key_has_a_name_and_a_scope(shop: Shop) -> None:
    for name in ("", "  ", "x" * 101, "\0"):
        with pytest.raises(Refused, match="name"):
            made(shop, Scope.SALES_READ, name=name)
    with pytest.raises(Refused, match="scope"):
        made(shop)
    assert shop.rows("service_keys") == []


def test_a_key_of_nobody_is_nobody(shop: Shop) -> None:
    key = made(shop, Scope.SALES_READ).token
    for other in (key.replace(shop.store_id, "another"), key[:-1], key + "0", key.replace("svc_", "ses_"), "svc__"):
        with pytest.raises(Unauthenticated):
            shop.server.caller(other)


def test_the_commands_make_list_and_revoke_a_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = ["--home", str(tmp_path)]
    found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}").database.close()

    def said(*arguments: str) -> str:
        assert cli.main(["service-key", *arguments, *home]) == cli.DONE
        return capsys.readouterr().out.strip()

    token = said("new", "--name", "n8n", "--scope", "sales:read", "--scope", "insights:write")
    key_id, _, state, *scopes, name = said("list").split()
    assert (state, scopes, name) == ("live", ["insights:write", "sales:read"], "n8n")
    database = open_database(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    try:
        server = StoreServer(database, FakeClock(), os.urandom)
        assert server.caller(token).actor == key_id
    finally:
        database.close()
    assert "n8n" in said("revoke", key_id)
    assert said("list").split()[2] == "revoked"
    assert cli.main(["service-key", "revoke", "nobody", *home]) == cli.REFUSED
