"""Findings and officers' own views."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from risk_service.api import _etag as etag
from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import acting, context, reading
from risk_service.schemas.casework import (
    Finding,
    FindingPage,
    FindingRequest,
    FindingsQuery,
    GivenReason,
    OwnView,
    OwnViewRequest,
)
from risk_service.schemas.common import PurposeQuery
from risk_service.services import findings, own_views

blueprint = Blueprint(
    "findings", __name__, url_prefix="/api/v1", description="What officers found, and their own view."
)


@blueprint.post("/cases/<opaque:case_id>/own-view")
@blueprint.arguments(OwnViewRequest)
@idempotent
@blueprint.response(201, OwnView)
def record_own_view(body: dict[str, Any], case_id: str) -> Any:
    """Record what you think of a case, before you look at its score."""
    here = context()
    return own_views.record(here.store, acting(), master=here.master, case_id=case_id, view=body["view"])


@blueprint.post("/cases/<opaque:case_id>/findings")
@blueprint.arguments(FindingRequest)
@idempotent
@blueprint.response(201, Finding)
def record_finding(body: dict[str, Any], case_id: str) -> Any:
    """Record what was found.

    ---
    A non-procedural finding is provisional until another officer, of any office, confirms it; it lapses after 14 days.
    Any other counts at once. A finding that counts becomes a row of the feed of outcomes.
    """
    here = context()
    found = findings.record(here.store, acting(), master=here.master, case_id=case_id, stated=body)
    where = url_for("findings.get_finding", finding_id=found["finding_id"])
    return etag.tagged(found, 201, Location=where)


@blueprint.get("/findings")
@blueprint.arguments(FindingsQuery, location="query")
@blueprint.response(200, FindingPage)
def list_findings(query: dict[str, Any]) -> Any:
    """List findings, the latest first."""
    here = context()
    return asdict(findings.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query))


@blueprint.get("/findings/<opaque:finding_id>")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Finding)
def get_finding(_query: dict[str, Any], finding_id: str) -> Any:
    """Get one finding."""
    here = context()
    return etag.tagged(findings.get(here.store, reading(), master=here.master, finding_id=finding_id))


@blueprint.post("/findings/<opaque:finding_id>/confirm")
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Finding)
def confirm_finding(finding_id: str) -> Any:
    """Confirm another officer's finding, of any office; from now on it counts."""
    here, version = context(), etag.seen_version()
    return etag.tagged(
        findings.confirm(here.store, acting(), master=here.master, finding_id=finding_id, version=version)
    )


@blueprint.post("/findings/<opaque:finding_id>/retract")
@blueprint.arguments(GivenReason)
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Finding)
def retract_finding(body: dict[str, Any], finding_id: str) -> Any:
    """Take a finding back; what counted of it is withdrawn from now on."""
    here, version = context(), etag.seen_version()
    found = findings.retract(
        here.store, acting(), master=here.master, finding_id=finding_id, reason=body["reason"], version=version
    )
    return etag.tagged(found)
