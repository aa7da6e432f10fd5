"""The region view: placements, findings, stalled steps and deliveries for the head of an office."""

from __future__ import annotations

from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, now_us, principal
from risk_service.schemas.region_view import Expected, ExpectedQuery, RegionQuery, RegionView
from risk_service.services import region_view

blueprint = Blueprint("region_view", __name__, url_prefix="/api/v1", description="For the head of an office.")


@blueprint.get("/region-view")
@blueprint.arguments(RegionQuery, location="query")
@blueprint.response(200, RegionView)
def get_region_view(query: dict[str, Any]) -> Any:
    """Get what the head of an office steers by: counts over whole months, by regency, agency and month.

    ---
    Counts of fewer than five are hidden (null), and so is whatever they would follow from. Places come by code.
    """
    here = context()
    return region_view.view(here.store, principal(), reader=here.reader, now_us=now_us(), office=query.get("office"))


@blueprint.get("/region-view/expected")
@blueprint.arguments(ExpectedQuery, location="query")
@blueprint.response(200, Expected)
def get_expected_finds(query: dict[str, Any]) -> Any:
    """Get how many non-procedural departures a number of checks would find, by the queue and by lot."""
    here = context()
    return region_view.expected(
        here.store,
        principal(),
        reader=here.reader,
        now_us=now_us(),
        capacity=query["capacity"],
        office=query.get("office"),
    )
