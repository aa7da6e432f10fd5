"""The HTTP interface under ``/api/v1``."""

from __future__ import annotations

from flask import Flask

from risk_service.api import agencies, candidates, cases, deliveries, health, reference, releases, runs, scores
from risk_service.api._blueprint import make_api
from risk_service.api._problems import problem_of_exception, respond

__all__ = ["problem_of_exception", "register", "respond"]


def register(app: Flask) -> None:
    """Add every endpoint and its documentation to `app`."""
    api = make_api(app)
    for module in (scores, cases, candidates, agencies, releases, runs, deliveries, health):
        api.register_blueprint(module.blueprint)
    reference.register(app, api)
