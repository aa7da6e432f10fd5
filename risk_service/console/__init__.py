"""The pages for officers. A section is a module of its own, imported here so that its routes are there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask

from risk_service.console import (
    _static,
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

_STATIC_AGE: Final = 3600


def register(app: Flask, settings: Settings) -> None:
    """Add the console to `app`."""
    provider.connect(app, settings)
    _static.serve(app, Path(__file__).parent / "static", age_s=_STATIC_AGE)
    app.register_blueprint(pages)
