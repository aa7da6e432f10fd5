"""The pages for officers. A section is a module of its own, imported here so that its routes are there."""

from __future__ import annotations

from flask import Flask

from risk_service.console import (
    case,
    cases,
    desks,
    sign_in,
)
from risk_service.console._frame import pages, problem_page

__all__ = ["case", "cases", "desks", "problem_page", "register", "sign_in"]


def register(app: Flask) -> None:
    """Add the console to `app`."""
    app.register_blueprint(pages)
