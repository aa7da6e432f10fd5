"""Worklists: an office's cases of the day, who works on them, saved filters."""

from __future__ import annotations

from typing import Any

from risk_service.api import _etag as etag
from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import acting, context, reading
from risk_service.errors import Fault, InvalidError
from risk_service.policy import not_found
from risk_service.schemas.common import PurposeQuery
from risk_service.schemas.worklist import (
    Capacity,
    CapacityRequest,
    CaseWork,
    ChangeList,
    ChangesQuery,
    SavedFilter,
    SavedFilterRequest,
    SavedFilters,
    WorkDone,
    Worklist,
    WorklistFilters,
    WorkRequest,
    usable_name,
)
from risk_service.services import casework_actions as actions
from risk_service.services import changes, worklist

blueprint = Blueprint("worklist", __name__, url_prefix="/api/v1", description="An office's cases of the day.")


@blueprint.get("/worklist")
@blueprint.arguments(WorklistFilters, location="query")
@blueprint.response(200, Worklist)
def get_worklist(query: dict[str, Any]) -> Any:
    """Get an office's list of a day, in order of departure.

    ---
    Today's list is made when it is first asked for, and stays. Its cases are those in which reaching out can change
    most; a stated share is drawn by lot, whatever the score, and which ones is shown once your own view is recorded.
    """
    here = context()
    return worklist.view(here.store, reading(), master=here.master, making=here.making(), query=query)


@blueprint.get("/worklist/changes")
@blueprint.arguments(ChangesQuery, location="query")
@blueprint.response(200, ChangeList)
def list_changes(query: dict[str, Any]) -> Any:
    """List what the last rescoring changed in an office's cases."""
    here = context()
    return changes.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query)


@blueprint.get("/cases/<opaque:case_id>/work")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, CaseWork)
def get_work(_query: dict[str, Any], case_id: str) -> Any:
    """Get who works on a case, whether or not it is on today's list."""
    here = context()
    return actions.of_case(here.store, reading(), master=here.master, case_id=case_id)


@blueprint.post("/worklist/actions")
@blueprint.arguments(WorkRequest)
@idempotent
@blueprint.response(201, WorkDone)
def do_work(body: dict[str, Any]) -> Any:
    """Take, hand over, lock or rest one case or several.

    ---
    A lock ends after half an hour. A case at rest wakes on its day, or when anything on record of it changes.
    """
    here = context()
    return actions.act(here.store, acting(), master=here.master, stated=body)


@blueprint.post("/worklist/actions/<opaque:action_id>/undo")
@idempotent
@blueprint.response(200, WorkDone)
def undo_work(action_id: str) -> Any:
    """Undo something you did; cases that somebody has changed since stay as they are."""
    here = context()
    return actions.undo(here.store, acting(), master=here.master, action_id=action_id)


@blueprint.put("/worklist/capacities/<opaque:office_id>")
@blueprint.arguments(CapacityRequest)
@blueprint.doc(**etag.DOC)
@blueprint.response(200, Capacity)
def set_capacity(body: dict[str, Any], office_id: str) -> Any:
    """State how many cases an office can look at in a day; counts from the next list."""
    here, version = context(), etag.seen_version()
    return etag.tagged(
        worklist.set_capacity(here.store, acting(), office=office_id, capacity=body["capacity"], version=version)
    )


@blueprint.get("/worklist/filters")
@blueprint.response(200, SavedFilters)
def list_filters() -> Any:
    """List your own filters."""
    return {"items": worklist.filters(context().store, acting())}


@blueprint.put("/worklist/filters/<opaque:name>")
@blueprint.arguments(SavedFilterRequest)
@blueprint.response(200, SavedFilter)
def save_filter(body: dict[str, Any], name: str) -> Any:
    """Keep a filter of your own under a name."""
    if not usable_name(name):
        raise InvalidError("This cannot be a name.", faults=[Fault("up to 60 signs", parameter="name")])
    worklist.save_filter(context().store, acting(), name=name, query=body["query"])
    return {"name": name, "query": body["query"]}


@blueprint.delete("/worklist/filters/<opaque:name>")
@blueprint.response(204)
def drop_filter(name: str) -> Any:
    """Forget a filter of your own."""
    if not worklist.drop_filter(context().store, acting(), name=name):
        raise not_found("filter of yours")
