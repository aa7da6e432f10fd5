"""The HTTP interface under ``/api/v1``."""

from __future__ import annotations

from flask import Flask

from risk_service.api import (
    agencies,
    candidates,
    cases,
    corrections,
    desks,
    exports,
    findings,
    health,
    objections,
    overrides,
    paper,
    reference,
    region_view,
    releases,
    scores,
    search,
    worklist,
)
from risk_service.api._blueprint import make_api
from risk_service.api._problems import problem_of_exception, respond
from risk_service.api.deliveries import blueprint as deliveries
from risk_service.api.runs import blueprint as runs

__all__ = ["problem_of_exception", "register", "respond"]


def register(app: Flask) -> None:
    """Add every endpoint and its documentation to `app`."""
    api = make_api(app)
    of_cases = (scores, cases, candidates, search, agencies, desks, paper, exports, region_view, releases)
    people = (module.blueprint for module in of_cases)
    casework = (module.blueprint for module in (worklist, findings, corrections, objections, overrides))
    for blueprint in (*people, *casework, runs, deliveries, health.blueprint):
        api.register_blueprint(blueprint)
    reference.register(app, api)
