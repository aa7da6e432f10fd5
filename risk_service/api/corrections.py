"""Corrections: contested data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from risk_service.api import _etag as etag
from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import acting, context, reading
from risk_service.schemas.casework import Correction, CorrectionPage, CorrectionRequest, CorrectionsQuery, Decision
from risk_service.schemas.common import PurposeQuery
from risk_service.services import corrections

blueprint = Blueprint("corrections", __name__, url_prefix="/api/v1", description="Data that somebody contests.")


@blueprint.post("/cases/<opaque:case_id>/corrections")
@blueprint.arguments(CorrectionRequest)
@idempotent
@blueprint.response(201, Correction)
def contest_datum(body: dict[str, Any], case_id: str) -> Any:
    """Contest a datum of a case, for its candidate or as an officer.

    ---
    Any row about the person can be contested; a step of a registration of theirs that is not on record can be asked
    for. A supervisor other than you decides.
    """
    here = context()
    found = corrections.contest(here.store, acting(), master=here.master, case_id=case_id, stated=body)
    where = url_for("corrections.get_correction", correction_id=found["correction_id"])
    return etag.tagged(found, 201, Location=where)


@blueprint.get("/corrections")
@blueprint.arguments(CorrectionsQuery, location="query")
@blueprint.response(200, CorrectionPage)
def list_corrections(query: dict[str, Any]) -> Any:
    """List corrections, the latest first."""
    here = context()
    return asdict(corrections.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query))


@blueprint.get("/corrections/<opaque:correction_id>")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Correction)
def get_correction(_query: dict[str, Any], correction_id: str) -> Any:
    """Get one correction."""
    here = context()
    return etag.tagged(corrections.get(here.store, reading(), master=here.master, correction_id=correction_id))


@blueprint.post("/corrections/<opaque:correction_id>/decide")
@blueprint.arguments(Decision)
@blueprint.doc(**etag.DOC)
@idempotent
@blueprint.response(200, Correction)
def decide_correction(body: dict[str, Any], correction_id: str) -> Any:
    """Accept or refuse a correction.

    ---
    An accepted one is appended to its feed; the case's score follows at once, the queue with the next rescoring.
    """
    here, version = context(), etag.seen_version()
    found = corrections.decide(
        here.store,
        acting(),
        master=here.master,
        correction_id=correction_id,
        accept=body["accept"],
        reason=body["reason"],
        version=version,
    )
    return etag.tagged(found)
