"""Agencies: a list to find one in, and what is on record around it."""

from __future__ import annotations

from typing import Final

from flask import Response, request
from marshmallow import ValidationError

from models.times import date_of
from risk_service.auth import context, now_us, principal
from risk_service.console._frame import page, pages
from risk_service.console.timeline import licence_band
from risk_service.schemas.agency import AgenciesQuery
from risk_service.services import agencies as service
from risk_service.services.agency_overview import overview

_DAYS_SHOWN: Final = 5 * 365


@pages.get("/agencies")
def agencies() -> Response:
    """List agencies by name."""
    here = context()
    try:
        q = str(AgenciesQuery().load({"q": request.args.get("q", "")})["q"])
    except ValidationError:
        return page("agencies", 422, section="agencies", items=[], q="", most=service.MOST_FOUND, message=True)
    found = service.find(here.store, principal(), reader=here.reader, q=q, now_us=now_us())
    return page("agencies", section="agencies", items=found, q=q, most=service.MOST_FOUND)


@pages.get("/agencies/<opaque:agency_id>")
def agency(agency_id: str) -> Response:
    """Show what is on record around an agency."""
    here = context()
    view = overview(here.store, principal(), reader=here.reader, agency_id=agency_id, now_us=now_us())
    undated = {"registered_on": None, "planned_departure_on": None}
    periods = view["agency"]["licence"]["periods"]
    return page(
        "agency",
        section="agencies",
        region=view["agency"]["head_region"],
        view=view,
        licence=licence_band(undated, periods, date_of(now_us()), before=_DAYS_SHOWN),
    )
