"""Releases: what scores are made with."""

from __future__ import annotations

from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.auth import context
from risk_service.schemas.admin import CurrentRelease, ReleaseList

blueprint = Blueprint("releases", __name__, url_prefix="/api/v1", description="Releases of the model.")


@blueprint.get("/releases")
@blueprint.response(200, ReleaseList)
def list_releases() -> Any:
    """List the releases, the one in force first."""
    return {"items": context().reader.releases.listed()}


@blueprint.get("/releases/current")
@blueprint.response(200, CurrentRelease)
def get_current_release() -> Any:
    """Get the release in force and its card."""
    release, card = context().reader.releases.current()
    return {"release": release, "card": card}
