"""Desks: the steps of the lawful procedure that wait at an office, without any score."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, reading
from risk_service.schemas.offices import DeskPage, DesksQuery, DeskSteps, StepsQuery
from risk_service.services import desks

blueprint = Blueprint("desks", __name__, url_prefix="/api/v1", description="Steps waiting at an office, no scores.")


@blueprint.get("/desks")
@blueprint.arguments(DesksQuery, location="query")
@blueprint.response(200, DeskPage)
def list_desks(query: dict[str, Any]) -> Any:
    """List the desks at which steps wait.

    ---
    A key bound to an office sees its own desk, and at every other what waits of its own cases.
    """
    here = context()
    query.pop("purpose", None)
    return asdict(desks.listed(here.store, reading(), reader=here.reader, secrets=here.secrets, **query))


@blueprint.get("/desks/<opaque:office_id>/steps")
@blueprint.arguments(StepsQuery, location="query")
@blueprint.response(200, DeskSteps)
def list_desk_steps(query: dict[str, Any], office_id: str) -> Any:
    """List the steps that wait at a desk, by planned departure."""
    here = context()
    return desks.steps(
        here.store,
        reading(),
        master=here.master,
        reader=here.reader,
        secrets=here.secrets,
        office_id=office_id,
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
