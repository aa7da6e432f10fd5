"""Cases: the list, one case with its evidence, its score as of any time, its history."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, reading
from risk_service.schemas.case import Case, CasePage, CasesQuery, ScorePage
from risk_service.schemas.common import AsOfQuery, PageQuery, PurposeQuery
from risk_service.schemas.score import Score
from risk_service.services import cases

blueprint = Blueprint("cases", __name__, url_prefix="/api/v1", description="Cases: one intended departure each.")


class HistoryQuery(PageQuery, PurposeQuery):
    """Which part of a case's scores."""


@blueprint.get("/cases")
@blueprint.arguments(CasesQuery, location="query")
@blueprint.response(200, CasePage)
def list_cases(query: dict[str, Any]) -> Any:
    """List cases with their present scores.

    ---
    A key bound to an office sees that office's cases alone.
    """
    here = context()
    return asdict(cases.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query))


@blueprint.get("/cases/<opaque:case_id>")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Case)
def get_case(_query: dict[str, Any], case_id: str) -> Any:
    """Get one case: what is on record, and its score as of now."""
    here = context()
    return cases.view(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id)


@blueprint.get("/cases/<opaque:case_id>/score")
@blueprint.arguments(AsOfQuery, location="query")
@blueprint.response(200, Score)
def get_case_score(query: dict[str, Any], case_id: str) -> Any:
    """Get a case's score as it was knowable at a time.

    ---
    Only records known then are read, with the rules recorded then and the release in force then (the present one for a
    time before any was). Facts recorded later move nothing.
    """
    here = context()
    return cases.score_as_of(
        here.store,
        reading(),
        master=here.master,
        reader=here.reader,
        case_id=case_id,
        as_of_us=query.get("as_of"),
    )


@blueprint.get("/cases/<opaque:case_id>/scores")
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, ScorePage)
def list_case_scores(query: dict[str, Any], case_id: str) -> Any:
    """List a case's stored scores, the latest first."""
    here = context()
    found = cases.history(
        here.store,
        reading(),
        master=here.master,
        secrets=here.secrets,
        case_id=case_id,
        limit=query["limit"],
        cursor=query.get("cursor"),
    )
    return asdict(found)
