"""Findings and officers' own views."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request, session
from werkzeug.wrappers import Response as AnyResponse

from risk_service.auth import acting, context, now_us, principal, reading
from risk_service.console._forms import Again, carried_out, confirmed, given, shown_again, version
from risk_service.console._frame import SAID, page, pages, require_token
from risk_service.console._turning import Part, Places
from risk_service.schemas.casework import FindingRequest, GivenReason, OwnViewRequest
from risk_service.services import audit, findings, overrides, own_views
from risk_service.services.audit import Reading
from risk_service.services.cursors import Page
from risk_service.services.idempotency import Answer
from risk_service.services.idempotency import once as carry_out_once


@pages.post("/cases/<opaque:case_id>/own-view")
def record_own_view(case_id: str) -> AnyResponse:
    """Record the officer's own view."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        own_views.record(here.store, acting(), master=here.master, case_id=case_id, view=stated["view"])
        return "view_ok"

    return carried_out(OwnViewRequest(), given("view"), do)


@pages.post("/cases/<opaque:case_id>/findings")
def record_finding(case_id: str) -> AnyResponse:
    """Record what was found; a form that is sent twice records once."""
    require_token()
    here, who = context(), acting()
    names = (
        "finding",
        "state_found",
        "help_given",
        "own_view",
        "examined_because",
        "departed_on",
        "checked_on",
        "note",
    )

    def do(stated: Mapping[str, Any]) -> str:
        def record() -> Answer:
            found = findings.record(here.store, who, master=here.master, case_id=case_id, stated=stated)
            return Answer(201, found["state"], {})

        key = f"form-{request.form.get('once', '')}"
        request_is = json.dumps([case_id, given(*names)], sort_keys=True).encode()
        done = carry_out_once(
            here.store,
            master=here.master,
            principal=who.principal,
            key=key,
            request=request_is,
            now_us=now_us(),
            do=record,
        )
        return "recorded_second" if done.body == "provisional" else "recorded_ok"

    return carried_out(FindingRequest(), given(*names), do)


@pages.get("/findings")
def list_findings() -> Response:
    """Show findings and overrides that wait for a second officer, and the office's latest."""
    return findings_page()


@shown_again("console.list_findings")
def findings_page(again: Again | None = None) -> Response:
    """Return the page; `again`: because a form on it did not fit."""
    with audit.together(context().store, reading()) as why:
        return _findings(why, again)


def _findings(why: Reading, again: Again | None) -> Response:
    here = context()
    may_work = principal().may("casework.write")
    common: dict[str, Any] = {"master": here.master, "secrets": here.secrets}
    names = ("waiting", "waiting_overrides", "recent", "recent_overrides")
    places = Places("console.list_findings", names, again=again)

    def waiting(query: Mapping[str, Any]) -> Page:
        return findings.find(here.store, why, query={"awaiting": True, **query}, lapsing_first=True, **common)

    def waiting_overrides(query: Mapping[str, Any]) -> Page:
        return overrides.find_page(here.store, why, query={"awaiting": True, **query}, **common)

    nothing = Part(items=(), first_url=None, next_url=None)
    return page(
        "findings",
        200 if again is None else again.status,
        section="findings",
        here=None if again is None else again.here,
        again=again,
        waiting=places.part("waiting", waiting) if may_work else nothing,
        waiting_overrides=places.part("waiting_overrides", waiting_overrides) if may_work else nothing,
        recent=places.part("recent", lambda query: findings.find(here.store, why, query=query, **common)),
        recent_overrides=places.part(
            "recent_overrides", lambda query: overrides.find_page(here.store, why, query=query, **common)
        ),
        may_work=may_work,
        said=session.pop(SAID, None) if again is None else {"text": again.said},
    )


@pages.post("/findings/<opaque:finding_id>/confirm")
def confirm_finding(finding_id: str) -> AnyResponse:
    """Confirm another officer's finding."""
    require_token()
    here = context()
    return confirmed(
        lambda: findings.confirm(here.store, acting(), master=here.master, finding_id=finding_id, version=version())
    )


@pages.post("/findings/<opaque:finding_id>/retract")
def retract_finding(finding_id: str) -> AnyResponse:
    """Take a finding back."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        findings.retract(
            here.store,
            acting(),
            master=here.master,
            finding_id=finding_id,
            reason=stated["reason"],
            version=version(),
        )
        return "retracted_ok"

    return carried_out(GivenReason(), given("reason"), do)
