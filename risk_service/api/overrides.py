"""Overrides: bands that officers set beside the score's."""

from __future__ import annotations

from typing import Any

from risk_service.api import _etag as etag
from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import acting, context, reading
from risk_service.schemas.casework import GivenReason, Override, OverrideList, OverrideRequest, OverridesQuery
from risk_service.services import overrides

blueprint = Blueprint("overrides", __name__, url_prefix="/api/v1", description="Bands beside the score's.")


@blueprint.post("/cases/<opaque:case_id>/overrides")
@blueprint.arguments(OverrideRequest)
@idempotent
@blueprint.response(201, Override)
def make_override(body: dict[str, Any], case_id: str) -> Any:
    """Set a band beside the score's, with a reason and an end; the score stays.

    ---
    A band more urgent than the score's is provisional until another officer, of any office, confirms it.
    """
    here = context()
    return etag.tagged(overrides.make(here.store, acting(), master=here.master, case_id=case_id, **body), 201)


@blueprint.get("/overrides")
@blueprint.arguments(OverridesQuery, location="query")
@blueprint.response(200, OverrideList)
def list_overrides(query: dict[str, Any]) -> Any:
    """List overrides, the latest first."""
    here = context()
    return {"items": overrides.find(here.store, reading(), master=here.master, query=query)}


@blueprint.post("/overrides/<opaque:override_id>/confirm")
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Override)
def confirm_override(override_id: str) -> Any:
    """Confirm another officer's override, of any office."""
    here, version = context(), etag.seen_version()
    return etag.tagged(
        overrides.confirm(here.store, acting(), master=here.master, override_id=override_id, version=version)
    )


@blueprint.post("/overrides/<opaque:override_id>/end")
@blueprint.arguments(GivenReason)
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Override)
def end_override(body: dict[str, Any], override_id: str) -> Any:
    """End an override before its time."""
    here, version = context(), etag.seen_version()
    found = overrides.end(
        here.store, acting(), master=here.master, override_id=override_id, reason=body["reason"], version=version
    )
    return etag.tagged(found)
