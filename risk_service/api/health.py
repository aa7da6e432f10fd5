"""Alive, and ready: for whoever watches the service."""

from __future__ import annotations

from functools import partial
from typing import Any

import risk_service
from models.errors import RiskError
from risk_service.api._blueprint import Blueprint
from risk_service.auth import context
from risk_service.schemas.admin import Health
from risk_service.services.health import reach

blueprint = Blueprint("health", __name__, description="Is the service alive, and can it answer?")


@blueprint.get("/healthz")
@blueprint.response(200, Health)
def healthz() -> dict[str, Any]:
    """Tell whether the process answers.

    ---
    Nothing is looked at; a process that answers this is alive.
    """
    return {"status": "ok", "checks": {}, "version": risk_service.__version__}


@blueprint.get("/readyz")
@blueprint.response(200, Health)
@blueprint.alt_response(503, schema=Health, description="The database or the release cannot be used.")
def readyz() -> tuple[dict[str, Any], int]:
    """Tell whether the database is reachable and the release in force verifies.

    ---
    Stale feeds do not make the service unready: scores keep their date, and pages say so.
    """
    here = context()
    checks = {}
    for name, check in (("store", partial(reach, here.store)), ("release", here.reader.releases.at)):
        try:
            check()
        except RiskError:
            checks[name] = "unavailable"
        else:
            checks[name] = "ok"
    fine = all(outcome == "ok" for outcome in checks.values())
    answer = {"status": "ok" if fine else "unavailable", "checks": checks, "version": risk_service.__version__}
    return answer, 200 if fine else 503
