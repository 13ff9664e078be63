"""The calls of a till: enrol, push, hashes, pull, entries, journals, report, import."""

from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from seraphine_pos.domain import report as wire
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import Enrolment, Head, Page, document_to_wire, entry_to_wire
from seraphine_pos.domain.report import ReportData
from seraphine_pos.domain.staff import Right
from sync_server import reports
from sync_server.rights.callers import Scope
from sync_server.routes import days, shapes
from sync_server.routes.answer import answer
from sync_server.routes.body import Plain, read, read_flat
from sync_server.routes.caller import ByTill, Open, Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.wire import Hex, answered, many, of_parts
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1", tags=["tills"], responses=FAILURES)
JOURNAL: Final = "0199f2b0-0000-7000-8000-000000000022"
HASH: Final = "0f" * 32
FEED: Final = "0199f2b0-0000-7000-8000-000000000031"
ENROL: Final = {"code": "F76L-5XG6-YSQS-PY6F", "machine": "caisse-1"}
ENROLLED: Final = {
    "server_id": SERVER_ID, "store_id": "0199f2b0-0000-7000-8000-000000000001", "store_name": "Épicerie Nour",
    "till_id": "0199f2b0-0000-7000-8000-000000000007", "till_label": "A1",
    "device_id": "0199f2b0-0000-7000-8000-000000000006", "device_key": "its key, told once", "pepper": "0f" * 16,
}  # fmt: skip
HELLO: Final = {"journal_id": JOURNAL, "acknowledged": {"seq": 17, "hash": HASH}, "entries": []}
HEAD: Final = {"server_id": SERVER_ID, "journal_id": JOURNAL, "seq": 17, "hash": HASH, "durable": 17}
DOCUMENT: Final = {
    "kind": "product", "key": "06111111111111", "rev": 42, "deleted": False,
    "body": {"name": "Lait entier 1 L", "price": 950, "tax_code": "TVA20", "active": True},
}  # fmt: skip
PAGE: Final = {
    "server_id": SERVER_ID, "feed_id": FEED, "rev": 42, "documents": [DOCUMENT], "applied_seq": 17, "more": False,
    "after": 41,
}  # fmt: skip
ENTRY: Final = {
    "seq": 18, "at_ms": 1795334400000, "kind": "staff.signed_in", "version": 1,
    "event_id": "0199f2b0-0000-7000-8000-000000000021", "salt": "0f" * 16,
    "body": '{"operator_id":"0199f2b0-0000-7000-8000-000000000003"}', "text": None, "digest": HASH, "prev_hash": HASH,
    "hash": HASH,
}  # fmt: skip
TILL: Final = {
    "till_id": ENROLLED["till_id"], "label": "A1", "through_ms": 1795334400000, "waiting": 0,
}  # fmt: skip
CELLS: Final = {
    "server_id": SERVER_ID, "query": {"start": "2026-11-20", "end": "2026-11-20", "till_id": None}, "source": "store",
    "cells": [["2026-11-20", "", "total", "", "", 1, 0, 1000, 950, 0, 158]], "previous": [], "tills": [TILL],
    "not_included": 0,
}  # fmt: skip
JOURNALS: Final = {
    "server_id": SERVER_ID, "nonce": "0f0f",
    "journals": [{"journal_id": JOURNAL, "seq": 17, "hash": HASH, "durable": 17}],
}  # fmt: skip
Enrolled: Final = answered("Enrolled", Enrolment)
Standing: Final = answered("Head", Head)
Hashes: Final = of_parts(
    "Hashes", "The hashes at those places that the journal has, by the place.",
    {"server_id": str, "hashes": dict[str, Hex]},
)  # fmt: skip
FeedPage: Final = answered("Page", Page)
Entries: Final = of_parts(
    "Entries", "The next entries of a journal; an entry that retention has emptied has neither salt nor body.",
    {"server_id": str, "entries": many(answered("Entry", Entry, without="journal_id"))},
)  # fmt: skip
Journals: Final = of_parts(
    "Journals", "Where the server stands in each journal, in the order in which they were opened.",
    {"server_id": str, "journals": many(answered("JournalHead", Head, without="server_id")), "nonce": str},
)  # fmt: skip
Cells: Final = answered("Cells", ReportData, server_id=str)


@router.post("/enrol", openapi_extra=takes(shapes.Enrol, ENROL), responses=gives(Enrolled, ENROLLED))
def enrol(
    server: Annotated[StoreServer, Depends(Open("a till that enrols has nothing but its code"))], body: Plain
) -> Response:
    """Exchange a one-time code for a till and its key."""
    asked = read(shapes.ENROL, body)
    return answer(server.server_id, asdict(server.enrol(asked["code"], asked["machine"])))


@router.post("/push", openapi_extra=takes(shapes.Push, HELLO), responses=gives(Standing, HEAD))
def push(request: Request, visit: ByTill, body: Plain) -> Response:
    """Append what continues the chain; answer with the head, whatever happened."""
    asked = read_flat(shapes.PUSH, body)
    acknowledged = asked["acknowledged"]
    head = visit.till.push(asked["journal_id"], acknowledged["seq"], acknowledged["hash"], shapes.entries_of(asked))
    if asked["entries"]:
        seqs = [entry["seq"] for entry in asked["entries"]]
        request.state.told = {"journal": head.journal_id, "from": seqs[0], "to": seqs[-1], "head": head.seq}
    return visit.answer({**asdict(head), "hash": head.hash.hex()})


@router.post(
    "/hashes", openapi_extra=takes(shapes.Hashes, {"journal_id": JOURNAL, "seqs": [17]}),
    responses=gives(Hashes, {"server_id": SERVER_ID, "hashes": {"17": HASH}}),
)  # fmt: skip
def hashes(visit: ByTill, body: Plain) -> Response:
    """Return the hashes at some places of a journal."""
    asked = read(shapes.HASHES, body)
    found = visit.till.hashes(asked["journal_id"], asked["seqs"])
    return visit.answer({"hashes": {str(seq): value.hex() for seq, value in found.items()}})


@router.post(
    "/pull", openapi_extra=takes(shapes.Pull, {"feed_id": FEED, "rev": 41, "journal_id": JOURNAL}),
    responses=gives(FeedPage, PAGE),
)  # fmt: skip
def pull(visit: ByTill, body: Plain) -> Response:
    """Return the next documents of the feed."""
    asked = read(shapes.PULL, body)
    page = visit.till.pull(asked["feed_id"], asked["rev"], asked["journal_id"])
    documents = [document_to_wire(document) for document in page.documents]
    return visit.answer(
        {
            "feed_id": page.feed_id,
            "rev": page.rev,
            "documents": documents,
            "applied_seq": page.applied_seq,
            "more": page.more,
            "after": page.after,
        }
    )


@router.post(
    "/entries", openapi_extra=takes(shapes.Entries, {"journal_id": JOURNAL, "after": 17}),
    responses=gives(Entries, {"server_id": SERVER_ID, "entries": [ENTRY]}),
)  # fmt: skip
def entries(visit: ByTill, body: Plain) -> Response:
    """Return the next entries of a journal, for recovery."""
    asked = read(shapes.ENTRIES, body)
    found = visit.till.entries(asked["journal_id"], asked["after"])
    return visit.answer({"entries": [entry_to_wire(entry) for entry in found]})


@router.get("/journals", responses=gives(Journals, JOURNALS))
def journals(
    visit: ByTill, nonce: Annotated[str, Query(max_length=64, description="Said again in the answer")] = ""
) -> Response:
    """Return where the server stands in each journal of the caller's till, for recovery, with the caller's nonce."""
    found = [
        {"journal_id": one.journal_id, "seq": one.seq, "hash": one.hash.hex(), "durable": one.durable}
        for one in visit.till.journals()
    ]
    return visit.answer({"journals": found, "nonce": nonce})


@router.get("/report", responses=gives(Cells, CELLS))
def report(
    visit: Annotated[Visit, Depends(require_role(till=True, right=Right.REPORTS, scope=Scope.REPORTS_READ))],
    start: str, end: str, till: str | None = None,
) -> Response:  # fmt: skip
    """Return the figures of a period."""
    query = days.period(start, end, visit.till_named(till), before=True)
    with visit.turn(query.days), visit.read() as connection:
        return visit.answer(wire.to_wire(reports.read(connection, visit.store_id, query)))
