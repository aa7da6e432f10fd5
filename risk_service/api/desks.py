"""Desks: the steps of the lawful procedure that wait at an office, without any score."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask import Response

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, reading
from risk_service.schemas.offices import DeskPage, DesksQuery, DeskSteps, FileQuery, StepsQuery
from risk_service.services import desks
from risk_service.services.sheets import CSV, XLSX, File

blueprint = Blueprint("desks", __name__, url_prefix="/api/v1", description="Steps waiting at an office, no scores.")

BINARY: Final = {"type": "string", "format": "binary"}


def handed_out(file: File) -> Response:
    """Return a file as an answer."""
    return Response(file.content, content_type=file.media_type, headers=file.headers)


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


@blueprint.get("/desks/<opaque:office_id>/steps.xlsx")
@blueprint.arguments(FileQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def get_desk_workbook(query: dict[str, Any], office_id: str) -> Any:
    """Get a desk's list as an Excel workbook, for a meeting."""
    return _file(query, office_id, "xlsx")


@blueprint.get("/desks/<opaque:office_id>/steps.csv")
@blueprint.arguments(FileQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def get_desk_table(query: dict[str, Any], office_id: str) -> Any:
    """Get a desk's list as CSV."""
    return _file(query, office_id, "csv")


def _file(query: dict[str, Any], office_id: str, form: str) -> Response:
    here = context()
    made = desks.sheet(
        here.store,
        reading(),
        master=here.master,
        reader=here.reader,
        office_id=office_id,
        form=form,
        language=query["language"],
    )
    return handed_out(made)
