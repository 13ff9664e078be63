"""The calls of a till: enrol, push, hashes, pull, entries, journals, report, import."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from seraphine_pos.domain import report as wire
from seraphine_pos.domain.protocol import document_to_wire, entry_to_wire
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.staff import Right
from sync_server import reports
from sync_server.rights.callers import Scope
from sync_server.routes import shapes
from sync_server.routes.answer import answer
from sync_server.routes.body import Plain, read
from sync_server.routes.caller import ByTill, Open, Visit, require_role
from sync_server.store_server import StoreServer

router = APIRouter(prefix="/v1")


@router.post("/enrol")
def enrol(
    server: Annotated[StoreServer, Depends(Open("a till that enrols has nothing but its code"))], body: Plain
) -> Response:
    """Exchange a one-time code for a till and its key."""
    asked = read(shapes.ENROL, body)
    return answer(server.server_id, asdict(server.enrol(asked["code"], asked["machine"])))


@router.post("/push")
def push(request: Request, visit: ByTill, body: Plain) -> Response:
    """Append what continues the chain; answer with the head, whatever happened."""
    asked = read(shapes.PUSH, body)
    acknowledged = asked["acknowledged"]
    head = visit.till.push(asked["journal_id"], acknowledged["seq"], acknowledged["hash"], shapes.entries_of(asked))
    if asked["entries"]:
        seqs = [entry["seq"] for entry in asked["entries"]]
        request.state.told = {"journal": head.journal_id, "from": seqs[0], "to": seqs[-1], "head": head.seq}
    return visit.answer({**asdict(head), "hash": head.hash.hex()})


@router.post("/hashes")
def hashes(visit: ByTill, body: Plain) -> Response:
    """Return the hashes at some places of a journal."""
    asked = read(shapes.HASHES, body)
    found = visit.till.hashes(asked["journal_id"], asked["seqs"])
    return visit.answer({"hashes": {str(seq): value.hex() for seq, value in found.items()}})


@router.post("/pull")
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


@router.post("/entries")
def entries(visit: ByTill, body: Plain) -> Response:
    """Return the next entries of a journal, for recovery."""
    asked = read(shapes.ENTRIES, body)
    found = visit.till.entries(asked["journal_id"], asked["after"])
    return visit.answer({"entries": [entry_to_wire(entry) for entry in found]})


@router.get("/journals")
def journals(visit: ByTill) -> Response:
    """Return where the server stands in each journal of the caller's till, for recovery."""
    found = [
        {"journal_id": one.journal_id, "seq": one.seq, "hash": one.hash.hex(), "durable": one.durable}
        for one in visit.till.journals()
    ]
    return visit.answer({"journals": found})


@router.get("/report")
def report(
    visit: Annotated[Visit, Depends(require_role(till=True, right=Right.REPORTS, scope=Scope.REPORTS_READ))],
    start: str, end: str, till: str | None = None,
) -> Response:  # fmt: skip
    """Return the figures of a period."""
    query = ReportQuery(start, end, visit.till_named(till))
    with visit.read() as connection:
        return visit.answer(wire.to_wire(reports.read(connection, visit.store_id, query)))
