"""Who may take what from outside its room: other people's packages, the standard library's alone, the other half."""

import sys

import pytest

from tests.architecture.tree import PACKAGES, Source, imports, product_sources, sources

# Each package of others, and the rooms that may import it. A package that is not here may be imported nowhere.
EXTERNALS: dict[str, tuple[str, ...]] = {
    "PySide6": ("seraphine_pos.ui", "seraphine_pos.app", "seraphine_pos.bench"),
    "shiboken6": ("seraphine_pos.ui", "seraphine_pos.app"),
    "sqlalchemy": ("seraphine_pos.store", "sync_server"),
    "alembic": ("seraphine_pos.store", "sync_server.migrations", "sync_server.database", "sync_server.schema"),
    "pysqlite3": (
        "seraphine_pos.store",
        "sync_server.database",
        "sync_server.backups.sqlite_copy",
        "seraphine_pos.bench",
    ),
    "psycopg": ("sync_server.database",),
    "httpx": ("seraphine_pos.sync.client", "sync_server.outgoing.outbound"),
    "fastapi": ("sync_server.app", "sync_server.watch.access", "sync_server.routes", "sync_server.watch.telemetry"),
    "starlette": ("sync_server.app", "sync_server.watch.access", "sync_server.watch.guard", "sync_server.routes"),
    "uvicorn": ("sync_server.serving", "sync_server.watch.request_head"),
    "prometheus_client": ("sync_server.watch.metrics",),
    "opentelemetry": ("sync_server.watch.telemetry",),
    "sentry_sdk": ("sync_server.watch.telemetry",),
    "pydantic": ("seraphine_pos.settings", "seraphine_pos.sync", "seraphine_pos.store", "sync_server"),
    "pydantic_core": ("sync_server",),
    "typing_extensions": ("sync_server.routes",),
    "platformdirs": ("seraphine_pos.paths", "sync_server.settings"),
    "keyring": ("seraphine_pos.devices",),
    "cryptography": (
        "seraphine_pos.sync.trust",
        "seraphine_pos.commands.backup_seal",
        "sync_server.certificates",
        "sync_server.backups.sealed",
    ),
    "argon2": ("seraphine_pos.till", "sync_server.rights.staff"),
    "barcode": ("seraphine_pos.devices", "seraphine_pos.ui"),
    "fpdf": ("seraphine_pos.devices", "sync_server.exports"),
    "xlsxwriter": ("sync_server.exports",),
    "uharfbuzz": ("seraphine_pos.devices",),
}
# Rooms that stand inside an allowed one and still may not: a route is a door, it asks and answers.
REFUSED = {"sqlalchemy": ("sync_server.routes",)}


def stands_in(room: str, allowed: tuple[str, ...]) -> bool:
    """Whether a module is one of these rooms or inside one."""
    return any(room == one or room.startswith(f"{one}.") for one in allowed)


def strangers(source: Source) -> list[str]:
    """The imports of a file that its room may not have."""
    found = []
    for node, name in imports(source):
        top = name.partition(".")[0]
        if not top or top in PACKAGES or top in sys.stdlib_module_names:
            continue
        room = source.room
        if not stands_in(room, EXTERNALS.get(top, ())) or stands_in(room, REFUSED.get(top, ())):
            found.append(
                f"{source.at(node)}: {name} may be imported in {', '.join(EXTERNALS.get(top, ())) or 'no room'}"
            )
    return found


def test_packages_of_others_stay_in_their_rooms() -> None:
    found = [line for source in product_sources() for line in strangers(source)]
    assert not found, "\n".join(["move the code to the room that may, or decide in EXTERNALS:", *found])


def test_the_domain_is_the_standard_library() -> None:
    found = [
        f"{source.at(node)}: {name}"
        for source in product_sources()
        if stands_in(source.room, ("seraphine_pos.domain",))
        for node, name in imports(source)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("seraphine_pos.domain")
    ]
    assert not found, "\n".join(["what is true in a shop needs no library:", *found])


def test_the_server_takes_only_the_domain_of_the_till() -> None:
    found = [
        f"{source.at(node)}: {name}"
        for source in product_sources()
        if source.room.startswith("sync_server")
        for node, name in imports(source)
        if name.startswith("seraphine_pos") and not stands_in(name, ("seraphine_pos.domain",))
    ]
    assert not found, "\n".join(found)


def test_the_till_never_imports_the_server() -> None:
    found = [
        f"{source.at(node)}: {name}"
        for source in product_sources()
        if source.room.startswith("seraphine_pos")
        for node, name in imports(source)
        if stands_in(name, ("sync_server",))
    ]
    assert not found, "\n".join(["the two halves meet by the protocol, in another process:", *found])


def test_imports_are_absolute() -> None:
    found = [f"{source.at(node)}: {name}" for source in sources() for node, name in imports(source) if name[0] == "."]
    assert not found, "\n".join(["write the whole name, so that a search finds it:", *found])


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_itself_is_empty(package: str) -> None:
    (root,) = [source for source in sources() if source.room == package]
    assert not root.text.strip(), f"{root.path} stays empty, so that importing one room loads no other"
