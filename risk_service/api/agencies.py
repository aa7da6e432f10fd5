"""Agencies: licence, sanctions, deposit and claims as of a time."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, now_us, principal
from risk_service.schemas.agency import AgenciesQuery, AgencyList, AgencyOverview
from risk_service.schemas.case import Agency
from risk_service.schemas.common import Moment
from risk_service.services import agencies
from risk_service.services.agency_overview import overview

blueprint = Blueprint("agencies", __name__, url_prefix="/api/v1", description="Placement agencies and companies.")


class AgencyQuery(Schema):
    """As of when."""

    as_of = Moment(metadata={"description": "As it was knowable then. Default: now."})


@blueprint.get("/agencies")
@blueprint.arguments(AgenciesQuery, location="query")
@blueprint.response(200, AgencyList)
def list_agencies(query: dict[str, Any]) -> Any:
    """List agencies by name, those whose name or id holds some text."""
    here = context()
    return {"items": agencies.find(here.store, principal(), reader=here.reader, q=query["q"], now_us=now_us())}


@blueprint.get("/agencies/<opaque:agency_id>")
@blueprint.arguments(AgencyQuery, location="query")
@blueprint.response(200, Agency)
def get_agency(query: dict[str, Any], agency_id: str) -> Any:
    """Get an agency and its ledger."""
    here = context()
    return agencies.get(
        here.store, principal(), reader=here.reader, agency_id=agency_id, as_of_us=query.get("as_of", now_us())
    )


@blueprint.get("/agencies/<opaque:agency_id>/overview")
@blueprint.response(200, AgencyOverview)
def get_agency_overview(agency_id: str) -> Any:
    """Get an agency with its permits, branches, claims, cases in process, findings by quarter and whom it shares.

    ---
    Facts and counts. Counts of fewer than five are hidden (null), and so is whatever they would follow from.
    """
    here = context()
    return overview(here.store, principal(), reader=here.reader, agency_id=agency_id, now_us=now_us())
