"""The calls of a till: enrol, push, hashes, pull, entries, journals, report, import."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from seraphine_pos.domain import report as reports
from seraphine_pos.domain.protocol import document_to_wire, entry_to_wire
from seraphine_pos.domain.report import ReportQuery
from sync_server.routes import shapes
from sync_server.routes.answer import answer
from sync_server.routes.body import Plain, read
from sync_server.routes.caller import Caller, Whole

router = APIRouter(prefix="/v1")


@router.post("/enrol")
def enrol(server: Whole, body: Plain) -> Response:
    """Exchange a one-time code for a till and its key."""
    asked = read(shapes.ENROL, body)
    return answer(server.server_id, asdict(server.enrol(asked["code"], asked["machine"])))


@router.post("/push")
def push(caller: Caller, body: Plain) -> Response:
    """Append what continues the chain; answer with the head, whatever happened."""
    asked = read(shapes.PUSH, body)
    acknowledged = asked["acknowledged"]
    head = caller.push(asked["journal_id"], acknowledged["seq"], acknowledged["hash"], shapes.entries_of(asked))
    return answer(caller.whole.server_id, {**asdict(head), "hash": head.hash.hex()})


@router.post("/hashes")
def hashes(caller: Caller, body: Plain) -> Response:
    """Return the hashes at some places of a journal."""
    asked = read(shapes.HASHES, body)
    found = caller.hashes(asked["journal_id"], asked["seqs"])
    return answer(caller.whole.server_id, {"hashes": {str(seq): value.hex() for seq, value in found.items()}})


@router.post("/pull")
def pull(caller: Caller, body: Plain) -> Response:
    """Return the next documents of the feed."""
    asked = read(shapes.PULL, body)
    page = caller.pull(asked["feed_id"], asked["rev"], asked["journal_id"])
    documents = [document_to_wire(document) for document in page.documents]
    return answer(
        page.server_id,
        {
            "feed_id": page.feed_id,
            "rev": page.rev,
            "documents": documents,
            "applied_seq": page.applied_seq,
            "more": page.more,
            "after": page.after,
        },
    )


@router.post("/entries")
def entries(caller: Caller, body: Plain) -> Response:
    """Return the next entries of a journal, for recovery."""
    asked = read(shapes.ENTRIES, body)
    found = caller.entries(asked["journal_id"], asked["after"])
    return answer(caller.whole.server_id, {"entries": [entry_to_wire(entry) for entry in found]})


@router.get("/journals")
def journals(caller: Caller) -> Response:
    """Return where the server stands in each journal of the caller's till, for recovery."""
    found = [
        {"journal_id": one.journal_id, "seq": one.seq, "hash": one.hash.hex(), "durable": one.durable}
        for one in caller.journals()
    ]
    return answer(caller.whole.server_id, {"journals": found})


@router.get("/report")
def report(caller: Caller, start: str, end: str, till: str | None = None) -> Response:
    """Return the figures of a period."""
    data = caller.report(ReportQuery(start, end, till))
    return answer(caller.whole.server_id, reports.to_wire(data))


@router.post("/products/import")
def import_products(caller: Caller, body: Plain) -> Response:
    """Set a block of products."""
    asked = read(shapes.IMPORT, body)
    results = caller.import_products(asked["operator_id"], shapes.rows_of(asked), dry_run=asked["dry_run"])
    return answer(caller.whole.server_id, {"results": [asdict(result) for result in results]})
