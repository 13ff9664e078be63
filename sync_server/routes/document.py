"""The OpenAPI document made complete: each call's summary, its parameters, and the failures it may answer with."""

from typing import Any, Final

from fastapi import FastAPI

from sync_server.routes import units
from sync_server.routes.described import FAILURE, FAILURES, JSON

SUMMARIES: Final = {
    "post /v1/enrol": "Enrol a till", "post /v1/push": "Push entries of a journal",
    "post /v1/hashes": "Compare hashes of a journal", "post /v1/pull": "Pull the next documents",
    "post /v1/entries": "Recover entries of a journal", "get /v1/journals": "List the caller's journals",
    "get /v1/report": "Read a report's cells", "get /v1/proofs": "Read the proofs of days",
    "post /v1/proofs": "Send the proofs of days", "get /v1/proofs/tickets": "List a day's tickets",
    "post /v1/products/import.csv": "Import products from CSV", "get /v1/products.csv": "Export products as CSV",
    "get /v1/products": "Search the products", "post /v1/products/import": "Import a block of products",
    "get /v1/products/by-code/{code}": "Find a product by code", "get /v1/products/{key}": "Read a product",
    "put /v1/products/{key}": "Set a product", "delete /v1/products/{key}": "Withdraw a product",
    "get /v1/reports/daily": "Report a day", "get /v1/reports/range": "Report several days",
    "get /v1/sales.csv": "Export sales as CSV", "get /v1/sales": "List the sales",
    "get /v1/sales/{event_id}": "Read a sale", "post /v1/sales/{event_id}/flag": "Flag a sale",
    "delete /v1/sales/{event_id}/flag": "Clear a sale's flag", "get /v1/insights": "Read the latest insights",
    "post /v1/insights": "Publish an insight", "get /v1/insights/history": "List past insights",
    "get /v1/feedback": "List the feedback", "get /v1/feedback.csv": "Export feedback as CSV",
    "post /v1/feedback": "Give feedback",
    "patch /v1/feedback/{event_id}": "Moderate feedback", "get /v1/conflicts": "List the conflicts",
    "post /v1/conflicts/{event_id}/{field}": "Decide a conflict",
    "post /v1/webhooks/n8n/insights": "Publish a signed insight", "get /healthz": "Check the server's health",
    "get /metrics": "Read the metrics",
}  # fmt: skip
DAY: Final = "a day, YYYY-MM-DD; both ends are included"
PARAMETERS: Final = {
    "till": "one till alone, by its label (A1) or its id; an unknown one is answered with 404",
    "operator": "one person's alone, by the staff_id; a cashier is shown the own, whatever stands here",
    "start": f"first day asked for: {DAY}", "end": f"last day asked for: {DAY}", "day": "a business day, YYYY-MM-DD",
    "after": "where the page before ended: its `next`, as it was answered; empty for the first page",
    "limit": "how many there are on a page at most", "order": "oldest or newest first",
    "method": "only tickets with a payment of this kind", "kind": "only sales, or only refunds",
    "event_id": "the id of the event, as its list gives it",
    "key": "the product's key, or a GTIN of any length",
    "code": "a code as it is printed or scanned", "staff_id": "the person's id, as GET /v1/staff gives it",
    "session_id": "the session's id", "device_id": "the device's id, as GET /v1/devices gives it",
    "key_id": "the service key's id", "format": "json, csv, xlsx or pdf",
    "action": "only what was done under this name",
    "from_ms": "from this moment on, Unix milliseconds", "to_ms": "before this moment, Unix milliseconds",
    "dry_run": "true to be told what would become of the rows, and set nothing",
    "encoding": "how the file's letters are written", "inactive": "true to see products off sale, too",
    "category": "only insights of this category", "scope": "only what was said of this part",
    "sentiment": "only what was said in this mood", "state": "only what has come so far",
    "tag": "only what turned out so",
    "decided": "true for the conflicts that were decided, false for those that wait",
    "field": "the field of the document that two wished to set",
    "store": "the store's id, where several stores share the server",
}  # fmt: skip
# By status: the code, what it means, and a sentence as it is answered.
SAID: Final = {
    "400": ("VALIDATION_ERROR", "The request is not what this call takes.", "this call has no parameter page"),
    "401": ("AUTH_UNAUTHENTICATED", "No token, or one that opens nothing.", "a key or a session is needed"),
    "403": ("AUTH_FORBIDDEN", "The caller may not do this, or has to give the PIN again first (AUTH_STEP_UP).",
            "a till's device key is needed"),
    "404": ("NOT_FOUND", "There is no such thing in this store.", "there is no such product"),
    "409": ("CONFLICT", "It was done already, or something else stands in its place.",
            "the product was changed since revision 41: look at it again"),
    "413": ("TOO_LARGE", "The body is larger than this call takes.",
            "the body is larger than 2097152 bytes: send less at a time"),
    "422": ("INVALID_PERIOD", "The request can be read, and the shop's rules refuse it.",
            "end: 2026-11-01 is before start, 2026-11-30"),
    "429": ("RATE_LIMITED", "Too many requests or guesses: ask again after `retry-after` seconds.",
            "too many requests: ask again later"),
    "503": ("UNAVAILABLE", "The server cannot answer now, nothing was done.", "the database is out of reach"),
}  # fmt: skip
FAILED: Final = {"$ref": "#/components/schemas/Failure"}
DAYS: Final = frozenset({"start", "end", "date", "day"})
SOMEBODY: Final = frozenset({"till", "operator", "staff_id"})
# What proves who calls stands in the body of the one and in headers of the other, which also names its store.
PROVEN_ELSEWHERE: Final = {
    "post /v1/sessions": frozenset({"401"}), "post /v1/webhooks/n8n/insights": frozenset({"401", "404"}),
}  # fmt: skip


class Application(FastAPI):
    """A FastAPI whose document says what no single route does."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made at the first call."""
        if self.openapi_schema is None:
            complete(super().openapi())
        return super().openapi()


def complete(document: dict[str, Any]) -> None:
    """Put summaries, descriptions of parameters, failures and units into a document."""
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            call["summary"] = SUMMARIES.get(f"{method} {path}", call["summary"])
            for parameter in call.get("parameters", []):
                parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
            failures = {status: _failure(status) for status in _statuses(f"{method} {path}", call)}
            call["responses"] = {**call["responses"], **failures}
            for status in FAILURES.keys() & call["responses"].keys():
                # FastAPI puts its schema under what the call answers with when all is well: CSV, or plain text.
                call["responses"][str(status)]["content"] = {JSON: {"schema": FAILED, "example": FAILURE}}
    units.say(document)


def _statuses(asked: str, call: dict[str, Any]) -> list[str]:
    """Return the failures that a call, “get /v1/sales”, may answer with, by what it takes and needs."""
    parameters = call.get("parameters", [])
    names = {one["name"] for one in parameters}
    writes, sent = not asked.startswith("get "), "requestBody" in call
    has_place = any(one["in"] == "path" for one in parameters) or bool(names & SOMEBODY)
    may = {
        "400": True, "401": "security" in call, "403": "security" in call, "404": has_place, "409": writes,
        "413": sent, "422": sent or bool(names & DAYS), "429": True, "503": True,
    }  # fmt: skip
    more = PROVEN_ELSEWHERE.get(asked, frozenset())
    return [status for status, can_be in may.items() if (can_be or status in more) and status not in call["responses"]]


def _failure(status: str) -> dict[str, Any]:
    code, said, sentence = SAID[status]
    example = {"error": {**FAILURE["error"], "code": code, "message": sentence}}
    return {"description": said, "content": {JSON: {"schema": FAILED, "example": example}}}
