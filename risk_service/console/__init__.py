"""The pages for officers. A section is a module of its own, imported here so that its routes are there."""

from __future__ import annotations

from flask import Flask

from risk_service.console import (
    account,
    agencies,
    audit,
    case,
    cases,
    casework,
    corrections,
    desks,
    exports,
    findings,
    overrides,
    paper,
    provider,
    region_view,
    releases,
    search,
    sign_in,
    subject,
    users,
    worklist,
)
from risk_service.console._frame import pages, problem_page
from risk_service.settings import Settings

__all__ = [
    "account",
    "agencies",
    "audit",
    "case",
    "cases",
    "casework",
    "corrections",
    "desks",
    "exports",
    "findings",
    "overrides",
    "paper",
    "problem_page",
    "provider",
    "region_view",
    "register",
    "releases",
    "search",
    "sign_in",
    "subject",
    "users",
    "worklist",
]


def register(app: Flask, settings: Settings) -> None:
    """Add the console to `app`."""
    provider.connect(app, settings)
    app.register_blueprint(pages)
