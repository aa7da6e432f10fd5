"""Paper to take along: sheet and letter of a case as PDF."""

from __future__ import annotations

from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.api.exports import BINARY, handed_out
from risk_service.auth import context, reading
from risk_service.schemas.common import PurposeQuery
from risk_service.services import paper
from risk_service.services.sheets import PDF

blueprint = Blueprint("paper", __name__, url_prefix="/api/v1", description="Paper about a case.")


@blueprint.get("/cases/<opaque:case_id>/sheet.pdf")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def get_case_sheet(_query: dict[str, Any], case_id: str) -> Any:
    """Get the sheet of a case: one page of what is on record, in Indonesian, without any assessment."""
    here = context()
    return handed_out(paper.sheet(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))


@blueprint.get("/cases/<opaque:case_id>/letter.pdf")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def get_case_letter(_query: dict[str, Any], case_id: str) -> Any:
    """Get the letter for the person: what is held, what is missing, where to go, how to object; in Indonesian."""
    here = context()
    return handed_out(paper.letter(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))
