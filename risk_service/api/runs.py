"""Runs: rescorings of everybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from risk_service.api._blueprint import Blueprint
from risk_service.api._idempotency import idempotent
from risk_service.auth import context, now_us, principal, request_id
from risk_service.schemas.admin import Run, RunPage, RunRequest, RunsQuery
from risk_service.services import runs

blueprint = Blueprint("runs", __name__, url_prefix="/api/v1", description="Rescorings of everybody.")


@blueprint.get("/runs")
@blueprint.arguments(RunsQuery, location="query")
@blueprint.response(200, RunPage)
def list_runs(query: dict[str, Any]) -> Any:
    """List the rescorings, the latest first."""
    here = context()
    return asdict(
        runs.listed(here.store, principal(), secrets=here.secrets, limit=query["limit"], cursor=query.get("cursor"))
    )


@blueprint.get("/runs/<opaque:run_id>")
@blueprint.response(200, Run)
def get_run(run_id: str) -> Any:
    """Get one rescoring and how far it is."""
    return runs.get(context().store, principal(), run_id=run_id)


@blueprint.post("/runs")
@blueprint.arguments(RunRequest)
@idempotent
@blueprint.response(202, Run)
def start_run(body: dict[str, Any]) -> Any:
    """Start a rescoring of everybody.

    ---
    It goes on in the background; the answer's Location tells how far it is. While one is under way another is refused
    with 409.
    """
    here = context()
    run = runs.start(
        here.store,
        principal(),
        reader=here.reader,
        as_of_us=body.get("as_of"),
        now_us=now_us(),
        request_id=request_id(),
        begin=here.start_run,
    )
    return run, 202, {"Location": url_for("runs.get_run", run_id=run["run_id"])}
