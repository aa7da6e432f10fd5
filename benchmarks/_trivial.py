"""The service as ``risk-service serve`` starts it, with one more route: behind the same key, with nothing to do."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from flask import Flask

from risk_service.app import create_app
from risk_service.cli.serve import command
from risk_service.policy import ROUTES

TRIVIAL = "/api/v1/trivial"


def with_trivial(*args: Any, **more: Any) -> Flask:
    """The application and the route."""
    app = create_app(*args, **more)
    app.add_url_rule(TRIVIAL, "trivial", lambda: {"ok": True}, methods=["POST"])
    return app


if __name__ == "__main__":
    ROUTES[f"POST {TRIVIAL}"] = "score.what_if"
    with patch("risk_service.app.create_app", with_trivial):
        command()
