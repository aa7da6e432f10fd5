"""Bands that officers set beside the score's, and objections to being profiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response as AnyResponse

from risk_service.auth import acting, context
from risk_service.console._forms import carried_out, confirmed, given, version
from risk_service.console._frame import pages, require_token
from risk_service.schemas.casework import GivenReason, OverrideRequest
from risk_service.services import objections, overrides


@pages.post("/candidates/<opaque:candidate_id>/objections")
def raise_objection(candidate_id: str) -> AnyResponse:
    """Note a person's objection."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        objections.object_to(
            here.store, acting(), master=here.master, candidate_id=candidate_id, reason=stated["reason"]
        )
        return "objection_ok"

    return carried_out(GivenReason(), given("reason"), do)


@pages.post("/objections/<opaque:objection_id>/lift")
def lift_objection(objection_id: str) -> AnyResponse:
    """Lift an objection."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        objections.lift(here.store, acting(), master=here.master, objection_id=objection_id, reason=stated["reason"])
        return "lifted_ok"

    return carried_out(GivenReason(), given("reason"), do)


@pages.post("/cases/<opaque:case_id>/overrides")
def make_override(case_id: str) -> AnyResponse:
    """Set a band beside the score's."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        made = overrides.make(here.store, acting(), master=here.master, case_id=case_id, **stated)
        return "override_second" if made["state"] == "provisional" else "override_ok"

    return carried_out(OverrideRequest(), given("band", "reason", "expires_on"), do)


@pages.post("/overrides/<opaque:override_id>/confirm")
def confirm_override(override_id: str) -> AnyResponse:
    """Confirm another officer's override."""
    require_token()
    here = context()
    return confirmed(
        lambda: overrides.confirm(here.store, acting(), master=here.master, override_id=override_id, version=version())
    )


@pages.post("/overrides/<opaque:override_id>/end")
def end_override(override_id: str) -> AnyResponse:
    """End an override."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        overrides.end(here.store, acting(), master=here.master, override_id=override_id, reason=stated["reason"])
        return "ended_ok"

    return carried_out(GivenReason(), given("reason"), do)
