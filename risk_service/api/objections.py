"""Objections to being profiled."""

from __future__ import annotations

from typing import Any

from risk_service.api import _etag as etag
from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import acting, context, reading
from risk_service.schemas.casework import GivenReason, Objection, ObjectionList
from risk_service.schemas.common import PurposeQuery
from risk_service.services import objections

blueprint = Blueprint("objections", __name__, url_prefix="/api/v1", description="People who object to being profiled.")


@blueprint.post("/candidates/<opaque:candidate_id>/objections")
@blueprint.arguments(GivenReason)
@idempotent
@blueprint.response(201, Objection)
def raise_objection(body: dict[str, Any], candidate_id: str) -> Any:
    """Note that a person objects to being profiled: their cases are served by date, and not scored."""
    here = context()
    found = objections.object_to(
        here.store, acting(), master=here.master, candidate_id=candidate_id, reason=body["reason"]
    )
    return etag.tagged(found, 201)


@blueprint.get("/candidates/<opaque:candidate_id>/objections")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, ObjectionList)
def list_objections(_query: dict[str, Any], candidate_id: str) -> Any:
    """List a person's objections, the latest first."""
    here = context()
    return {"items": objections.of_person(here.store, reading(), master=here.master, candidate_id=candidate_id)}


@blueprint.post("/objections/<opaque:objection_id>/lift")
@blueprint.arguments(GivenReason)
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Objection)
def lift_objection(body: dict[str, Any], objection_id: str) -> Any:
    """Note that a person does not object any more."""
    here, version = context(), etag.seen_version()
    found = objections.lift(
        here.store, acting(), master=here.master, objection_id=objection_id, reason=body["reason"], version=version
    )
    return etag.tagged(found)
