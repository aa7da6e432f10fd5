"""Finding a person."""

from __future__ import annotations

from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context, reading
from risk_service.schemas.common import PurposeQuery
from risk_service.schemas.search import Found, SearchRequest
from risk_service.services import search

blueprint = Blueprint("search", __name__, url_prefix="/api/v1", description="Finding a person.")


@blueprint.post("/search")
@blueprint.arguments(SearchRequest)
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Found)
def search_people(body: dict[str, Any], _query: dict[str, Any]) -> Any:
    """Find people by number of a case or a candidate, NIK, passport or name.

    ---
    Typing errors are forgiven, as are old spellings, shortened first names and single names. The year of birth may
    stand with a name and narrows it. A key bound to an office finds that office's people alone. Every call leaves
    an entry in the audit trail, with the purpose of X-Purpose and without what was searched for.
    """
    here = context()
    return search.find(here.store, reading(), master=here.master, text=body["text"])
