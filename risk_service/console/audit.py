"""The trail of who read and did what, for auditors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request, stream_with_context
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from risk_service.auth import context, now_us, principal, request_id
from risk_service.console._frame import page, pages, words
from risk_service.policy import PURPOSES, ROLE_TEXTS
from risk_service.schemas.admin import AuditQuery
from risk_service.services import audit as service
from risk_service.services.audit import Reading

_PER_PAGE: Final = 50
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@pages.get("/audit")
def audit() -> Response:
    """List entries, the latest first, and say whether the chain holds."""
    here, who = context(), principal()
    given = _given()
    message, status = None, 200
    try:
        query = AuditQuery().load(given)
    except ValidationError:
        message, status, query = words().t("problem_422_hint"), 422, {}
    wanted = service.wanted(query, master=here.master)
    before = query.get("before")
    found = [] if message else service.latest(here.store, by=who, wanted=wanted, before=before, limit=_PER_PAGE + 1)
    shown = found[:_PER_PAGE]
    filters = {name: value for name, value in given.items() if name != "before"}
    return page(
        "audit",
        status,
        entries=shown,
        names=service.names(here.store, by=who),
        filters=filters,
        older={**filters, "before": str(shown[-1]["entry"])} if len(found) > _PER_PAGE else None,
        state=service.verify(here.store) if "verify" in request.args else None,
        actions=sorted(service.actions(here.store, by=who), key=lambda code: words().code(code, "action")),
        roles=ROLE_TEXTS,
        reasons=PURPOSES,
        message=message,
        section="audit",
    )


@pages.get("/audit/export")
def export_audit() -> Response:
    """Hand the entries over as a file."""
    here, who = context(), principal()
    given = _given()
    kind = given.pop("format", "jsonl")
    query = AuditQuery().load({name: value for name, value in given.items() if name != "before"})
    form: service.Form = "csv" if kind == "csv" else "jsonl"
    reading = Reading(principal=who, purpose=None, now_us=now_us(), request_id=request_id())
    lines = service.export(here.store, reading, wanted=service.wanted(query, master=here.master), form=form)
    answer = Response(stream_with_context(_encoded(lines)), content_type=_TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    return answer


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode()


def _given() -> dict[str, Any]:
    chosen = MultiDict((name, value) for name, value in request.args.items() if value.strip() and name != "verify")
    return chosen.to_dict()
